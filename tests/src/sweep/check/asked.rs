//! Whether anything was changed that nobody asked for: by mode, by tag, by people, by the event itself.

use shared::approval::State;
use shared::outcome::Outcome;

use super::Verdict;
use crate::sweep::case::{Answer, Deliveries, Told};
use crate::sweep::evidence::Evidence;
use crate::sweep::scene::Condition;

/// Where nothing may be changed, nothing was, and nobody even tried.
fn untouched(evidence: &Evidence, why: &str) -> Verdict {
    if let Some(entry) = evidence.tries().next() {
        return Err(format!("{why}, and {}:{} was called", entry.call.service, entry.call.operation));
    }
    match &evidence.condition {
        Condition::AsItWas => Ok(()),
        other => Err(format!("{why}, and it is {other:?}")),
    }
}

/// The scene of an instance in an Auto Scaling group.
const MEMBER: &str = "resize-member-of-group";

/// Observe mode plans; what is not opted in is refused.
pub(super) fn off_until_told(evidence: &Evidence) -> Verdict {
    let fits = |outcome: &Outcome| match (evidence.case.told, outcome) {
        (Told::Observe, Outcome::Planned { .. }) => true,
        // Of a member of a group the group is to be opted in, which owns it.
        (Told::NotOptedIn, Outcome::Refused { guard, .. }) if evidence.case.runbook == MEMBER => guard == "owner",
        (Told::NotOptedIn, Outcome::Refused { guard, .. }) => guard == "scope",
        _ => false,
    };
    match evidence.case.told {
        Told::Observe | Told::NotOptedIn => {}
        Told::Enforce | Told::Ask(_) => return Ok(()),
    }
    untouched(evidence, "nobody has told it to act")?;
    let other = evidence.records().into_iter().find(|record| !fits(&record.outcome));
    other.map_or(Ok(()), |record| Err(format!("it is said: {}", record.outcome.line())))
}

/// An event about what is not there changes nothing that is there.
pub(super) fn never_a_guess(evidence: &Evidence) -> Verdict {
    match evidence.case.deliveries {
        Deliveries::AboutNobody => untouched(evidence, "the event is about something else"),
        _ => Ok(()),
    }
}

/// Where people are asked, only their yes lets anything be changed, and it is for the plan that was run.
pub(super) fn only_what_was_agreed_to(evidence: &Evidence) -> Verdict {
    let Told::Ask(answer) = evidence.case.told else { return Ok(()) };
    if !evidence.case.told.may_change() {
        untouched(evidence, &format!("people said {answer:?}"))?;
    }
    let nothing_in_the_way = evidence.case.step.is_none() && !had_no_data(evidence);
    if answer == Answer::Yes && nothing_in_the_way && evidence.condition != Condition::Healed {
        return Err(format!("nothing stood in the way, people said yes, and it is {:?}", evidence.condition));
    }
    if evidence.tries().next().is_none() {
        return Ok(());
    }
    let asked = evidence.all_records().into_iter().find_map(|record| record.approval);
    match &asked {
        Some(asked) if asked.state == State::Approved && asked.decisions.iter().all(|decision| decision.approved) => {
            planned(evidence, &asked.plan)
        }
        other => Err(format!("something was changed, and the approval is {other:?}")),
    }
}

/// A sample that comes late is missing data for a moment, in CloudWatch too; nothing is done on the word of such an alarm.
fn had_no_data(evidence: &Evidence) -> bool {
    let no_data =
        |outcome: &Outcome| matches!(outcome, Outcome::Refused { reason, .. } if reason.contains("INSUFFICIENT_DATA"));
    evidence.records().iter().any(|record| record.approval.is_some() && no_data(&record.outcome))
}

/// What was changed stands in the plan that people saw, with its way back. An undo of the whole is a run of its own.
fn planned(evidence: &Evidence, plan: &[String]) -> Verdict {
    let stands = |operation: &str| {
        let operation = format!(":{}", operation.to_lowercase());
        // Of an action that calls what the plan need not name, such as aws:runCommand, only the action stands there.
        plan.iter().any(|line| line.to_lowercase().replace('_', "").contains(&operation) || line.contains("  aws:"))
    };
    let undone = evidence.all_records().iter().any(|record| record.undo.is_some());
    match evidence.changes().find(|change| !stands(&change.call.operation)) {
        Some(change) if !undone => Err(format!("{} is not in the plan that was agreed to", change.call.operation)),
        _ => Ok(()),
    }
}

/// An outcome of ours that comes back as an event is dropped.
pub(super) fn our_own_is_no_incident(evidence: &Evidence) -> Verdict {
    if evidence.case.deliveries != Deliveries::OurOwn {
        return Ok(());
    }
    let last = evidence.delivered.last().filter(|_| evidence.delivered.len() > 1);
    match last.and_then(|delivered| delivered.outcome()) {
        Some(Outcome::Refused { guard, .. }) if guard == "own-doing" => Ok(()),
        other => Err(format!("our own outcome came to {other:?}")),
    }
}
