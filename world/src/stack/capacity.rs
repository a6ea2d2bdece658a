//! AWS without capacity for a larger instance.
//!
//! Comes in: an instance and what shall happen meanwhile. Goes out: what came of it.
//! Never: a refusal of the old size; as soon as the type is changed back, the instance starts again.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};

use super::error::StackError;
use super::start::Stack;
use crate::gateway::journal::Filter;
use crate::operator::make::Machine;

const EVERY: Duration = Duration::from_millis(5);

impl Stack {
    /// Lets `act` happen while AWS has no capacity for any size of `machine` but its own.
    ///
    /// # Errors
    /// [`StackError::Script`] only if the gateway no longer knows its own faults.
    pub async fn without_capacity<T>(&self, machine: &Machine, act: impl Future<Output = T>) -> Result<T, StackError> {
        let since = self.journal_end();
        self.set_faults(refusal(&machine.instance))?;
        tokio::pin!(act);
        let mut refused = true;
        let done = loop {
            tokio::select! {
                done = &mut act => break done,
                () = tokio::time::sleep(EVERY), if refused => {
                    if self.changed_back(since, machine) {
                        self.set_faults(json!({ "rules": [] }))?;
                        refused = false;
                    }
                }
            }
        };
        self.set_faults(json!({ "rules": [] }))?;
        Ok(done)
    }

    fn changed_back(&self, since: u64, machine: &Machine) -> bool {
        let operation = Some("ModifyInstanceAttribute".to_owned());
        let changes = self.journal(&Filter { since: Some(since), operation, ..Filter::default() });
        let mut done = changes.iter().filter(|entry| entry.status == Some(200)).map(|entry| &entry.call);
        done.any(|call| {
            call.text("InstanceId") == Some(&machine.instance)
                && call.text("InstanceType.Value") == Some(&machine.instance_type)
        })
    }
}

fn refusal(instance: &str) -> Value {
    let message = "We currently do not have sufficient capacity in the Availability Zone you requested.";
    let error = json!({ "error": { "code": "InsufficientInstanceCapacity", "message": message, "status": 500 } });
    let input = json!({ "InstanceId.1": instance });
    json!({ "rules": [{ "service": "ec2", "operation": "StartInstances", "input": input, "fault": error }] })
}
