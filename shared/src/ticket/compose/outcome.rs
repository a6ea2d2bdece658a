//! How one of our functions ended, told so that a person can go on from there.

use crate::event::stuck;
use crate::guard::found::comes_again;
use crate::incident::{Incident, alarm_name};
use crate::outcome::{NOTHING, Outcome, UNFINISHED};
use crate::record::Record;
use crate::settings::Mode;
use crate::ticket::draft::{Body, Category, Draft, Fact, News, Severity};
use crate::ticket::place::{Place, Ran};
use crate::ticket::text::{clean, clip, time};

use super::{Composed, approval, resources, run, subject, what_broke};

/// Longest title we write ourselves; desks allow more (Jira 255, OpsCenter 1024), readers do not.
const TITLE: usize = 160;

/// Longest name of an execution or a runbook.
const NAME: usize = 1000;

/// Longest sentence on what happened: what is left to do must fit into OpsCenter's description too. The steps' own
/// messages stand further down.
const CAUSE: usize = 600;

pub(super) fn compose(record: &Record) -> Composed {
    // What was seen healed closes the ticket that may be there. Who was told that people are asked is told what came of it.
    let healed = news(record) == News::Healed && record.incident.is_some();
    if healed || record.approval.is_some() || record.outcome.needs_ticket() {
        Composed::ticket(draft(record))
    } else {
        Composed::nothing(format!("{} ended: {}", record.function, record.outcome.line()))
    }
}

fn draft(record: &Record) -> Draft {
    let incident = record.incident.as_ref();
    Draft {
        fingerprint: incident.map_or_else(|| nameless(record), |incident| incident.fingerprint.clone()),
        occurrence: clip(&clean(&occurrence(record)), NAME),
        title: clip(&clean(&title(record)), TITLE),
        severity: severity(record),
        category: incident.map_or(Category::Recovery, category),
        resources: incident.map(resources).unwrap_or_default(),
        runbook: record.action.as_ref().map(|action| clip(&clean(&action.runbook), NAME)),
        seen: Some(record.ended_at),
        began: incident.and_then(|incident| incident.since).filter(|_| news(record) == News::Broken),
        news: news(record),
        kind: record.outcome.status().to_owned(),
        binding: incident.and_then(|incident| incident.binding.clone()).or_else(|| Some(record.function.clone())),
        wishes: Default::default(),
        body: body(record),
    }
}

/// Put right and seen to be right, or seen healthy when it was looked at.
fn news(record: &Record) -> News {
    match record.outcome {
        Outcome::Remediated { .. } | Outcome::AlreadyHealthy { .. } => News::Healed,
        _ => News::Broken,
    }
}

/// An execution tells of its end once, and before it of each question to people. That a guard still says no to what is found
/// again at every run is told once, however many executions hear it.
fn occurrence(record: &Record) -> String {
    let event = record.incident.as_ref().and_then(|incident| incident.event.as_deref()).unwrap_or_default();
    match (&record.outcome, &record.approval) {
        (Outcome::AwaitingApproval { .. }, Some(asked)) => format!("{}#{}", record.execution, asked.id),
        (Outcome::Refused { guard, .. }, _) if comes_again(event, guard) => format!("{event}#{guard}"),
        _ => record.execution.clone(),
    }
}

/// The fingerprint of an outcome without incident: the same function with the same trouble is one ticket.
fn nameless(record: &Record) -> String {
    if matches!(&record.outcome, Outcome::Failed { step, .. } if step == UNFINISHED) {
        return stuck(&record.execution);
    }
    Incident::fingerprint("", "", &format!("{}: {}", record.function, record.outcome.line()), None)
}

fn title(record: &Record) -> String {
    let subject = record.incident.as_ref().map_or(record.function.as_str(), subject);
    match &record.outcome {
        Outcome::Remediated { change } => format!("Put right {subject}: {change}"),
        Outcome::AlreadyHealthy { reason } => format!("{subject} is healthy: {reason}"),
        Outcome::Planned { change, .. } => format!("Would change {subject}: {change}"),
        Outcome::AwaitingApproval { request } => format!("Approval needed for {subject}: {request}"),
        Outcome::Advised { .. } => format!("{subject} needs a person: {}", noticed(record)),
        Outcome::Refused { guard, reason } => format!("{subject} was not touched ({guard}): {reason}"),
        Outcome::RolledBack { cause } => format!("{subject} is as it was before: {cause}"),
        Outcome::Failed { step, cause, .. } => format!("{subject} needs a person, failed at {step}: {cause}"),
    }
}

/// What noticed it, in one word.
fn noticed(record: &Record) -> &str {
    let noticed = record.incident.as_ref().map_or("", |incident| incident.noticed_by.as_str());
    alarm_name(noticed).unwrap_or(noticed)
}

fn severity(record: &Record) -> Severity {
    match &record.outcome {
        // Critical is what may be left half done; without a run nothing was begun.
        Outcome::Failed { .. } if record.run.is_some() => Severity::Critical,
        Outcome::Failed { .. } if record.incident.is_none() => Severity::Medium,
        Outcome::Failed { .. } | Outcome::RolledBack { .. } => Severity::High,
        Outcome::Refused { .. } | Outcome::Advised { .. } | Outcome::AwaitingApproval { .. } => Severity::Medium,
        Outcome::Planned { .. } | Outcome::Remediated { .. } | Outcome::AlreadyHealthy { .. } => Severity::Low,
    }
}

fn category(incident: &Incident) -> Category {
    if alarm_name(&incident.noticed_by).is_some() { Category::Availability } else { Category::Security }
}

/// First what broke, what happened and what is left; then how we know.
fn body(record: &Record) -> Body {
    let start = record.incident.as_ref().map(what_broke).unwrap_or_default();
    let told = what_is_left(what_happened(start, record), record);
    let told = how_to_undo(approval::told(told, record), record);
    let told = run::steps(told, "What was tried first", record.cut_off.as_ref());
    let told = run::steps(told, "What was tried", record.run.as_ref());
    let told = run::steps(told, "What was undone", record.undo.as_ref());
    let ran = Ran::of(&record.execution);
    let runbook = record.action.as_ref().map(|action| action.runbook.as_str()).unwrap_or_default();
    let facts = [
        Fact::new("Function", &record.function).linked(ran.and_then(Ran::function_page)),
        Fact::new("Execution", &record.execution).linked(ran.and_then(Ran::executions_page)),
        Fact::new("Mode", record.mode.to_string()),
        Fact::new("Taken up", time(record.started_at)),
        Fact::new("Ended", time(record.ended_at)),
        Fact::new("Runbook", runbook).linked(ran.and_then(|ran| ran.runbook_page(&record.function, runbook))),
    ];
    guards(told, record).heading("Record").facts(facts).commands(ran.map(Ran::history))
}

fn what_happened(body: Body, record: &Record) -> Body {
    let body = body.heading("What happened").paragraph(sentence(&clip(&record.outcome.line(), CAUSE)));
    let body = body.facts(record.action.as_ref().map(|action| Fact::new("Decision", &action.change)));
    body.facts(record.verification.as_ref().map(|seen| {
        let healed = if seen.healed { "healed" } else { "not healed" };
        Fact::new("Verification", format!("{healed} after {} looks: {}", seen.looks, seen.seen))
    }))
}

fn what_is_left(body: Body, record: &Record) -> Body {
    let body = body.heading("What is left to do");
    let body = match &record.outcome {
        Outcome::Failed { by_hand, .. } if by_hand.is_empty() => {
            body.paragraph("Nothing is known to be left half done. Find the cause by hand.")
        }
        Outcome::Failed { by_hand, .. } if by_hand.iter().any(|line| line == NOTHING) => body.instructions(by_hand),
        Outcome::Failed { by_hand, .. } => body.instructions(by_hand).paragraph(irreversible(record)),
        Outcome::RolledBack { .. } => {
            body.paragraph("The resource is as it was before and the fault is still there. Find the cause by hand.")
        }
        Outcome::Advised { advice, .. } => {
            body.paragraph("Nothing was changed: this is for people to put right.").instructions(advice)
        }
        Outcome::Refused { .. } => {
            body.paragraph("Nothing was changed. Make the guard say yes, or put the fault right by hand.")
        }
        Outcome::AwaitingApproval { .. } => body
            .paragraph("Nothing was changed yet. Those who are asked have links of their own to approve or reject it."),
        Outcome::Planned { plan, .. } => planned(body, record.mode, plan),
        Outcome::Remediated { .. } | Outcome::AlreadyHealthy { .. } => body.paragraph("Nothing."),
    };
    match record.incident.as_ref().and_then(|incident| Place::of(incident).look(incident)) {
        Some(look) => body.paragraph("To see whether the fault is still there:").commands([look]),
        None => body,
    }
}

/// Of what was done, or is to be done. What failed has its commands among what is left to do; what was not touched, or is
/// as it was, needs none.
fn how_to_undo(body: Body, record: &Record) -> Body {
    let heading = match record.outcome {
        Outcome::Remediated { .. } => "How to look at it or undo it",
        Outcome::Planned { .. } | Outcome::AwaitingApproval { .. } => "Once it is done, how to look at it or undo it",
        _ => return body,
    };
    let irreversible = irreversible(record);
    match &record.action {
        Some(action) if !irreversible.is_empty() || !action.by_hand.is_empty() => {
            body.heading(heading).paragraph(irreversible).instructions(&action.by_hand)
        }
        _ => body,
    }
}

/// That it cannot be undone, in a sentence; nothing where it can.
fn irreversible(record: &Record) -> String {
    let why = record.action.as_ref().and_then(|action| action.irreversible.as_ref());
    why.map(|why| format!("It cannot be undone: {why}.")).unwrap_or_default()
}

fn planned(body: Body, mode: Mode, plan: &[String]) -> Body {
    let how = match mode {
        Mode::Observe => {
            "Nothing was changed: this deployment observes. Deployed with Mode=enforce it would have done this:"
        }
        Mode::Approve | Mode::Enforce => "Nothing was changed. This is the plan:",
    };
    body.paragraph(how).lines(plan)
}

fn guards(body: Body, record: &Record) -> Body {
    let said = |passed| if passed { "yes" } else { "no" };
    let rows =
        record.guards.iter().map(|note| vec![note.guard.clone(), said(note.passed).to_owned(), note.note.clone()]);
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() { body } else { body.heading("Guards").table(&["Guard", "Passed", "What it saw"], rows) }
}

/// A line as a sentence: capital letter and full stop.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if line.ends_with(['.', '!', '?', ':', ')']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
