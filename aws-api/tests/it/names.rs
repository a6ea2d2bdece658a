//! Models, names, effects, permissions and redaction, on the real pack; and packs that are none.

use std::io::Write;

use crate::support::{Service, answer, call, chain, client, models};
use aws_api::{Effect, Models, ModelsError};
use serde_json::json;

#[test]
fn a_missing_pack_says_how_to_get_it() {
    let error = Models::open("/nowhere/models.pack").unwrap_err();
    assert!(matches!(error, ModelsError::Missing { .. }));
    assert_eq!(
        error.to_string(),
        "there are no service models at /nowhere/models.pack: `make models` makes them, or aws-api's models.py"
    );
}

#[test]
fn a_file_that_is_no_pack_is_refused() {
    for content in [&b""[..], b"KTG", b"PK\x03\x04 something else entirely"] {
        let path = scratch(content);
        let error = Models::open(&path).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(error, ModelsError::NotAPack { .. }), "{error:?}");
    }
}

#[test]
fn a_damaged_pack_names_what_is_damaged() {
    let mut content = b"KTGMODL2".to_vec();
    let index = br#"{"botocore":"0","partitions":{"at":0,"length":0,"size":0},"services":{"ec2":{"at":0,"length":3,"size":9}}}"#;
    content.extend(u32::try_from(index.len()).unwrap().to_le_bytes());
    content.extend(index);
    content.extend(b"abc");
    let path = scratch(&content);
    let error = Models::open(&path).unwrap().resolve("ec2", "DescribeInstances").unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        error.to_string(),
        "the entry ec2 of the service models is damaged: `make models` makes them anew, or aws-api's models.py"
    );
    assert!(chain(&error).contains("inflated"), "{}", chain(&error));
}

/// A file of this test's own.
fn scratch(content: &[u8]) -> std::path::PathBuf {
    use std::hash::{BuildHasher, RandomState};
    let path = std::env::temp_dir().join(format!("aws-api-{:x}.pack", RandomState::new().hash_one(content)));
    std::fs::File::create(&path).unwrap().write_all(content).unwrap();
    path
}

#[test]
fn a_method_that_boto3_has_under_two_names_is_one_operation() {
    let Some(models) = models() else { return };
    // Every `ClientMethodAlias` of botocore 1.44.5, with the name it stands for.
    for (service, name, alias) in [
        ("mturk", "list_hits_for_qualification_type", "list_hi_ts_for_qualification_type"),
        ("socialmessaging", "delete_whatsapp_message_media", "delete_whatsapp_media_message"),
        ("cloudwatch", "get_otel_enrichment", "get_o_tel_enrichment"),
        ("cloudwatch", "start_otel_enrichment", "start_o_tel_enrichment"),
        ("cloudwatch", "stop_otel_enrichment", "stop_o_tel_enrichment"),
        ("cloudwatch", "update_otel_enrichment", "update_o_tel_enrichment"),
        ("signin", "create_oauth2_token", "create_o_auth2_token"),
    ] {
        assert_eq!(
            models.resolve(service, alias).unwrap(),
            models.resolve(service, name).unwrap(),
            "{service}:{alias}"
        );
    }
}

#[test]
fn every_spelling_of_boto3_and_ssm_is_the_same_operation() {
    let Some(models) = models() else { return };
    for (service, api) in [
        ("rds", "DescribeDBInstances"),
        ("RDS", "describe_db_instances"),
        (" rds ", "describeDBInstances"),
        ("rds", "describedbinstances"),
    ] {
        let (service, api) = models.resolve(service, api).unwrap();
        assert_eq!((service.as_str(), api.as_str()), ("rds", "DescribeDBInstances"));
    }
}

/// On the wire CloudFront's operations have a date behind them, which nobody writes and no policy knows.
#[tokio::test]
async fn an_operation_is_named_as_the_caller_knows_it() {
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let service = Service::answering([answer(403, denied)]).await;
    let Some(client) = client(&service) else { return };
    let models = client.models();
    assert_eq!(models.iam_actions("cloudfront", "delete_distribution").unwrap(), ["cloudfront:DeleteDistribution"]);
    assert_eq!(
        models.iam_actions("cloudfront", "CreateDistributionWithTags").unwrap(),
        ["cloudfront:CreateDistribution", "cloudfront:TagResource"]
    );
    for (api, input, error) in [
        (
            "get_distribution",
            json!({"Id": "E1"}),
            "cloudfront:GetDistribution was answered with AccessDenied (HTTP 403): no",
        ),
        ("GetDistribution", json!({}), "the input of cloudfront:GetDistribution does not fit: Id is required"),
    ] {
        assert_eq!(call(&client, "cloudfront", api, input).await.unwrap_err().to_string(), error);
    }
}

/// Every service: no error, permission or plan has a name in it that its operations do not have.
#[test]
fn what_an_operation_is_called_is_its_key_in_the_model_everywhere() {
    let Some(models) = models() else { return };
    let mut wrong = Vec::new();
    for service in models.services() {
        for api in models.operations(service).unwrap() {
            let dated = |text: &String| text.contains("20") && text.contains('_');
            wrong.extend(models.iam_actions(service, api.as_str()).unwrap().into_iter().filter(dated));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_runbooks_call_is_told_apart_as_read_or_write() {
    let Some(models) = models() else { return };
    for (service, api, effect) in [
        ("ec2", "DescribeInstances", Effect::Read),
        ("ec2", "ModifyInstanceAttribute", Effect::Write),
        ("s3", "GetPublicAccessBlock", Effect::Read),
        ("s3", "PutPublicAccessBlock", Effect::Write),
        ("s3", "SelectObjectContent", Effect::Read),
        ("sts", "GetCallerIdentity", Effect::Read),
        ("sts", "GetSessionToken", Effect::Write),
        ("config", "StartConfigRulesEvaluation", Effect::Write),
        ("cloudwatch", "DescribeAlarms", Effect::Read),
        ("dynamodb", "query", Effect::Read),
    ] {
        assert_eq!(models.effect(service, api).unwrap(), effect, "{service}:{api}");
    }
}

#[test]
fn permissions_are_those_of_iam() {
    let Some(models) = models() else { return };
    assert_eq!(models.iam_actions("EC2", "stop_instances").unwrap(), ["ec2:StopInstances"]);
    assert_eq!(models.iam_actions("rds", "describe_db_instances").unwrap(), ["rds:DescribeDBInstances"]);
    assert_eq!(models.iam_actions("elbv2", "DeleteLoadBalancer").unwrap(), ["elasticloadbalancing:DeleteLoadBalancer"]);
    assert!(models.iam_actions("sts", "AssumeRoleWithSAML").unwrap().is_empty(), "it is called without credentials");
    assert!(models.iam_actions("ec2", "StopInstance").is_err());
}

#[test]
fn what_the_model_calls_sensitive_is_redacted() {
    let Some(models) = models() else { return };
    let input = json!({"Name": "n", "SecretString": "hunter2", "Tags": [{"Key": "k", "Value": "v"}]});
    let shown = models.redact_input("secretsmanager", "CreateSecret", &input).unwrap();
    assert_eq!(shown, json!({"Name": "n", "SecretString": "[redacted]", "Tags": [{"Key": "k", "Value": "v"}]}));
    let output = json!({"Parameter": {"Name": "/p", "Value": "hunter2"}});
    let shown = models.redact_output("ssm", "GetParameter", &output).unwrap();
    assert_eq!(shown, json!({"Parameter": {"Name": "/p", "Value": "[redacted]"}}));
}
