//! Members that boto3 takes under a second name.
//!
//! Comes in: the members given.
//! Goes out: the same under the model's names.
//! Never: a rename where the model's own name is given too.

use serde_json::{Map, Value};

use crate::models::Operation;

/// `(service, operation, what boto3 takes, what the model says)`; `*`: every operation with that member.
const ALIASES: &[(&str, &str, &str, &str)] = &[
    ("ec2", "*", "Filters", "Filter"),
    ("logs", "CreateExportTask", "fromTime", "from"),
    ("cloudsearchdomain", "Search", "returnFields", "return"),
];

pub(super) fn rename(operation: &Operation, input: &mut Map<String, Value>) {
    for (service, api, alias, name) in ALIASES {
        let applies = operation.service() == *service && (*api == "*" || operation.name() == *api);
        let has = |name: &str| operation.schema.input_members().iter().any(|m| m.name == name);
        if applies
            && has(name)
            && !has(alias)
            && !input.contains_key(*name)
            && let Some(value) = input.remove(*alias)
        {
            input.insert((*name).to_owned(), value);
        }
    }
}
