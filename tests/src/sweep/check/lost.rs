//! Whether anything was lost, or told to whom it does not concern.

use shared::outcome::Outcome;
use shared::record::Record;

use super::Verdict;
use crate::sweep::case::Told;
use crate::sweep::evidence::Evidence;
use crate::sweep::lane::CANARIES;
use crate::sweep::scene::Condition;

/// Every event ends in one outcome, told however often, or in the dead-letter queue.
pub(super) fn one_outcome(evidence: &Evidence) -> Verdict {
    for delivered in &evidence.delivered {
        let mut told: Vec<&Outcome> = delivered.outcomes.iter().map(|record| &record.outcome).collect();
        told.dedup();
        match (told.len(), delivered.letters.len()) {
            (1, _) | (0, 1..) => {}
            (0, 0) => return Err(format!("{} ended in silence", delivered.execution)),
            (many, _) => return Err(format!("{} has {many} different outcomes", delivered.execution)),
        }
    }
    Ok(())
}

/// Who must look finds one ticket; who need not finds none.
pub(super) fn one_ticket(evidence: &Evidence) -> Verdict {
    let needed = evidence.records().iter().any(|record| record.outcome.needs_ticket());
    // That they are asked is told; it, or what came of it, may lie in the dead-letter queue alone.
    let asked = matches!(evidence.case.told, Told::Ask(_));
    match (needed, evidence.tickets.len()) {
        (true, 1) | (false, 0) => Ok(()),
        (false, 1) if asked => Ok(()),
        (true, tickets) => Err(format!("a person must look, and there are {tickets} tickets")),
        (false, tickets) => Err(format!("nobody need look, and there are {tickets} tickets")),
    }
}

/// The ticket is open while somebody must look, and closed when what it tells of was seen to be gone.
pub(super) fn ticket_as_the_fault(evidence: &Evidence) -> Verdict {
    let healed =
        |record: &Record| matches!(record.outcome, Outcome::Remediated { .. } | Outcome::AlreadyHealthy { .. });
    let told = evidence.records().into_iter().filter(|record| record.needs_ticket || healed(record));
    let Some(last) = told.max_by_key(|record| record.ended_at) else { return Ok(()) };
    // An alarm that is OK again closes it before all is as it should be.
    let is_healed = evidence.condition == Condition::Healed || evidence.prop.alarm.is_some();
    let wrong = evidence.tickets.iter().find(|ticket| match ticket.status.as_str() {
        "Resolved" => !healed(last) && !is_healed,
        _ => healed(last),
    });
    match wrong {
        Some(ticket) => Err(format!("{} is {} after: {}", ticket.id, ticket.status, last.outcome.line())),
        None => Ok(()),
    }
}

/// In the time a case has.
pub(super) fn ended(evidence: &Evidence) -> Verdict {
    match evidence.delivered.iter().find(|delivered| delivered.status.is_none()) {
        Some(running) => Err(format!("{} still ran after {:.0} s", running.execution, evidence.seconds)),
        None => Ok(()),
    }
}

/// No log, ticket, outcome or dead letter holds a secret that lies about.
pub(super) fn no_canary(evidence: &Evidence) -> Verdict {
    let told = evidence.delivered.iter().flat_map(|delivered| {
        let outcomes = delivered.outcomes.iter().map(|record| serde_json::to_string(record).unwrap_or_default());
        outcomes.chain(delivered.letters.iter().cloned()).map(|text| ("an outcome", text))
    });
    let tickets = evidence.tickets.iter().map(|ticket| ("a ticket", ticket.text.clone()));
    let log = std::iter::once(("the log", evidence.log.clone()));
    for (place, text) in told.chain(tickets).chain(log) {
        if let Some(canary) = CANARIES.iter().find(|canary| text.contains(*canary)) {
            return Err(format!("{canary} stands in {place}"));
        }
    }
    Ok(())
}
