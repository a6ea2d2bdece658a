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

const EVERY: Duration = Duration::from_millis(5);
/// The type is changed twice: to the next size, and back.
const CHANGED_BACK: usize = 2;

impl Stack {
    /// Lets `act` happen while AWS has no capacity for a larger size of `instance`.
    ///
    /// # Errors
    /// [`StackError::Script`] only if the gateway no longer knows its own faults.
    pub async fn without_capacity<T>(&self, instance: &str, act: impl Future<Output = T>) -> Result<T, StackError> {
        let since = self.journal_end();
        self.set_faults(refusal(instance))?;
        tokio::pin!(act);
        let mut refused = true;
        let done = loop {
            tokio::select! {
                done = &mut act => break done,
                () = tokio::time::sleep(EVERY), if refused => {
                    if self.type_changes(since, instance) >= CHANGED_BACK {
                        self.set_faults(json!({ "rules": [] }))?;
                        refused = false;
                    }
                }
            }
        };
        self.set_faults(json!({ "rules": [] }))?;
        Ok(done)
    }

    fn type_changes(&self, since: u64, instance: &str) -> usize {
        let operation = Some("ModifyInstanceAttribute".to_owned());
        let changes = self.journal(&Filter { since: Some(since), operation, ..Filter::default() });
        let done = changes.iter().filter(|entry| entry.status == Some(200));
        done.filter(|entry| entry.call.text("InstanceId") == Some(instance)).count()
    }
}

fn refusal(instance: &str) -> Value {
    let message = "We currently do not have sufficient capacity in the Availability Zone you requested.";
    let error = json!({ "error": { "code": "InsufficientInstanceCapacity", "message": message, "status": 500 } });
    let input = json!({ "InstanceId.1": instance });
    json!({ "rules": [{ "service": "ec2", "operation": "StartInstances", "input": input, "fault": error }] })
}
