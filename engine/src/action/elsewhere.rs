//! The actions that do not run here: what the validator knows of them, and which API calls they make on SSM.
//!
//! Comes in: a step. Goes out: findings about its inputs; its API calls, for permissions.
//! Never: an effect. A document with one of these is refused before its first step.

use serde_json::{Map, Value, json};

use super::{COMMON, Call, Runs, Spec};

pub(super) static SPECS: &[Spec] = &[
    Spec {
        name: "aws:executeAutomation",
        required: &["DocumentName"],
        optional: Some(&[
            "DocumentVersion",
            "RuntimeParameters",
            "Tags",
            "TargetParameterName",
            "Targets",
            "TargetMaps",
            "TargetLocations",
            "MaxConcurrency",
            "MaxErrors",
        ]),
        outputs: &["Output", "ExecutionId", "Status"],
        calls: |_| named("ssm", &["StartAutomationExecution", "GetAutomationExecution"]),
        ..COMMON
    },
    Spec { name: "aws:putServerUpgradeMetrics", optional: None, runs: Runs::Private, ..COMMON },
    Spec { name: "aws:shareSQLMedia", optional: None, runs: Runs::Private, ..COMMON },
];

fn named(service: &str, apis: &[&str]) -> Vec<Call> {
    apis.iter().map(|api| (service.to_owned(), (*api).to_owned(), json!({}))).collect()
}
