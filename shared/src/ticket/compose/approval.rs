//! What people were asked, and what they said.

use crate::outcome::Outcome;
use crate::record::{Asked, Record};
use crate::ticket::draft::{Body, Fact};

/// Adds the last question, if there was one. While it is open, with the plan it is for.
pub(super) fn told(body: Body, record: &Record) -> Body {
    let Some(asked) = &record.approval else { return body };
    let body = body.heading("Approval").facts(facts(asked));
    let body = body.table(&["Who", "Said", "Why", "When"], decisions(asked));
    match record.outcome {
        Outcome::AwaitingApproval { .. } => body.paragraph("They are asked for exactly this:").lines(&asked.plan),
        _ => body,
    }
}

/// The page decides nothing without a link of one's own, so it may be told to everybody.
fn facts(asked: &Asked) -> [Fact; 7] {
    let page = Some(asked.page.clone()).filter(|page| page.starts_with("https://"));
    [
        Fact::new("State", asked.state.word()),
        Fact::new("Must agree", &asked.who),
        Fact::new("Until", asked.expires_at.to_string()),
        Fact::new("Risk", asked.risk.to_string()),
        Fact::new("Cost", asked.cost.as_deref().unwrap_or("not known")),
        Fact::new("Page", &asked.page).linked(page),
        Fact::new("Plan", &asked.plan_hash),
    ]
}

fn decisions(asked: &Asked) -> Vec<Vec<String>> {
    let said = |approved| if approved { "yes" } else { "no" };
    let rows = asked.decisions.iter().map(|decision| {
        let why = decision.reason.clone().unwrap_or_default();
        vec![decision.approver.clone(), said(decision.approved).to_owned(), why, decision.at.to_string()]
    });
    rows.collect()
}
