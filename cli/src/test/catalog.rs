//! What is known of AWS's operations: from the models, or from their names where there are none.
//!
//! Comes in: names as people write them. Goes out: names as the model has them, effects, what does not fit.
//! Never: a call.

use std::sync::Arc;

use aws_api::{Effect, InvalidCall, Models};
use engine::pascal;
use serde_json::Value;

/// Beginnings of the names of operations that only read.
const READS: [&str; 6] = ["Describe", "Get", "List", "Head", "BatchGet", "Lookup"];

/// AWS's operations.
#[derive(Clone)]
pub(crate) struct Catalog(Option<Arc<Models>>);

/// One operation, by its usual names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) service: String,
    pub(super) api: String,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.service, self.api)
    }
}

impl Catalog {
    pub(crate) fn new(models: Option<Models>) -> Self {
        Self(models.map(Arc::new))
    }

    pub(crate) fn models(&self) -> Option<&Models> {
        self.0.as_deref()
    }

    /// The operation of this name.
    pub(super) fn operation(&self, service: &str, api: &str) -> Result<Operation, InvalidCall> {
        let Some(models) = &self.0 else { return Ok(Operation { service: usual(service), api: pascal(api) }) };
        let (service, api) = models.resolve(service, api)?;
        Ok(Operation { service: service.to_string(), api: api.to_string() })
    }

    /// Whether the operation only reads.
    pub(crate) fn is_read(&self, service: &str, api: &str) -> bool {
        match &self.0 {
            Some(models) => matches!(models.effect(service, api), Ok(Effect::Read)),
            None => READS.iter().any(|read| pascal(api).starts_with(read)),
        }
    }

    /// What a call with this input would be refused for before it is sent.
    pub(super) fn refuses(&self, operation: &Operation, input: &Value) -> Option<String> {
        let refusal = self.0.as_ref()?.check_input(&operation.service, &operation.api, input).err()?;
        Some(refusal.to_string())
    }

    /// What AWS could never answer, of an answer that a case has.
    pub(super) fn impossible(&self, operation: &Operation, answer: &Value) -> Vec<String> {
        let findings = self.0.as_ref().map(|models| models.check_output(&operation.service, &operation.api, answer));
        match findings {
            Some(Ok(findings)) => findings.iter().map(ToString::to_string).collect(),
            Some(Err(error)) => vec![error.to_string()],
            None => Vec::new(),
        }
    }
}

fn usual(service: &str) -> String {
    service.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_models_names_alone_decide() {
        let catalog = Catalog::new(None);
        assert!(catalog.is_read("ec2", "describe_instances"));
        assert!(!catalog.is_read("ec2", "StopInstances"));
        assert_eq!(catalog.operation("EC2 ", "describe_instances").unwrap().to_string(), "ec2:DescribeInstances");
    }
}
