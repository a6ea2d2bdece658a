//! Whether an operation reads or writes.
//!
//! Comes in: its name, and the model's own word where it has one.
//! Goes out: [`Effect`].
//! Never: "read" for an operation nobody vouches for. What cannot be told is a write.

use std::fmt;

/// What an operation does to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing: safe to make when only planning.
    Read,
    /// It changes something, or may.
    Write,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// Words with which AWS begins the names of operations that only read. Verbs such as `Check`, `Estimate` or `Verify`
/// are not among them: too many of those start a job or count against something.
const READING: &[&str] =
    &["BatchDescribe", "BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Scan", "Search"];

/// Reads by name that write: they hand out something that did not exist, use something up, or start a job.
/// Sorted.
const WRITES: &[(&str, &str)] = &[
    ("appstream", "GetExportImageTask"),
    ("bedrock-agentcore", "GetResourceApiKey"),
    ("bedrock-agentcore", "GetResourceOauth2Token"),
    ("bedrock-agentcore", "GetResourcePaymentToken"),
    ("connect", "GetFederationToken"),
    ("connect", "SearchAvailablePhoneNumbers"),
    ("iot1click-devices", "GetDeviceMethods"),
    ("kinesisvideo", "GetDataEndpoint"),
];

/// Operations that only read though their names do not say so. Sorted.
const READS: &[(&str, &str)] = &[
    ("athena", "BatchGetNamedQuery"),
    ("cloudformation", "EstimateTemplateCost"),
    ("cloudformation", "ValidateTemplate"),
    ("cloudtrail", "LookupEvents"),
    ("config", "BatchGetAggregateResourceConfig"),
    ("config", "BatchGetResourceConfig"),
    ("config", "SelectAggregateResourceConfig"),
    ("config", "SelectResourceConfig"),
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "Query"),
    ("dynamodb", "TransactGetItems"),
    ("events", "TestEventPattern"),
    ("iam", "SimulateCustomPolicy"),
    ("iam", "SimulatePrincipalPolicy"),
    ("logs", "TestMetricFilter"),
    ("s3", "SelectObjectContent"),
    ("stepfunctions", "ValidateStateMachineDefinition"),
];

/// What the operation does. `readonly` is the model's own word; absent, the lists and the name decide.
pub(crate) fn effect(service: &str, api: &str, readonly: bool) -> Effect {
    let listed = |list: &[(&str, &str)]| list.binary_search(&(service, api)).is_ok();
    let reads = !listed(WRITES) && (readonly || listed(READS) || begins_as_read(api));
    if reads { Effect::Read } else { Effect::Write }
}

fn begins_as_read(api: &str) -> bool {
    READING.iter().any(|word| match api.strip_prefix(word) {
        // `Listen...` is not `List`.
        Some(rest) => rest.chars().next().is_none_or(|c| !c.is_lowercase()),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(WRITES.is_sorted());
        assert!(READS.is_sorted());
    }

    #[test]
    fn names_that_begin_as_reads_read() {
        for (service, api) in [
            ("ec2", "DescribeInstances"),
            ("s3", "HeadBucket"),
            ("s3", "SelectObjectContent"),
            ("sts", "GetCallerIdentity"),
            ("dynamodb", "BatchGetItem"),
            ("dynamodb", "Scan"),
            ("config", "SelectResourceConfig"),
        ] {
            assert_eq!(effect(service, api, false), Effect::Read, "{service}:{api}");
        }
    }

    #[test]
    fn everything_else_writes() {
        for (service, api) in [
            ("ec2", "StopInstances"),
            ("s3", "PutPublicAccessBlock"),
            ("sqs", "ReceiveMessage"),
            ("made-up", "Listen"),
            ("made-up", "Getaway"),
            ("dynamodb", "BatchWriteItem"),
            ("connect", "GetFederationToken"),
        ] {
            assert_eq!(effect(service, api, false), Effect::Write, "{service}:{api}");
        }
    }

    #[test]
    fn the_models_own_word_is_taken_unless_we_know_better() {
        assert_eq!(effect("made-up", "CheckThing", true), Effect::Read);
        assert_eq!(effect("connect", "GetFederationToken", true), Effect::Write);
    }
}
