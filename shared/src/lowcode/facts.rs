//! What expressions can ask for.
//!
//! Comes in: an incident, and what was looked up about its resource. Goes out: values by path. Never: a call.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::expression::{Lookup, walk};
use crate::guard::Scope;
use crate::incident::{Incident, alarm_name};

/// What was looked up about a fault. Recorded, so that a replay decides on what was seen then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Why nothing is wrong any more, if so.
    #[serde(default)]
    pub healthy: Option<String>,
    /// The resource's name, where AWS Config's id is another.
    #[serde(default)]
    pub name: Option<String>,
    /// Its ARN, where one was seen.
    #[serde(default)]
    pub arn: Option<String>,
    /// What else its lookup keeps, by name.
    #[serde(default)]
    pub kept: Map<String, Value>,
    /// Who owns it.
    pub scope: Scope,
    /// Input parameters of the Config rule.
    #[serde(default)]
    pub rule: Map<String, Value>,
    /// The role that SSM Automation assumes for AWS's documents, where the deployment has one.
    #[serde(default)]
    pub automation_role: Option<String>,
    /// Sentences of a diagnosis.
    #[serde(default)]
    pub diagnosis: Vec<String>,
}

impl Known {
    /// Nothing yet.
    #[must_use]
    pub fn nothing() -> Self {
        let scope = Scope::from_tag_list([]);
        let (kept, rule) = (Map::new(), Map::new());
        Self { healthy: None, name: None, arn: None, kept, scope, rule, automation_role: None, diagnosis: vec![] }
    }
}

/// Values by path.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    known: Value,
    given: Map<String, Value>,
}

impl Facts {
    /// Of an incident and what is known of its resource.
    #[must_use]
    pub fn of(incident: &Incident, known: &Known) -> Self {
        let resource = incident.resource.as_ref();
        let id = resource.map(|resource| resource.id.clone());
        let alarm = alarm_name(&incident.noticed_by);
        let mut facts = json!({
            "account": incident.account,
            "region": incident.region,
            "partition": incident.partition(),
            "resource": known.kept,
            "rule": known.rule,
            "automation": { "role": known.automation_role },
            "alarm": { "name": alarm, "arn": alarm.map(|_| &incident.noticed_by) },
        });
        facts["resource"]["type"] = json!(resource.map(|resource| &resource.kind));
        facts["resource"]["name"] = json!(known.name.as_ref().or(id.as_ref()));
        facts["resource"]["arn"] = json!(known.arn);
        facts["resource"]["id"] = json!(id);
        Self { known: facts, given: incident.given.clone() }
    }
}

impl Lookup for Facts {
    fn at(&self, path: &str) -> Option<Value> {
        self.given.get(path).or_else(|| walk(&self.known, path)).cloned()
    }
}
