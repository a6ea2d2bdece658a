//! The demo's acts, in order.
//!
//! Comes in: a stage with a seeded account. Goes out: a [`Verdict`] that grows act by act.
//! Never: a remediation; the acts only make the account's own events happen.

use std::collections::BTreeMap;

use serde_json::Value;

use super::account::Account;
use super::claims::{self, Claim};
use super::error::DemoError;
use super::screen::Style;
use super::show::{Seen, Show, time_to_remediate};
use crate::operator::make::{self, NO_OPEN_SSH, NO_PUBLIC_BUCKETS};
use crate::stack::FUNCTIONS;

const RESIZE: &str = "resize-on-cpu-alarm";

/// What the acts have come to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// What was wrong, what was done, time to remediate, ticket.
    pub(crate) rows: Vec<[String; 4]>,
    pub(crate) claims: Vec<Claim>,
}

/// The default mode: the alarm fires, and nothing is changed.
pub(crate) async fn observe(show: &Show<'_>, account: &Account, verdict: &mut Verdict) -> Result<(), DemoError> {
    show.screen.heading("1  Observe, the default: plan, record, ticket; change nothing");
    let seen = show.watch(show.operator.cpu_alarm(&account.web, &make::both_actions(RESIZE))).await?;
    if let Some(record) = seen.with_status("Planned") {
        show.screen.gap();
        show.screen.say(Style::Dim, "The plan, with what it read from the account:");
        show.screen.plan(&claims::plan(record));
    }
    verdict.claims.extend(claims::observed(show, &seen));
    Ok(())
}

/// The switch that an operator throws: the same functions, now allowed to act.
pub(crate) fn enforce(show: &Show<'_>) -> Result<(), DemoError> {
    let enforce = BTreeMap::from([("KINTSUGI_MODE".to_owned(), "enforce".to_owned())]);
    FUNCTIONS.iter().try_for_each(|name| show.stack.restart_function(name, &enforce))?;
    Ok(())
}

/// The alarm of `web-1` again; this time the instance gets its next size.
pub(crate) async fn resize(show: &Show<'_>, account: &Account, verdict: &mut Verdict) -> Result<(), DemoError> {
    show.screen.heading("2  Enforce: a busy instance, one alarm delivered three ways");
    let before = show.operator.see_machine(&account.web).await?;
    let seen = show.watch(show.operator.set_ok(&account.web.alarm)).await?;
    let after = show.operator.see_machine(&account.web).await?;
    before_and_after(show, &before.to_string(), &after.to_string());
    if let Some(seconds) = claims::reaction(show, &seen, "Remediated") {
        let words =
            format!("From the alarm to the first changing call, right after the functions' start: {seconds:.2} s");
        show.screen.say(Style::Dim, &words);
    }
    let (claim, ticket) = claims::closed(&show.tickets.issues());
    verdict.row(format!("{}: CPU alarm", account.web.name), &seen, "Remediated", &ticket);
    verdict.claims.extend(claims::web(show, account, &seen).await?);
    verdict.claims.push(claim);
    Ok(())
}

/// AWS Config finds the public bucket.
pub(crate) async fn bucket(show: &Show<'_>, account: &Account, verdict: &mut Verdict) -> Result<(), DemoError> {
    show.screen.heading("3  Enforce: a bucket that the world can read");
    let blocks = |count| format!("{count} of 4 public access blocks");
    let before = show.operator.see_public_access_blocks(account.bucket).await?;
    let seen = show.watch(show.operator.switch_on(NO_PUBLIC_BUCKETS)).await?;
    let after = show.operator.see_public_access_blocks(account.bucket).await?;
    before_and_after(show, &blocks(before), &blocks(after));
    verdict.row(format!("{}: public", account.bucket), &seen, "Remediated", "-");
    verdict.claims.extend(claims::bucket(show, account).await?);
    Ok(())
}

/// AWS Config finds SSH open to the world; what the office needs stays.
pub(crate) async fn ssh(show: &Show<'_>, account: &Account, verdict: &mut Verdict) -> Result<(), DemoError> {
    show.screen.heading("4  Enforce: SSH open to the world, next to permissions that are needed");
    let before = show.operator.see_ingress(&account.group).await?;
    let seen = show.watch(show.operator.switch_on(NO_OPEN_SSH)).await?;
    let after = show.operator.see_ingress(&account.group).await?;
    before_and_after(show, &before.join(", "), &after.join(", "));
    verdict.row(format!("{}: open SSH", account.group_name), &seen, "Remediated", "-");
    verdict.claims.extend(claims::group(show, account).await?);
    Ok(())
}

/// The fault that cannot be fixed: AWS has no capacity for any larger size. It ends as it was, and in a ticket.
pub(crate) async fn no_capacity(show: &Show<'_>, account: &Account, verdict: &mut Verdict) -> Result<(), DemoError> {
    show.screen.heading("5  Enforce: AWS has no capacity for a larger size, so everything goes back");
    let tickets = show.tickets.issues();
    let before = show.operator.see_machine(&account.batch).await?;
    let actions = make::both_actions(RESIZE);
    let watched = show.watch(show.operator.cpu_alarm(&account.batch, &actions));
    let seen = show.stack.without_capacity(&account.batch, watched).await??;
    let after = show.operator.see_machine(&account.batch).await?;
    before_and_after(show, &before.to_string(), &after.to_string());
    let (claim, ticket) = claims::ticket(&tickets, &show.tickets.issues());
    verdict.row(format!("{}: CPU alarm", account.batch.name), &seen, "RolledBack", &ticket);
    verdict.claims.extend(claims::batch(show, account, &seen).await?);
    verdict.claims.push(claim);
    Ok(())
}

fn before_and_after(show: &Show<'_>, before: &str, after: &str) {
    show.screen.gap();
    show.screen.say(Style::Plain, &format!("before  {before}"));
    show.screen.say(Style::Gold, &format!("after   {after}"));
}

impl Verdict {
    fn row(&mut self, wrong: String, seen: &Seen, status: &str, ticket: &str) {
        let record = seen.with_status(status);
        let took =
            record.and_then(time_to_remediate).map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1} s"));
        let done = record.map_or_else(|| seen.endings(), |record| done(&record["outcome"]));
        self.rows.push([wrong, done, took, ticket.to_owned()]);
    }
}

fn done(outcome: &Value) -> String {
    let word = |name: &str| outcome[name].as_str().unwrap_or_default().to_owned();
    match outcome["status"].as_str() {
        Some("Remediated") => word("change"),
        Some("RolledBack") => "rolled back, as it was".to_owned(),
        other => other.unwrap_or("-").to_owned(),
    }
}
