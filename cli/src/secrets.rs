//! What reads of a plan gave that AWS's models call sensitive, wherever it is shown afterwards.
//!
//! Comes in: the answers of reads, then a plan. Goes out: the plan with `[redacted]` in place of each such text, also
//! where a later step's input has it.
//! Never: a guess by name; only the models' own mark counts.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_api::{Models, REDACTED};
use engine::{
    Ability, ApiCall, CallFault, DocumentFault, DocumentRequest, Host, HostError, Plan, PlannedStep, Progress,
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use shared::host::LocalHost;

/// Shorter texts are hidden only where they stand alone: they are part of too many words.
const SHORTEST_WITHIN: usize = 4;

/// A host that listens for secrets.
pub(crate) struct Listening<'a> {
    host: LocalHost,
    models: &'a Models,
    heard: Mutex<BTreeSet<String>>,
}

impl<'a> Listening<'a> {
    pub(crate) fn to(host: LocalHost, models: &'a Models) -> Self {
        Self { host, models, heard: Mutex::default() }
    }

    /// The plan without what was heard. Its hash still counts it.
    pub(crate) fn hide(self, plan: &mut Plan) {
        let heard = self.heard.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The longest first: one secret may be part of another.
        let mut secrets: Vec<&str> = heard.iter().map(String::as_str).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        plan.steps.iter_mut().chain(&mut plan.undo).for_each(|step| hide_in_step(step, &secrets));
    }

    fn listen(&self, service: &str, api: &str, answer: &Value) {
        let Ok(open) = self.models.redact_output(service, api, answer) else { return };
        collect(answer, &open, &mut self.heard.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait]
impl Host for Listening<'_> {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        let (service, api) = (call.service.clone(), call.api.clone());
        let answer = self.host.call(op, call).await?;
        if let Ok(answer) = &answer {
            self.listen(&service, &api, answer);
        }
        Ok(answer)
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.host.sleep(op, pause).await
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.host.now(op).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.host.is_read(service, api)
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        self.host.cancelled(op).await
    }

    fn report(&self, progress: Progress) {
        self.host.report(progress);
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        self.host.lacks(ability)
    }

    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        self.host.document(op, request).await
    }
}

/// Every text of `answer` that `open` hides.
fn collect(answer: &Value, open: &Value, heard: &mut BTreeSet<String>) {
    match (answer, open) {
        (Value::Object(members), Value::Object(open)) => {
            members.iter().for_each(|(name, value)| collect(value, open.get(name).unwrap_or(&Value::Null), heard));
        }
        (Value::Array(items), Value::Array(open)) => {
            items.iter().zip(open).for_each(|(item, open)| collect(item, open, heard));
        }
        (answer, open) if answer != open => all_texts(answer, heard),
        _ => {}
    }
}

fn all_texts(value: &Value, heard: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if !text.is_empty() => {
            heard.insert(text.clone());
            // As it stands in JSON that is shown as text.
            let quoted = value.to_string();
            heard.extend(quoted.get(1..quoted.len() - 1).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| all_texts(item, heard)),
        Value::Object(members) => members.values().for_each(|value| all_texts(value, heard)),
        _ => {}
    }
}

fn hide_in_step(step: &mut PlannedStep, secrets: &[&str]) {
    hide_in(&mut step.input, secrets);
    for text in [&mut step.note, &mut step.when].into_iter().flatten() {
        *text = hidden(text, secrets);
    }
    step.before.iter_mut().flat_map(Map::values_mut).for_each(|value| hide_in(value, secrets));
}

fn hide_in(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) => *text = hidden(text, secrets),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_in(item, secrets)),
        Value::Object(members) => members.values_mut().for_each(|value| hide_in(value, secrets)),
        _ => {}
    }
}

fn hidden(text: &str, secrets: &[&str]) -> String {
    if secrets.contains(&text) {
        return REDACTED.to_owned();
    }
    let within = secrets.iter().filter(|secret| secret.len() >= SHORTEST_WITHIN);
    within.fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_the_model_hides_is_a_secret() {
        let answer = json!({"Name": "open", "SecretString": "say \"hunter2\"", "List": [{"P": "x"}, {"Q": "open"}]});
        let open = json!({"Name": "open", "SecretString": REDACTED, "List": [{"P": REDACTED}, {"Q": "open"}]});
        let mut heard = BTreeSet::new();
        collect(&answer, &open, &mut heard);
        let expected = ["say \"hunter2\"", r#"say \"hunter2\""#, "x"].map(str::to_owned);
        assert_eq!(heard, expected.into());
    }

    #[test]
    fn a_secret_is_hidden_in_longer_text_and_a_short_one_only_alone() {
        let secrets = ["hunter2", "x"];
        assert_eq!(hidden("V = hunter2, next", &secrets), format!("V = {REDACTED}, next"));
        assert_eq!(hidden("x", &secrets), REDACTED);
        assert_eq!(hidden("max", &secrets), "max");
    }
}
