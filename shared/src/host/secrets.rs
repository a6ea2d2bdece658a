//! What answers of AWS held that its models call sensitive, wherever it is shown afterwards.
//!
//! Comes in: answers. Goes out: texts and values with `[redacted]` in place of each such text, also where a message or
//! a later step's input has it.
//! Never: a guess by name; only the models' own mark counts.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_api::{Models, REDACTED};
use engine::Progress;
use serde_json::Value;

/// Shorter texts are hidden only where they stand alone: they are part of too many words.
const SHORTEST_WITHIN: usize = 4;

/// Texts that were heard.
#[derive(Default)]
pub struct Secrets(Mutex<BTreeSet<String>>);

impl Secrets {
    /// Hears an answer.
    pub(super) fn listen(&self, models: &Models, service: &str, api: &str, answer: &Value) {
        let Ok(open) = models.redact_output(service, api, answer) else { return };
        collect(answer, &open, &mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The text without what was heard.
    #[must_use]
    pub fn hidden(&self, text: &str) -> String {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.contains(text) {
            return REDACTED.to_owned();
        }
        // The longest first: one secret may be part of another.
        let mut within: Vec<&String> = heard.iter().filter(|secret| secret.len() >= SHORTEST_WITHIN).collect();
        within.sort_by_key(|secret| Reverse(secret.len()));
        within.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED))
    }

    /// Hides what was heard in a text.
    pub fn hide(&self, text: &mut String) {
        *text = self.hidden(text);
    }

    /// Hides what was heard in every text of a value.
    pub fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(members) => members.values_mut().for_each(|value| self.hide_in(value)),
            _ => {}
        }
    }

    /// Hides what was heard in what people are told.
    pub(super) fn hide_in_progress(&self, progress: &mut Progress) {
        match progress {
            Progress::StepPolled { seen, .. } => self.hide_in(seen),
            Progress::StepPrinted { text, .. } => self.hide(text),
            Progress::IterationStarted { value, .. } => value.iter_mut().for_each(|value| self.hide_in(value)),
            Progress::StepEnded { message, .. } => message.iter_mut().for_each(|message| self.hide(message)),
            Progress::Warning { message, .. } => self.hide(message),
            Progress::StepStarted { .. } | Progress::StepWaiting { .. } => {}
        }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn heard(texts: &[&str]) -> Secrets {
        Secrets(Mutex::new(texts.iter().map(|text| (*text).to_owned()).collect()))
    }

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
        let secrets = heard(&["hunter2", "x"]);
        assert_eq!(secrets.hidden("V = hunter2, next"), format!("V = {REDACTED}, next"));
        assert_eq!(secrets.hidden("x"), REDACTED);
        assert_eq!(secrets.hidden("max"), "max");
    }

    #[test]
    fn what_people_are_told_has_no_secret() {
        let secrets = heard(&["hunter2"]);
        let mut polled = Progress::StepPolled { step: "hunter2".to_owned(), seen: json!({"V": ["hunter2"]}) };
        secrets.hide_in_progress(&mut polled);
        let expected = Progress::StepPolled { step: "hunter2".to_owned(), seen: json!({"V": [REDACTED]}) };
        assert_eq!(polled, expected, "the name of a step is the author's own");
        let mut warning = Progress::Warning { step: None, message: "saw hunter2".to_owned() };
        secrets.hide_in_progress(&mut warning);
        assert_eq!(warning, Progress::Warning { step: None, message: format!("saw {REDACTED}") });
    }
}
