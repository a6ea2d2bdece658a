//! Running another document as the child of a step.
//!
//! Comes in: an attempt, a document, its parameters. Goes out: the child's record.
//! Never: an operation name that another child or the parent has, or more than five executions inside each other.

use std::future::Future;
use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::attempt::Attempt;
use super::deadline::Deadline;
use super::record::Execution;
use super::refuse::RunError;
use super::setting::Setting;
use super::stop::Stop;
use crate::document::Document;
use crate::host::{DocumentFault, DocumentRequest, Host, HostError};

/// AWS's limit of executions inside each other.
pub(crate) const DEEPEST: u32 = 5;

impl<'a> Attempt<'a> {
    /// How many executions this one runs inside of.
    pub(crate) fn depth(&self) -> u32 {
        self.setting.depth
    }

    /// The text of another document; `what` names the question within the attempt.
    pub(crate) async fn document(
        &self,
        what: &str,
        request: DocumentRequest,
    ) -> Result<Result<String, DocumentFault>, HostError> {
        self.host.document(&self.operations.once(what), request).await
    }

    /// When its time is over, if it began and has only so much.
    fn end(&self) -> Option<Timestamp> {
        let timeout = SignedDuration::try_from(self.timeout?).ok()?;
        self.started?.checked_add(timeout).ok()
    }

    /// Why the attempt has failed all the same if a child took more than its time.
    pub(crate) fn overrun(&self, child: &Execution) -> Option<Stop> {
        self.end().filter(|end| child.ended >= *end).map(|_| self.timed_out(child.status.to_string().into()))
    }

    /// Whether children may run at the same time.
    pub(crate) fn concurrent(&self) -> bool {
        self.host.concurrent()
    }

    /// Runs `document` as child number `child` of this attempt (from 1, each number once). Children may run at the same
    /// time. A child is asked to stop as its parent is.
    pub(crate) fn child<'b>(
        &'b self,
        child: u32,
        document: &'b Document,
        parameters: Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Execution, RunError>> + Send + 'b>> {
        let prefix = self.operations.of_child(child);
        let mut context = self.setting.context.clone();
        context.execution_id = execution_id(&self.setting.context.execution_id, &prefix);
        let label = format!("{}/", self.label());
        let (host, patient) = (self.host, self.setting.patient);
        let (depth, cancellable) = (self.setting.depth + 1, self.cancellable);
        let end = self.end();
        Box::pin(async move {
            let within = end.map(|end| Deadline { host, end });
            let host = within.as_ref().map_or(host, |within| within as &dyn Host);
            let setting = Setting { document, context: &context, host, patient, prefix, label, depth, cancellable };
            super::execute(setting, parameters).await
        })
    }
}

/// The id of a child: another than its parent's, and the same on every replay. A UUID (version 8: of our making).
fn execution_id(parent: &str, prefix: &str) -> String {
    let digest = Sha256::digest(format!("{parent}/{prefix}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_has_an_id_of_its_own_that_a_replay_gives_again() {
        let id = execution_id("exec-1", "child#1/1/2:");
        assert_eq!(id, execution_id("exec-1", "child#1/1/2:"));
        assert_ne!(id, execution_id("exec-1", "child#1/1/3:"));
        assert_ne!(id, execution_id("exec-2", "child#1/1/2:"));
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
