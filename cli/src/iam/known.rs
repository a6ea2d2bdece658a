//! What is known of inputs before a run: what the document says itself, and the parameters that were given.
//!
//! Comes in: an input as written. Goes out: texts for the resource of a policy. What is not known is `*`, or `${Name}`
//! for CloudFormation's Fn::Sub.
//! Never: a default; another value may be given to a run, and the policy would refuse it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Where a policy is for, and which parameters are known.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) place: Place,
    pub(super) parameters: Map<String, Value>,
    /// Parameters that a resource depends on and that are not known.
    pub(super) open: RefCell<BTreeSet<String>>,
}

/// Partition, Region and account, as resources have them.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) partition: String,
    pub(super) region: String,
    pub(super) account: String,
    /// Whether parameters are written as `${Name}`.
    pub(super) sub: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self::of(None, None, false)
    }
}

impl Place {
    pub(super) fn of(region: Option<&str>, account: Option<&str>, sub: bool) -> Self {
        let or = |given: Option<&str>, pseudo: &str| match (given, sub) {
            (Some(given), _) => given.to_owned(),
            (None, true) => pseudo.to_owned(),
            (None, false) => "*".to_owned(),
        };
        let partition = match region {
            None if sub => "${AWS::Partition}",
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let (region, account) = (or(region, "${AWS::Region}"), or(account, "${AWS::AccountId}"));
        Self { partition: partition.to_owned(), region, account, sub }
    }
}

impl Known {
    /// All texts that an input can be, as far as known; at least one.
    pub(super) fn texts(&self, value: &Value) -> Vec<String> {
        let mut texts = match value {
            Value::Array(items) => items.iter().flat_map(|item| self.texts(item)).collect(),
            Value::String(text) => self.of_text(text),
            Value::Number(number) => vec![number.to_string()],
            _ => vec!["*".to_owned()],
        };
        texts.retain(|text| !text.is_empty());
        texts.dedup();
        if texts.is_empty() { vec!["*".to_owned()] } else { texts }
    }

    fn of_text(&self, text: &str) -> Vec<String> {
        if let Some(name) = whole(text)
            && let Some(value) = self.parameters.get(name)
        {
            let given = Known { place: self.place.clone(), ..Known::default() };
            return given.texts(value);
        }
        let (mut known, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else { break };
            known.push_str(before);
            known.push_str(&self.reference(name.trim()));
            rest = after;
        }
        known.push_str(rest);
        while known.contains("**") {
            known = known.replace("**", "*");
        }
        vec![known]
    }

    fn reference(&self, name: &str) -> String {
        match name {
            "global:REGION" => return self.place.region.clone(),
            "global:ACCOUNT_ID" => return self.place.account.clone(),
            _ => {}
        }
        // Outputs of steps, variables, and what only an execution knows.
        if name.contains(['.', ':']) {
            return "*".to_owned();
        }
        match self.parameters.get(name) {
            Some(Value::Array(items)) if items.len() == 1 => items[0].as_str().unwrap_or("*").to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => self.unknown(name),
        }
    }

    fn unknown(&self, name: &str) -> String {
        self.open.borrow_mut().insert(name.to_owned());
        if self.place.sub { format!("${{{name}}}") } else { "*".to_owned() }
    }

    /// What a child runbook knows: the parameters it is given, as far as they are known here.
    pub(super) fn child(&self, given: &Map<String, Value>) -> Self {
        let mut parameters = Map::new();
        for (name, value) in given {
            let texts = self.texts(value);
            if texts.iter().all(|text| !text.contains(['*', '$'])) {
                parameters.insert(name.clone(), texts.into_iter().map(Value::String).collect());
            }
        }
        // The child's own parameters are none of a template's.
        Self { place: Place { sub: false, ..self.place.clone() }, parameters, open: RefCell::default() }
    }
}

/// The name of the one parameter that a text consists of.
fn whole(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!name.contains(['.', ':', '{'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(parameters: Value) -> Known {
        Known { parameters: parameters.as_object().unwrap().clone(), ..Known::default() }
    }

    #[test]
    fn what_is_known_is_written_out_and_what_is_not_is_any() {
        let known = known(json!({"Bucket": ["logs"], "Ids": ["i-1", "i-2"]}));
        assert_eq!(known.texts(&json!("{{ Bucket }}")), ["logs"]);
        assert_eq!(known.texts(&json!("{{ Ids }}")), ["i-1", "i-2"]);
        assert_eq!(known.texts(&json!(["a", "{{ Bucket }}-{{ step.Out }}"])), ["a", "logs-*"]);
        assert_eq!(known.texts(&json!("x-{{ Other }}{{ step.Out }}")), ["x-*"]);
        assert_eq!(known.texts(&Value::Null), ["*"]);
        assert_eq!(known.open.into_inner().into_iter().collect::<Vec<_>>(), ["Other"]);
    }

    #[test]
    fn a_template_has_its_own_names_for_what_is_not_known() {
        let known = Known { place: Place::of(None, None, true), ..Known::default() };
        assert_eq!(known.texts(&json!("{{ Bucket }}/{{ global:REGION }}")), ["${Bucket}/${AWS::Region}"]);
        assert_eq!(known.place.partition, "${AWS::Partition}");
    }
}
