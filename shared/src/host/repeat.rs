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
const HARMLESS: [(&str, &str); 55] = [
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
    ("ecs", "UpdateService"),
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

/// Operations that AWS refuses the second time, or to which it then finds nothing to do: a request whose answer was lost
/// is sent again, as AWS's clients do, and is no second effect. But the refusal does not tell what the first has done, so a
/// process that died in one looks first. Sorted.
const REFUSED_TWICE: [(&str, &str); 9] = [
    ("autoscaling", "EnterStandby"),
    ("ec2", "AuthorizeSecurityGroupEgress"),
    ("ec2", "AuthorizeSecurityGroupIngress"),
    ("ec2", "ModifyVolume"),
    ("ec2", "RevokeSecurityGroupEgress"),
    ("ec2", "RevokeSecurityGroupIngress"),
    ("iam", "DeleteLoginProfile"),
    ("lambda", "RemovePermission"),
    ("securityhub", "EnableSecurityHub"),
];

/// Input members with which a second call is not the first once more: it fits one state only and is refused when it has
/// happened, or it begins something anew each time.
const NOT_TWICE: [&str; 9] = [
    "ChangeToken",
    "ConditionExpression",
    "Expected",
    "IfMatch",
    "IfNoneMatch",
    "LockToken",
    "RevisionId",
    "SequenceToken",
    "forceNewDeployment",
];

/// Input members by which services that do not mark them in their models recognise a repetition. The engine gives some.
pub const TOKENS: [&str; 4] = ["ClientRequestToken", "ClientToken", "IdempotencyToken", "idempotencyToken"];

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
    let repetition = repetition(services, &call);
    let (unknown, services) = (interrupted(&call.service, &call.api), services.clone());
    match repetition {
        Repetition::Same => recorded(host, op, perform(services, call, false)).await,
        Repetition::Refused => recorded_once(host, op, perform(services, call, false), Err(unknown)).await,
        Repetition::Another => {
            let performed = async move { perform(services, call, true).await.map_err(unsure) };
            recorded_once(host, op, performed, Err(unknown)).await
        }
    }
}

/// What a second call would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repetition {
    /// The same effect as the first.
    Same,
    /// Refused: no effect, but an answer that does not tell what the first has done.
    Refused,
    /// Another effect, for all that is known here.
    Another,
}

/// A call that may have happened though its answer says otherwise, or none came. Nor may the attempts of its step make it
/// again.
fn unsure(fault: CallFault) -> CallFault {
    match fault.kind {
        FaultKind::NoAnswer | FaultKind::ServiceFault => {
            let message = format!("{} ({}); {LOOK}", fault.message, fault.code);
            CallFault { kind: FaultKind::NoAnswer, code: CallFault::INTERRUPTED.to_owned(), message, ..fault }
        }
        _ => fault,
    }
}

const LOOK: &str = "whether it has happened must be looked at before it is made again";

/// What a call is answered with that was begun by a process that died.
pub(super) fn interrupted(service: &str, api: &str) -> CallFault {
    CallFault {
        service: service.to_owned(),
        api: api.to_owned(),
        kind: FaultKind::NoAnswer,
        code: CallFault::INTERRUPTED.to_owned(),
        message: format!("the process died in this call; {LOOK}"),
        request_id: None,
        http_status: None,
    }
}

/// What is unknown to the models is never sent.
fn repetition(services: &Services, call: &ApiCall) -> Repetition {
    let Ok((service, api)) = services.api.resolve(&call.service, &call.api) else { return Repetition::Same };
    let (service, api) = (service.as_str(), api.as_str());
    let given = |names: &[&str]| names.iter().any(|name| call.input.get(name).is_some_and(|value| !value.is_null()));
    let token = || services.api.models().has_token(service, api).unwrap_or(false) || given(&TOKENS);
    let harmless = || is_harmless(service, api) && !given(&NOT_TWICE);
    if services.is_read(service, api) || token() || harmless() {
        Repetition::Same
    } else if is_in(&REFUSED_TWICE, service, api) {
        Repetition::Refused
    } else {
        Repetition::Another
    }
}

fn is_harmless(service: &str, api: &str) -> bool {
    is_in(&HARMLESS, service, api)
}

/// Whether a request that is sent twice is one effect at most, whatever its input: by names of the models.
#[must_use]
pub fn is_one_effect(service: &str, api: &str) -> bool {
    is_harmless(service, api) || is_in(&REFUSED_TWICE, service, api)
}

fn is_in(table: &[(&str, &str)], service: &str, api: &str) -> bool {
    table.binary_search(&(service, api)).is_ok()
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
        use Repetition::{Another, Refused, Same};
        let Some(services) = services() else { return };
        for (service, api, input, second) in [
            ("ec2", "describe_instances", json!({}), Same),
            ("ec2", "RunInstances", json!({}), Same),
            ("EC2", "StopInstances", json!({}), Same),
            ("ec2", "ModifyInstanceAttribute", json!({}), Same),
            ("s3", "PutPublicAccessBlock", json!({}), Same),
            ("cloudformation", "CreateStack", json!({"ClientRequestToken": "t"}), Same),
            ("made-up", "Anything", json!({}), Same),
            ("ec2", "RevokeSecurityGroupIngress", json!({}), Refused),
            ("ec2", "AuthorizeSecurityGroupIngress", json!({}), Refused),
            ("cloudformation", "CreateStack", json!({}), Another),
            ("cloudformation", "UpdateStack", json!({}), Another),
            ("ec2", "RebootInstances", json!({}), Another),
            ("stepfunctions", "StartExecution", json!({}), Another),
            ("ecs", "UpdateService", json!({"desiredCount": 3}), Same),
            ("ecs", "UpdateService", json!({"forceNewDeployment": true}), Another),
            ("iam", "ResetServiceSpecificCredential", json!({}), Another),
            ("ssm", "PutParameter", json!({}), Another),
            ("securityhub", "EnableSecurityHub", json!({}), Refused),
            ("ec2", "ModifyVolume", json!({}), Refused),
            ("dynamodb", "PutItem", json!({}), Same),
            ("dynamodb", "PutItem", json!({"ConditionExpression": "attribute_not_exists(a)"}), Another),
            ("wafv2", "UpdateWebACL", json!({"LockToken": "t"}), Another),
        ] {
            let call =
                ApiCall { service: service.into(), api: api.into(), input, idempotency_key: "k".into(), timeout: None };
            assert_eq!(repetition(&services, &call), second, "{service}:{api}");
        }
    }

    #[test]
    fn what_may_have_happened_is_not_for_the_attempts_of_its_step_and_a_refusal_is() {
        for (kind, not_again) in [
            (FaultKind::NoAnswer, true),
            (FaultKind::ServiceFault, true),
            (FaultKind::Throttled, false),
            (FaultKind::Denied, false),
            (FaultKind::Refused, false),
        ] {
            let fault = unsure(CallFault { kind, code: "Code".into(), ..interrupted("ssm", "SendCommand") });
            assert_eq!(fault.is_interrupted(), not_again, "{kind:?}");
            assert!(!not_again || fault.message.contains("(Code)"), "{}", fault.message);
        }
    }

    #[test]
    fn every_operation_of_the_tables_exists_and_they_are_sorted() {
        assert!(HARMLESS.is_sorted() && REFUSED_TWICE.is_sorted());
        let Some(services) = services() else { return };
        for (service, api) in HARMLESS.into_iter().chain(REFUSED_TWICE) {
            let (found, name) = services.api.resolve(service, api).unwrap();
            assert_eq!((found.as_str(), name.as_str()), (service, api));
        }
    }
}
