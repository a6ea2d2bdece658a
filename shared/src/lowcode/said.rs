//! The words of a binding that needs no Rust.
//!
//! Comes in: YAML. Goes out: what was said. Never: a word that nobody knows passed over.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Which resource an event is about, where only the binding can tell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceFrom {
    /// AWS's type, for example `AWS::RDS::DBInstance`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id, mostly an expression: `{{ alarm.dimensions.DBInstanceIdentifier }}`.
    pub id: String,
}

/// How to see that the fault is gone, for events of which neither an alarm nor a Config rule tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// One call that reads: `ec2:DescribeVolumes`.
    pub call: String,
    /// Its input, with expressions.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// Where in the answer to look: `$.Volumes[0].Encrypted`.
    pub at: String,
    /// What must stand there.
    pub is: Value,
}

/// A fault that is for people: what is looked up for them, and what they are told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// What is looked at, one sentence each.
    #[serde(default)]
    pub diagnosis: Vec<Diagnosis>,
    /// What to do about it: sentences and commands, with expressions.
    pub advice: Vec<String>,
}

/// One look, and the sentence it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// One call that reads: `ec2:DescribeVolumes`.
    pub call: String,
    /// Its input, with expressions.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// The sentence; `{{ $.Volumes[0].Size }}` is of the answer.
    pub say: String,
}

/// Service and operation of a call as bindings write it.
#[must_use]
pub(super) fn parts(call: &str) -> (&str, &str) {
    call.split_once(':').unwrap_or((call, ""))
}
