//! How the resource was left, and whether what is said of it is true.

use shared::outcome::{NOTHING, Outcome};

use super::Verdict;
use crate::sweep::case::Deliveries;
use crate::sweep::evidence::Evidence;
use crate::sweep::scene::Condition;

/// Healed, or as it was, or told to a person.
pub(super) fn never_left_worse(evidence: &Evidence) -> Verdict {
    let Condition::Between(how) = &evidence.condition else { return Ok(()) };
    // Or to whoever reads the dead letters, where no bus would take it.
    let told = evidence.all_records().iter().any(|record| matches!(record.outcome, Outcome::Failed { .. }));
    if told { Ok(()) } else { Err(format!("left as {how}, and no outcome says that a person must finish")) }
}

/// Nobody says that it is as it was, or healed, or untouched, when it is not. Of several events the first that acted
/// decides; the others saw it before or after.
pub(super) fn outcome_is_true(evidence: &Evidence) -> Verdict {
    let condition = &evidence.condition;
    for record in evidence.records() {
        let true_then = match &record.outcome {
            Outcome::RolledBack { .. } | Outcome::Planned { .. } => *condition == Condition::AsItWas,
            // What is not there is as it should be.
            Outcome::AlreadyHealthy { .. } if evidence.case.deliveries == Deliveries::AboutNobody => true,
            Outcome::AlreadyHealthy { .. } => *condition == Condition::Healed,
            Outcome::Refused { guard, .. } => {
                ["duplicate", "own-doing"].contains(&guard.as_str()) || *condition == Condition::AsItWas
            }
            Outcome::Failed { by_hand, .. } if by_hand.iter().any(|line| line == NOTHING) => {
                *condition == Condition::AsItWas
            }
            _ => true,
        };
        if !true_then {
            return Err(format!("{condition:?}, but it is said: {}", record.outcome.line()));
        }
    }
    Ok(())
}

/// A person who must finish finds the resource and every command in the ticket.
pub(super) fn told_how_to_finish(evidence: &Evidence) -> Verdict {
    let Condition::Between(how) = &evidence.condition else { return Ok(()) };
    for record in evidence.records() {
        let Outcome::Failed { by_hand, .. } = &record.outcome else { continue };
        let commands: Vec<&String> = by_hand.iter().filter(|line| line.starts_with("aws ")).collect();
        if commands.is_empty() {
            return Err(format!("left as {how}, and the outcome has no command to finish with"));
        }
        // In JSON a quote stands behind a backslash.
        let written = |command: &str| command.replace('"', "\\\"");
        let missing = commands
            .iter()
            .find(|command| evidence.tickets.iter().all(|ticket| !ticket.text.contains(&written(command))));
        if let Some(missing) = missing {
            return Err(format!("left as {how}, and no ticket says: {missing}"));
        }
    }
    Ok(())
}

/// What is called healed is healed, in the account's own words.
pub(super) fn healed_is_verified(evidence: &Evidence) -> Verdict {
    let healed = evidence.records().iter().any(|record| matches!(record.outcome, Outcome::Remediated { .. }));
    match &evidence.condition {
        Condition::Healed => Ok(()),
        _ if !healed => Ok(()),
        other => Err(format!("said to be put right, and is {other:?}")),
    }
}
