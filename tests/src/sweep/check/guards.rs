//! What had to be asked before anything was changed, and what must be free again afterwards.

use std::collections::BTreeSet;
use std::error::Error;

use serde_json::Value;
use world::gateway::journal::Entry;

use super::Verdict;
use crate::sweep::case::Deliveries;
use crate::sweep::evidence::{Evidence, performed};
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
        if last.is_some_and(|entry| entry.call.operation == "DeleteItem") {
            return Err(format!("{} came when the lock was given back", change.call.operation));
        }
    }
    Ok(())
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

/// Nobody has the lock any more, unless a dead execution had it before, or giving it back is what failed; it ends with
/// its lease then.
pub(super) fn lock_given_back(evidence: &Evidence) -> Verdict {
    let failed = |entry: &&Entry| entry.call.is("dynamodb", "DeleteItem") && !performed(entry);
    match &evidence.lock {
        Some(_) if evidence.case.deliveries == Deliveries::AfterDeadHolder => Ok(()),
        Some(lock) if lock["expiresAt"]["N"].is_string() && evidence.journal.iter().any(|e| failed(&e)) => Ok(()),
        Some(lock) => Err(format!("{} still has the lock", lock["owner"]["S"])),
        None => Ok(()),
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
        let calls = evidence.journal.iter().map(|entry| &entry.call).filter(|call| call.service != "lambda");
        for call in calls {
            let actions = aws_api::iam::actions(&call.service, &call.operation);
            if let Some(missing) = actions.iter().find(|action| !self.0.contains(*action)) {
                return Err(format!("{}:{} needs {missing}, which the role has not", call.service, call.operation));
            }
        }
        Ok(())
    }
}
