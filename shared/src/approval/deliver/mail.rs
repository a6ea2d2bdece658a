//! The message to one approver, as plain text.
//!
//! Comes in: an approval, an approver, the approver's link. Goes out: subject and text.
//! Never: a control character or what looks like a secret, wherever its words come from; a link but the approver's. Pure.

use super::super::policy::{OnTimeout, Policy};
use super::super::request::Approval;
use crate::ticket::text::{clean, clean_line, clip};

/// SNS takes a hundred characters of ASCII.
const SUBJECT: usize = 100;
/// Longest line of a plan, and so many of them: the page has the whole.
const LINE: usize = 300;
const LINES: usize = 60;
/// Longest fact.
const FACT: usize = 600;

/// `Approval needed: i-0abc: m5.large -> m5.xlarge`.
pub(super) fn subject(approval: &Approval) -> String {
    let resource = approval.resource.as_ref().map(|resource| format!("{}: ", resource.id)).unwrap_or_default();
    let line = clean(&format!("Approval needed: {resource}{}", approval.change));
    line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(SUBJECT).collect()
}

pub(super) fn text(approval: &Approval, approver: &str, link: &str) -> String {
    let facts: Vec<String> = facts(approval).into_iter().map(|(label, value)| format!("{label:<15} {value}")).collect();
    format!(
        "{approver}, your approval is asked for.\n\n{}\n\nThe plan:\n{}\n\n\
         Decide here. The link is yours alone, it decides in your name; do not pass it on.\n{link}\n",
        facts.join("\n"),
        plan(approval).join("\n"),
    )
}

/// What there is to know, in the order it is read.
pub(super) fn facts(approval: &Approval) -> Vec<(&'static str, String)> {
    let fact = |text: &str| clip(&clean(text), FACT);
    let resource = approval.resource.as_ref().map(|resource| fact(&resource.to_string()));
    let reasons = clip(&clean(&approval.risk_reasons.join("; ")), FACT);
    let risk = if reasons.is_empty() { approval.risk.to_string() } else { format!("{} ({reasons})", approval.risk) };
    let facts = [
        // Whoever names an alarm must not put a link of their own beside ours.
        ("What is wrong", Some(fact(&approval.summary).replace("://", "[:]//"))),
        ("Resource", resource),
        ("Account", Some(fact(&format!("{}, {}", approval.account, approval.region)))),
        ("Change", Some(fact(&approval.change))),
        ("Risk", Some(risk)),
        ("Cost", Some(approval.cost.as_deref().map_or_else(|| "not known".to_owned(), fact))),
        ("Must agree", Some(approval.policy.who())),
        ("Asked by", Some(fact(&format!("{}, {}", approval.function, approval.execution)))),
        ("Until", Some(format!("{}; {}", approval.expires_at, then(&approval.policy)))),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

fn then(policy: &Policy) -> String {
    match &policy.on_timeout {
        OnTimeout::Deny => "then nothing is changed".to_owned(),
        OnTimeout::Proceed => "then it is done all the same".to_owned(),
        OnTimeout::Escalate { groups, .. } => {
            let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            format!("then {} are asked", names.join(", "))
        }
    }
}

pub(super) fn plan(approval: &Approval) -> Vec<String> {
    let line = |line: &String| clip(&clean_line(line), LINE);
    let mut lines: Vec<String> = approval.plan.iter().take(LINES).map(line).collect();
    let more = approval.plan.len().saturating_sub(LINES);
    if more > 0 {
        lines.push(format!("... and {more} more lines, which the page shows"));
    }
    lines
}
