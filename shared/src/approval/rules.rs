//! Who may approve in this deployment, and what holds where a binding does not say.
//!
//! Comes in: an SSM parameter, YAML or JSON. Goes out: [`Rules`]. Never: a rule that is misspelt and passed over.
//!
//! ```yaml
//! approvers:
//!   managers: [kim, lee]
//!   finance: [pat]
//! default:
//!   groups: {managers: 1}
//!   within: 86400
//!   onTimeout: deny
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;

use super::policy::Rule;
use crate::aws::Services;
use crate::telemetry::chain;

/// Who may approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Groups, and the names of their people.
    pub approvers: BTreeMap<String, Vec<String>>,
    /// Who must agree where a binding does not say.
    #[serde(default)]
    pub default: Rule,
}

/// There are no rules.
#[derive(Debug, Error)]
pub enum RulesError {
    /// Nothing says where they are.
    #[error("no parameter holds who may approve (KINTSUGI_APPROVAL_RULES)")]
    NotSetUp,
    /// SSM does not give them.
    #[error("the parameter {name}, which holds who may approve, cannot be read: {cause}")]
    Unreadable {
        /// The parameter.
        name: String,
        /// Why.
        cause: String,
    },
    /// Not what it should be.
    #[error("who may approve is not understood: {0}")]
    Invalid(String),
}

impl Rules {
    /// Reads rules from their text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let rules: Self = engine::yaml::from_str(text).map_err(|error| RulesError::Invalid(error.to_string()))?;
        for (group, people) in &rules.approvers {
            if let Some(name) = people.iter().chain([group]).find(|name| !is_name(name)) {
                let expected = "expected up to 64 letters, digits and -_.@+";
                return Err(RulesError::Invalid(format!("{name:?} in {group} is no name; {expected}")));
            }
        }
        Ok(rules)
    }
}

/// Reads the deployment's rules.
///
/// # Errors
/// [`RulesError`].
pub async fn read(services: &Services) -> Result<Rules, RulesError> {
    let name = services.settings.approvals.rules.clone().ok_or(RulesError::NotSetUp)?;
    match services.call("ssm", "GetParameter", json!({"Name": name})).await {
        Ok(answer) => Rules::parse(answer["Parameter"]["Value"].as_str().unwrap_or_default()),
        Err(error) => Err(RulesError::Unreadable { name, cause: chain(&error) }),
    }
}

/// Names go into links, messages and filters: no more than these characters, and not endlessly many.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    (1..=64).contains(&text.len()) && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_yaml_and_as_json() {
        let yaml = Rules::parse("approvers: {managers: [kim, lee@example.com]}\ndefault: {groups: {managers: 2}}");
        let json = r#"{"approvers": {"managers": ["kim", "lee@example.com"]}, "default": {"groups": {"managers": 2}}}"#;
        assert_eq!(yaml.unwrap(), Rules::parse(json).unwrap());
    }

    #[test]
    fn what_is_misspelt_is_not_passed_over() {
        for wrong in [
            "",
            "none",
            "approver: {managers: [kim]}",
            "approvers: {managers: kim}",
            "approvers: {managers: [\"kim lee\"]}",
            "approvers: {managers: [\"\"]}",
            "approvers: {\"a b\": [kim]}",
            "approvers: {managers: [kim]}\ndefaults: {}",
            "approvers: {managers: [kim]}\ndefault: {minimum: 1}",
        ] {
            assert!(Rules::parse(wrong).is_err(), "{wrong}");
        }
    }
}
