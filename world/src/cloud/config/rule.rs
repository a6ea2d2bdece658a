//! One AWS Config rule: what was asked for, and what is known.
//!
//! Comes in: `PutConfigRule`'s input. Goes out: the rule as `DescribeConfigRules` tells it. Never: an evaluation.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::managed::Managed;
use crate::gateway::respond::AwsError;
use crate::gateway::{ACCOUNT, REGION};
use crate::ids;

/// What a resource was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compliance {
    /// As the rule wants it.
    Compliant,
    /// Not as the rule wants it.
    NonCompliant,
    /// No longer there.
    NotApplicable,
}

impl Compliance {
    /// AWS's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Compliant => "COMPLIANT",
            Self::NonCompliant => "NON_COMPLIANT",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }
}

/// What one evaluation found about one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// What was found.
    pub compliance: Compliance,
    /// When the state that was looked at was true.
    pub ordering: Timestamp,
    /// When the rule was started.
    pub invoked: Timestamp,
    /// When the result was written down.
    pub recorded: Timestamp,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// `config-rule-eguym2`
    pub id: String,
    /// The whole definition, as it was put.
    pub definition: Map<String, Value>,
    /// Which of AWS's rules it is.
    pub managed: &'static Managed,
    /// Its input parameters.
    pub parameters: Value,
    /// Results by resource id.
    pub results: BTreeMap<String, Evaluation>,
    /// When it was first put.
    pub created: Timestamp,
    /// When it was first and last evaluated, as started and as ended.
    pub first_started: Option<Timestamp>,
    /// Start of the last evaluation that ended well.
    pub last_invoked: Option<Timestamp>,
    /// End of the last evaluation that ended well.
    pub last_evaluated: Option<Timestamp>,
    /// Why the last evaluation failed, if it did.
    pub last_error: Option<(String, Timestamp)>,
    /// Whether an asked-for evaluation is under way.
    pub running: bool,
}

impl Rule {
    /// Reads a definition.
    ///
    /// # Errors
    /// What AWS Config answers to a definition it does not take.
    pub fn new(definition: &Value, now: Timestamp) -> Result<Self, AwsError> {
        let invalid = |message: &str| AwsError::new("InvalidParameterValueException", message);
        let definition = definition.as_object().ok_or_else(|| invalid("ConfigRule is required."))?;
        let name = definition.get("ConfigRuleName").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| invalid("ConfigRuleName is required."))?;
        let source = definition.get("Source").ok_or_else(|| invalid("Source is required."))?;
        let identifier = source["SourceIdentifier"].as_str().unwrap_or_default();
        if source["Owner"] != json!("AWS") {
            return Err(invalid("The local world evaluates managed rules only: Source.Owner must be AWS."));
        }
        let managed = Managed::of(identifier).ok_or_else(|| {
            invalid(&format!("The sourceIdentifier {identifier} is invalid. Please refer to the documentation for a list of valid sourceIdentifiers that can be used when AWS is the Owner."))
        })?;
        let parameters = definition.get("InputParameters").and_then(Value::as_str).unwrap_or("{}");
        let parameters =
            serde_json::from_str(parameters).map_err(|_| invalid("InputParameters must be a JSON object."))?;
        let id = format!("config-rule-{}", ids::hex_id(6));
        Ok(Self {
            name: name.to_owned(),
            id,
            definition: definition.clone(),
            managed,
            parameters,
            results: BTreeMap::new(),
            created: now,
            first_started: None,
            last_invoked: None,
            last_evaluated: None,
            last_error: None,
            running: false,
        })
    }

    /// `arn:aws:config:eu-west-1:123456789012:config-rule/config-rule-eguym2`
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:config:{REGION}:{ACCOUNT}:config-rule/{}", self.id)
    }

    /// As `DescribeConfigRules` tells it.
    #[must_use]
    pub fn describe(&self) -> Value {
        let mut rule = self.definition.clone();
        rule.insert("ConfigRuleArn".into(), Value::from(self.arn()));
        rule.insert("ConfigRuleId".into(), Value::from(self.id.as_str()));
        rule.insert("ConfigRuleState".into(), Value::from(if self.running { "EVALUATING" } else { "ACTIVE" }));
        rule.entry("InputParameters").or_insert_with(|| Value::from("{}"));
        rule.entry("EvaluationModes").or_insert_with(|| json!([{ "Mode": "DETECTIVE" }]));
        Value::Object(rule)
    }

    /// The one resource the rule is scoped to, if it is.
    #[must_use]
    pub fn only_resource(&self) -> Option<&str> {
        self.definition.get("Scope")?.get("ComplianceResourceId")?.as_str()
    }

    /// The rule's own compliance: that of its worst resource. `None` before any result.
    #[must_use]
    pub fn compliance(&self) -> Option<Compliance> {
        let mut present = self
            .results
            .values()
            .map(|result| result.compliance)
            .filter(|c| *c != Compliance::NotApplicable)
            .peekable();
        present.peek()?;
        let worst = present.any(|compliance| compliance == Compliance::NonCompliant);
        Some(if worst { Compliance::NonCompliant } else { Compliance::Compliant })
    }

    /// How many resources are not as they should be.
    #[must_use]
    pub fn non_compliant(&self) -> usize {
        self.results.values().filter(|result| result.compliance == Compliance::NonCompliant).count()
    }
}
