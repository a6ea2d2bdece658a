//! Which calls may be made again when nobody knows whether they have happened, and what becomes of the others.
//!
//! Comes in: a call. Goes out: its answer; of a call that must not happen twice and was cut off, the fault `Interrupted`.
//! Never: a repetition that is not known to be harmless. What is not in the table is made at most once.

use engine::{ApiCall, CallFault, FaultKind, HostError};
use serde_json::Value;

use super::answer::perform;
use super::token::with_token;
use super::{RunHost, recorded, recorded_once};
use crate::aws::Services;

/// Operations that say how things shall be, so that a second call finds them so and does nothing; or that bring one state
/// about and are content to find it. Sorted. An operation that creates something, adds something, counts, or is refused
/// the second time is not here, whatever its name: `Enable...` of Security Hub is refused where it is on.
/// `ExitStandby` is refused, but an instance that nobody calls back stays out of its group: a refusal is the lesser evil.
const HARMLESS: [(&str, &str); 54] = [
    ("autoscaling", "ExitStandby"),
    ("autoscaling", "SetDesiredCapacity"),
    ("autoscaling", "UpdateAutoScalingGroup"),
    ("cloudtrail", "StartLogging"),
    ("cloudtrail", "StopLogging"),
    ("cloudtrail", "UpdateTrail"),
    ("config", "PutConfigurationRecorder"),
    ("config", "StartConfigRulesEvaluation"),
    ("config", "StartConfigurationRecorder"),
    ("config", "StopConfigurationRecorder"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "TagResource"),
    ("dynamodb", "UntagResource"),
    ("dynamodb", "UpdateContinuousBackups"),
    ("ec2", "CreateTags"),
    ("ec2", "DeleteTags"),
    ("ec2", "DisableEbsEncryptionByDefault"),
    ("ec2", "EnableEbsEncryptionByDefault"),
    ("ec2", "ModifyImageAttribute"),
    ("ec2", "ModifyInstanceAttribute"),
    ("ec2", "ModifyInstanceMetadataOptions"),
    ("ec2", "ModifySnapshotAttribute"),
    ("ec2", "ModifySubnetAttribute"),
    ("ec2", "ModifyVpcAttribute"),
    ("ec2", "MonitorInstances"),
    ("ec2", "StartInstances"),
    ("ec2", "StopInstances"),
    ("ec2", "TerminateInstances"),
    ("ec2", "UnmonitorInstances"),
    ("events", "DisableRule"),
    ("events", "EnableRule"),
    ("iam", "UpdateAccessKey"),
    ("iam", "UpdateAccountPasswordPolicy"),
    ("kms", "DisableKeyRotation"),
    ("kms", "EnableKeyRotation"),
    ("lambda", "PutFunctionConcurrency"),
    ("lambda", "UpdateFunctionConfiguration"),
    ("logs", "PutRetentionPolicy"),
    ("rds", "AddTagsToResource"),
    ("rds", "ModifyDBInstance"),
    ("rds", "ModifyDBSnapshotAttribute"),
    ("redshift", "ModifyCluster"),
    ("s3", "DeleteObject"),
    ("s3", "PutBucketEncryption"),
    ("s3", "PutBucketLogging"),
    ("s3", "PutBucketPolicy"),
    ("s3", "PutBucketTagging"),
    ("s3", "PutBucketVersioning"),
    ("s3", "PutObject"),
    ("s3", "PutPublicAccessBlock"),
    ("s3control", "PutPublicAccessBlock"),
    ("sqs", "SetQueueAttributes"),
    ("ssm", "AddTagsToResource"),
    ("ssm", "RemoveTagsFromResource"),
];

/// Input members that make a call fit one state only: after it has happened, the same call is refused.
const ONE_STATE_ONLY: [&str; 8] = [
    "ChangeToken",
    "ConditionExpression",
    "Expected",
    "IfMatch",
    "IfNoneMatch",
    "LockToken",
    "RevisionId",
    "SequenceToken",
];

/// Input members by which services that do not mark them in their models recognise a repetition. The engine gives some.
const TOKENS: [&str; 4] = ["ClientRequestToken", "ClientToken", "IdempotencyToken", "idempotencyToken"];

/// Performs a call: again after an interruption if that is harmless, else at most once.
pub(super) async fn call(
    host: &dyn RunHost,
    op: &str,
    services: &Services,
    call: ApiCall,
) -> Result<Result<Value, CallFault>, HostError> {
    let call = match services.api.resolve(&call.service, &call.api) {
        Ok((service, api)) => with_token(call, (service.as_str(), api.as_str())),
        Err(_) => call,
    };
    let unknown = interrupted(&call.service, &call.api);
    let again = may_repeat(services, &call);
    let effect = perform(services.clone(), call);
    if again { recorded(host, op, effect).await } else { recorded_once(host, op, effect, Err(unknown)).await }
}

/// What a call is answered with that was begun by a process that died.
pub(super) fn interrupted(service: &str, api: &str) -> CallFault {
    let message = "the process died in this call; whether it has happened must be looked at before it is made again";
    CallFault {
        service: service.to_owned(),
        api: api.to_owned(),
        kind: FaultKind::NoAnswer,
        code: CallFault::INTERRUPTED.to_owned(),
        message: message.to_owned(),
        request_id: None,
        http_status: None,
    }
}

/// Whether a second call would be the same effect as the first. What is unknown to the models is never sent.
fn may_repeat(services: &Services, call: &ApiCall) -> bool {
    let Ok((service, api)) = services.api.resolve(&call.service, &call.api) else { return true };
    let (service, api) = (service.as_str(), api.as_str());
    let given = |names: &[&str]| names.iter().any(|name| call.input.get(name).is_some_and(|value| !value.is_null()));
    let token = || services.api.models().has_token(service, api).unwrap_or(false) || given(&TOKENS);
    services.is_read(service, api) || token() || (harmless(service, api) && !given(&ONE_STATE_ONLY))
}

fn harmless(service: &str, api: &str) -> bool {
    HARMLESS.binary_search(&(service, api)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use aws_config::{BehaviorVersion, SdkConfig};
    use serde_json::json;

    use super::*;
    use crate::settings::Settings;

    fn services() -> Option<Services> {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack");
        if !models.exists() {
            eprintln!("SKIPPED: no service models at {}: `make models` makes them", models.display());
            return None;
        }
        let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        Services::over(sdk, Settings::of_operator(&models).unwrap()).ok()
    }

    #[test]
    fn a_call_is_repeated_if_it_reads_has_a_token_or_says_how_things_shall_be() {
        let Some(services) = services() else { return };
        for (service, api, input, again) in [
            ("ec2", "describe_instances", json!({}), true),
            ("ec2", "RunInstances", json!({}), true),
            ("EC2", "StopInstances", json!({}), true),
            ("ec2", "ModifyInstanceAttribute", json!({}), true),
            ("s3", "PutPublicAccessBlock", json!({}), true),
            ("cloudformation", "CreateStack", json!({"ClientRequestToken": "t"}), true),
            ("made-up", "Anything", json!({}), true),
            ("ec2", "RevokeSecurityGroupIngress", json!({}), false),
            ("ec2", "AuthorizeSecurityGroupIngress", json!({}), false),
            ("cloudformation", "CreateStack", json!({}), false),
            ("cloudformation", "UpdateStack", json!({}), false),
            ("ec2", "RebootInstances", json!({}), false),
            ("stepfunctions", "StartExecution", json!({}), false),
            ("ecs", "UpdateService", json!({"forceNewDeployment": true}), false),
            ("iam", "ResetServiceSpecificCredential", json!({}), false),
            ("ssm", "PutParameter", json!({}), false),
            ("securityhub", "EnableSecurityHub", json!({}), false),
            ("ec2", "ModifyVolume", json!({}), false),
            ("dynamodb", "PutItem", json!({}), true),
            ("dynamodb", "PutItem", json!({"ConditionExpression": "attribute_not_exists(a)"}), false),
            ("wafv2", "UpdateWebACL", json!({"LockToken": "t"}), false),
        ] {
            let call =
                ApiCall { service: service.into(), api: api.into(), input, idempotency_key: "k".into(), timeout: None };
            assert_eq!(may_repeat(&services, &call), again, "{service}:{api}");
        }
    }

    #[test]
    fn every_operation_of_the_table_exists_and_it_is_sorted() {
        assert!(HARMLESS.is_sorted());
        let Some(services) = services() else { return };
        for (service, api) in HARMLESS {
            let (found, name) = services.api.resolve(service, api).unwrap();
            assert_eq!((found.as_str(), name.as_str()), (service, api));
        }
    }
}
