//! What the demo claims, each held against the account's own state or the gateway's journal.
//!
//! Comes in: what was seen. Goes out: claims that hold or do not. Never: a claim about what was not looked at.

use serde_json::Value;

use super::account::Account;
use super::error::DemoError;
use super::narrate::seconds;
use super::show::{Seen, Show, since};
use crate::desk::Issue;
use crate::operator::make::{NO_OPEN_SSH, NO_PUBLIC_BUCKETS, OFFICE};

/// One sentence and whether it is so.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claim {
    pub(crate) text: String,
    pub(crate) holds: bool,
}

impl Claim {
    pub(crate) fn new(holds: bool, text: impl Into<String>) -> Self {
        Self { text: text.into(), holds }
    }
}

/// Seconds from the alarm's change of state to the first call that changed a resource.
pub(crate) fn reaction(show: &Show<'_>, seen: &Seen, status: &str) -> Option<f64> {
    let record = seen.with_status(status)?;
    let first = show.stack.changes(seen.journal).into_iter().next()?;
    Some(seconds(since(record)?, first.at))
}

pub(crate) fn observed(show: &Show<'_>, seen: &Seen) -> Vec<Claim> {
    let changes = show.stack.changes(seen.journal);
    let planned = seen.with_status("Planned").is_some();
    vec![
        Claim::new(planned, "in observe mode there was a plan"),
        Claim::new(changes.is_empty(), format!("in observe mode {} calls changed a resource", changes.len())),
    ]
}

pub(crate) async fn web(show: &Show<'_>, account: &Account, seen: &Seen) -> Result<Vec<Claim>, DemoError> {
    let now = show.operator.see_machine(&account.web).await?;
    let healed = now.instance_type == "m5.xlarge" && now.state == "running" && now.alarm == "OK";
    let calls: Vec<String> = show.stack.changes(seen.journal).into_iter().map(|entry| entry.call.operation).collect();
    let once = calls == ["StopInstances", "ModifyInstanceAttribute", "StartInstances"];
    let deliveries = seen.records.len();
    Ok(vec![
        Claim::new(healed, format!("{} is {now}", account.web.name)),
        Claim::new(deliveries >= 3 && once, format!("{deliveries} deliveries, one change: {}", calls.join(", "))),
    ])
}

pub(crate) async fn bucket(show: &Show<'_>, account: &Account) -> Result<Vec<Claim>, DemoError> {
    let blocks = show.operator.see_public_access_blocks(account.bucket).await?;
    let verdict = show.operator.see_compliance(NO_PUBLIC_BUCKETS.name, account.bucket).await?;
    let text = format!("{} has {blocks} of 4 public access blocks; AWS Config says {verdict}", account.bucket);
    Ok(vec![Claim::new(blocks == 4 && verdict == "COMPLIANT", text)])
}

pub(crate) async fn group(show: &Show<'_>, account: &Account) -> Result<Vec<Claim>, DemoError> {
    let ingress = show.operator.see_ingress(&account.group).await?;
    let verdict = show.operator.see_compliance(NO_OPEN_SSH.name, &account.group).await?;
    let kept = ingress == [format!("22 from {OFFICE}"), "443 from 0.0.0.0/0".to_owned()];
    let text = format!("{} lets in {}; AWS Config says {verdict}", account.group_name, ingress.join(" and "));
    Ok(vec![Claim::new(kept && verdict == "COMPLIANT", text)])
}

pub(crate) async fn batch(show: &Show<'_>, account: &Account, seen: &Seen) -> Result<Vec<Claim>, DemoError> {
    let now = show.operator.see_machine(&account.batch).await?;
    let as_it_was = now.instance_type == account.batch.instance_type && now.state == "running";
    let rolled_back = seen.with_status("RolledBack").is_some();
    // Shown, and not a matter of passing: how long it takes is also a matter of what else this machine is doing.
    let (text, seen_to_change) = match reaction(show, seen, "RolledBack") {
        Some(seconds) => {
            let busy = if seconds < 1.0 { "" } else { ", more than the second it should take: a busy machine?" };
            (format!("from the alarm to the first changing call, warm: {seconds:.2} s{busy}"), true)
        }
        None => ("no change was seen to measure from the alarm to it".to_owned(), false),
    };
    Ok(vec![
        Claim::new(
            as_it_was && rolled_back,
            format!("{} is {now}: as it was ({})", account.batch.name, seen.endings()),
        ),
        Claim::new(seen_to_change, text),
    ])
}

/// The ticket of the plan, which nobody needs any more.
pub(crate) fn closed(issues: &[Issue]) -> (Claim, String) {
    let done: Vec<&str> = issues.iter().filter(|issue| issue.done()).map(|issue| issue.key.as_str()).collect();
    let holds = issues.len() == 1 && done.len() == 1;
    let text =
        format!("{} ticket of the plan, closed by itself when the fault was gone: {}", issues.len(), done.join(", "));
    (Claim::new(holds, text), done.first().map_or_else(|| "-".to_owned(), |key| format!("{key}, closed")))
}

/// One ticket and not more for what could not be fixed.
pub(crate) fn ticket(before: &[Issue], after: &[Issue]) -> (Claim, String) {
    let known = |issue: &Issue| before.iter().any(|known| known.key == issue.key);
    let new: Vec<&Issue> = after.iter().filter(|issue| !known(issue)).collect();
    let named = new.iter().map(|issue| format!("{} {:?}", issue.key, issue.summary)).collect::<Vec<_>>().join(", ");
    let open = new.iter().filter(|issue| !issue.done()).count();
    let claim =
        Claim::new(new.len() == 1 && open == 1, format!("{open} open ticket for what could not be fixed: {named}"));
    (claim, new.first().map_or_else(|| "-".to_owned(), |issue| issue.key.clone()))
}

/// The lines of a plan, as the record has them.
pub(crate) fn plan(record: &Value) -> Vec<String> {
    let lines = record["outcome"]["plan"].as_array().cloned().unwrap_or_default();
    lines.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
