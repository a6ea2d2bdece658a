//! What had to be asked before anything was changed, and what must be free again afterwards.

use std::collections::BTreeSet;
use std::error::Error;

use jiff::SignedDuration;
use serde_json::Value;
use shared::guard::RELEASE;
use shared::outcome::Outcome;
use shared::record::{GuardNote, Record};
use world::gateway::journal::Entry;

use super::Verdict;
use crate::sweep::case::{Deliveries, Disturbance};
use crate::sweep::evidence::{Evidence, performed};
use crate::sweep::recording::{effects, steps};
use crate::template::{Template, list};

/// Before the first change the incident was claimed, the resource locked and the budget taken; and while anything is
/// changed the lock is held.
pub(super) fn asked_before(evidence: &Evidence) -> Verdict {
    let lock = format!("lock#{}/{}", evidence.prop.kind, evidence.prop.id);
    for change in evidence.changes() {
        let before = || evidence.journal.iter().filter(|entry| entry.seq < change.seq && performed(entry));
        let took = |key: &str| before().any(|entry| writes(entry, key));
        for key in ["incident#", "budget#", &lock] {
            if !took(key) {
                return Err(format!("{} came before {key} was taken", change.call.operation));
            }
        }
        let last = before().rfind(|entry| writes(entry, &lock));
        if last.is_some_and(|entry| deletes(entry, &lock)) {
            return Err(format!("{} came when the lock was given back", change.call.operation));
        }
    }
    Ok(())
}

/// For so long after the switch was set a run in flight may begin something: it believes what it last read for two
/// seconds, waits for an answer for one, and the machine is a loaded one.
const HEARD: SignedDuration = SignedDuration::from_secs(6);

/// After the stop switch was set nothing is changed any more, but on the way back.
pub(super) fn stop_is_heard(evidence: &Evidence) -> Verdict {
    let (Disturbance::Stopped, Some(step)) = (&evidence.case.disturbance, &evidence.case.step) else { return Ok(()) };
    let calls = effects(&evidence.journal).zip(steps(&evidence.journal));
    let set = calls.into_iter().find(|(_, at)| at == step).map(|(entry, _)| entry.at);
    let late = |change: &&Entry| set.is_some_and(|set| change.at.duration_since(set) > HEARD);
    match evidence.changes().find(late) {
        Some(change) if evidence.ways_back() == 0 => Err(format!("{} came after the stop", change.call.operation)),
        _ => Ok(()),
    }
}

/// Whether the call writes an item whose key begins so, alone or in a transaction.
fn writes(entry: &Entry, key: &str) -> bool {
    let call = &entry.call;
    let single = ["Item", "Key"].into_iter().filter_map(|member| call.input.get(member));
    let parts = call.input.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    let parts = parts.flat_map(|part| [&part["Put"]["Item"], &part["Update"]["Key"], &part["Delete"]["Key"]]);
    let mut keys = single.chain(parts).filter_map(|item| item["pk"]["S"].as_str());
    call.service == "dynamodb" && call.operation != "GetItem" && keys.any(|pk| pk.starts_with(key))
}

/// Whether the call deletes this item, alone or in a transaction.
fn deletes(entry: &Entry, key: &str) -> bool {
    let parts = entry.call.input.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    let mut keys = parts.filter_map(|part| part["Delete"]["Key"]["pk"]["S"].as_str());
    entry.call.is("dynamodb", "DeleteItem") || keys.any(|pk| pk.starts_with(key))
}

/// Nobody has the lock any more, unless a dead execution had it before, or giving it back is what failed; it ends with
/// its lease then, and the outcome says so, if it could still say anything.
pub(super) fn lock_given_back(evidence: &Evidence) -> Verdict {
    let key = format!("lock#{}/{}", evidence.prop.kind, evidence.prop.id);
    let failed = |entry: &Entry| entry.call.is("dynamodb", "DeleteItem") && writes(entry, &key) && !performed(entry);
    match &evidence.lock {
        Some(_) if evidence.case.deliveries == Deliveries::AfterDeadHolder => Ok(()),
        Some(lock) if lock["expiresAt"]["N"].is_string() && evidence.journal.iter().any(failed) => told(evidence),
        Some(lock) => Err(format!("{} still has the lock", lock["owner"]["S"])),
        None => Ok(()),
    }
}

/// Whether people hear that the lock is held on.
fn told(evidence: &Evidence) -> Verdict {
    let records = evidence.records();
    let told = |note: &GuardNote| note.guard == RELEASE && !note.passed;
    let unfinished = |record: &&&Record| matches!(&record.outcome, Outcome::Failed { step, .. } if step == "execution");
    let said = records.iter().any(|record| record.guards.iter().any(told));
    if said || records.is_empty() || records.iter().any(|record| unfinished(&record)) {
        Ok(())
    } else {
        Err("the lock could not be given back, and no outcome says so".to_owned())
    }
}

/// What a function's role may do, by the template.
#[derive(Debug, Clone)]
pub struct Allowed(BTreeSet<String>);

impl Allowed {
    /// The actions that the template grants to a function.
    ///
    /// # Errors
    /// The template cannot be read, or has no such function.
    pub fn of(function: &str) -> Result<Self, Box<dyn Error>> {
        let template = Template::read()?;
        let block = template.blocks().into_iter().find(|block| block.binary == function);
        let block = block.ok_or_else(|| format!("the template has no function {function}"))?;
        let actions = template.statements(&block).iter().flat_map(|statement| list(&statement["Action"])).collect();
        Ok(Self(actions))
    }

    /// No call that the role does not allow: the local world lets everybody do everything, AWS does not.
    pub(super) fn check(&self, evidence: &Evidence) -> Verdict {
        for call in effects(&evidence.journal).map(|entry| &entry.call) {
            let actions = aws_api::iam::actions(&call.service, &call.operation);
            if let Some(missing) = actions.iter().find(|action| !self.0.contains(*action)) {
                return Err(format!("{}:{} needs {missing}, which the role has not", call.service, call.operation));
            }
        }
        Ok(())
    }
}
