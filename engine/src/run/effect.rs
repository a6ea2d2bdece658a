//! What some actions do beside API calls, and what makes a repeated call one effect.
//!
//! Comes in: an attempt. Goes out: a token, a moment, the answer of a webhook.
//! Never: a token that differs on a replay.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::attempt::{Attempt, may_be_late};
use super::stop::Stop;
use crate::document::AttachedFile;
use crate::host::{Progress, ScriptAnswer, ScriptFaultKind, ScriptRequest, WebhookAnswer, WebhookRequest};

impl Attempt<'_> {
    /// 32 hexadecimal digits that are the same for every repetition of this attempt's effect: for operations whose
    /// model does not say which member makes them idempotent, and for names.
    pub(crate) fn token(&self) -> String {
        let digest = Sha256::digest(self.idempotency_key.as_bytes());
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// When the step began, its earlier attempts included.
    pub(crate) fn step_began(&self) -> Timestamp {
        self.values.now()
    }

    /// Sends a body to an integration. An answer of any status is an answer.
    pub(crate) async fn webhook(
        &mut self,
        integration: String,
        body: Option<String>,
        longest: Duration,
    ) -> Result<WebhookAnswer, Stop> {
        if self.timeout.is_some() {
            self.started().await?;
        }
        let timeout = self.timeout.map_or(longest, |timeout| timeout.min(longest));
        let operation = self.operations.once("webhook");
        match self.host.webhook(&operation, WebhookRequest { integration, body, timeout }).await? {
            Ok(answer) => Ok(answer),
            Err(fault) if may_be_late(&fault) && self.is_over("webhook").await? => {
                Err(self.timed_out(fault.to_string().into()))
            }
            Err(fault) => Err(Stop::call(fault)),
        }
    }

    /// The time of this attempt.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// A file attached to the document of this step.
    pub(crate) fn file(&self, name: &str) -> Option<&AttachedFile> {
        self.setting.document.file(name)
    }

    /// Runs a script and tells people what it printed.
    pub(crate) async fn script(&mut self, request: ScriptRequest) -> Result<ScriptAnswer, Stop> {
        let operation = self.operations.once("script");
        match self.host.script(&operation, request).await? {
            Ok(answer) => {
                answer.warnings.iter().for_each(|warning| self.warn(warning.clone()));
                self.printed(&answer.log);
                Ok(answer)
            }
            Err(fault) => {
                self.printed(&fault.log);
                let last = fault.log.lines().next_back().unwrap_or_default();
                let late = fault.kind == ScriptFaultKind::TimedOut;
                Err(if late { self.timed_out(last.into()) } else { Stop::script(fault) })
            }
        }
    }

    fn printed(&self, log: &str) {
        if !log.is_empty() {
            self.host.report(Progress::StepPrinted { step: self.label(), text: log.to_owned() });
        }
    }
}
