//! Which calls may be made again when nobody knows whether they have happened, and what becomes of the others.
//!
//! Comes in: a call. Goes out: its answer; of a call that must not happen twice and whose end nobody knows, the fault
//! `Interrupted`.
//! Never: a repetition that is not known to be harmless. What is not in the table is made at most once.

use engine::{ApiCall, CallFault, FaultKind, HostError};
use serde_json::Value;

use super::answer::{TOO_LARGE, perform};
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

/// Operations that AWS refuses the second time, so that no repetition is a second effect, and by which runbooks put back
/// what they took away: there a request whose answer was lost is worth sending again, since nobody comes after a way back.
/// A process that died in one still looks first.
const REFUSED_TWICE: [(&str, &str); 2] =
    [("ec2", "AuthorizeSecurityGroupEgress"), ("ec2", "AuthorizeSecurityGroupIngress")];

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
        Repetition::Refused | Repetition::Another => {
            let at_most_once = repetition == Repetition::Another;
            let effect = async move { perform(services, call, at_most_once).await.map_err(unsure) };
            recorded_once(host, op, effect, Err(unknown)).await
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

const LOOK: &str = "whether it has happened must be looked at before it is made again";

/// A call whose answer was lost, or that AWS gave up in the middle of, may have happened as well as one that was cut off.
/// An answer that was only too large to keep is known.
fn unsure(fault: CallFault) -> CallFault {
    let said = match fault.kind {
        FaultKind::NoAnswer if fault.code != TOO_LARGE => fault.message,
        FaultKind::ServiceFault => format!("{}: {}", fault.code, fault.message),
        _ => return fault,
    };
    let message = format!("{}; {LOOK}", said.trim_end_matches(['.', ':', ' ']));
    CallFault { kind: FaultKind::NoAnswer, code: CallFault::INTERRUPTED.to_owned(), message, ..fault }
}

/// What is unknown to the models is never sent.
fn repetition(services: &Services, call: &ApiCall) -> Repetition {
    let Ok((service, api)) = services.api.resolve(&call.service, &call.api) else { return Repetition::Same };
    let (service, api) = (service.as_str(), api.as_str());
    let given = |names: &[&str]| names.iter().any(|name| call.input.get(name).is_some_and(|value| !value.is_null()));
    let token = || services.api.models().has_token(service, api).unwrap_or(false) || given(&TOKENS);
    let harmless = || is_harmless(service, api) && !given(&ONE_STATE_ONLY);
    if services.is_read(service, api) || token() || harmless() {
        Repetition::Same
    } else if is_in(&REFUSED_TWICE, service, api) {
        Repetition::Refused
    } else {
        Repetition::Another
    }
}

/// Whether an operation says how things shall be, or brings one state about that it is content to find. By the names of
/// the models.
#[must_use]
pub fn is_harmless(service: &str, api: &str) -> bool {
    is_in(&HARMLESS, service, api)
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
            ("ec2", "RevokeSecurityGroupIngress", json!({}), Another),
            ("ec2", "AuthorizeSecurityGroupIngress", json!({}), Refused),
            ("cloudformation", "CreateStack", json!({}), Another),
            ("cloudformation", "UpdateStack", json!({}), Another),
            ("ec2", "RebootInstances", json!({}), Another),
            ("stepfunctions", "StartExecution", json!({}), Another),
            ("ecs", "UpdateService", json!({"forceNewDeployment": true}), Another),
            ("iam", "ResetServiceSpecificCredential", json!({}), Another),
            ("ssm", "PutParameter", json!({}), Another),
            ("securityhub", "EnableSecurityHub", json!({}), Another),
            ("ec2", "ModifyVolume", json!({}), Another),
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
    fn a_fault_of_which_nobody_knows_whether_the_call_happened_says_so_and_no_other() {
        for (kind, code, message, looked_at) in [
            (FaultKind::NoAnswer, "NoAnswer", "the answer was lost", Some("the answer was lost; whether")),
            (FaultKind::ServiceFault, "Unavailable", "Try later.", Some("Unavailable: Try later; whether")),
            (FaultKind::ServiceFault, "500", "", Some("500; whether")),
            (FaultKind::NoAnswer, TOO_LARGE, "9 bytes", None),
            (FaultKind::Throttled, "Throttling", "slow down", None),
            (FaultKind::Denied, "AccessDenied", "no", None),
            (FaultKind::Refused, "InvalidGroup.NotFound", "no", None),
        ] {
            let fault = CallFault { kind, code: code.into(), message: message.into(), ..interrupted("ec2", "A") };
            let seen = unsure(fault.clone());
            match looked_at {
                Some(said) => assert!(seen.is_interrupted() && seen.message.starts_with(said), "{seen}"),
                None => assert_eq!(seen, fault),
            }
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
