//! How calls are signed, and with what.

use crate::support::{Addresses, Service, answer, builder, call, chain, client, models, ok};
use aws_api::{ApiError, Client, InvalidCall};
use aws_credential_types::Token;
use aws_credential_types::provider::token::SharedTokenProvider;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use serde_json::json;

/// Stands for the environment: values by variable and service.
#[derive(Debug)]
struct Environment(Vec<(&'static str, &'static str, String)>);

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let set = self.0.iter().find(|(variable, service, _)| (*variable, *service) == (key.env(), key.service_id()));
        set.map(|(.., value)| value.clone())
    }
}

#[tokio::test]
async fn a_service_with_tokens_gets_the_configured_one() {
    let Some(models) = models() else { return };
    let service = Service::answering([ok(r#"{"items": []}"#)]).await;
    let tokens = SharedTokenProvider::new(Token::new("t0ken", None));
    let client = Client::new(models, builder().endpoint_url(&service.url).token_provider(tokens).build());
    call(&client, "codecatalyst", "ListSpaces", json!({})).await.unwrap();
    assert_eq!(service.only().header("authorization"), "Bearer t0ken");
}

#[tokio::test]
async fn without_a_token_the_call_says_where_to_put_one() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    let error = call(&client, "codecatalyst", "ListSpaces", json!({})).await.unwrap_err();
    assert!(matches!(error, ApiError::Invalid(InvalidCall::NoToken { .. })), "{error:?}");
    assert_eq!(
        error.to_string(),
        "codecatalyst:ListSpaces is called with a bearer token: give SdkConfig a token provider, or set \
         AWS_BEARER_TOKEN_CODECATALYST"
    );
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn bedrock_takes_the_token_of_its_variable_and_else_a_signature() {
    let Some(models) = models() else { return };
    let service = Service::answering([ok("{}")]).await;
    let environment = Environment(vec![("AWS_BEARER_TOKEN", "bedrock", "t0ken".to_owned())]);
    let with = builder().endpoint_url(&service.url).service_config(environment).build();
    let without = builder().endpoint_url(&service.url).build();
    for sdk in [with, without] {
        call(&Client::new(models.clone(), sdk), "bedrock", "ListGuardrails", json!({})).await.unwrap();
    }
    let asked = service.asked();
    assert_eq!(asked[0].header("authorization"), "Bearer t0ken");
    assert_eq!(asked[1].signed_for(), "bedrock/eu-west-1");
}

#[tokio::test]
async fn simple_db_gets_its_old_signature_in_the_form() {
    let body = "<R><ListDomainsResult><DomainName>d</DomainName></ListDomainsResult></R>";
    let service = Service::answering([ok(body)]).await;
    let Some(client) = client(&service) else { return };
    let output = call(&client, "sdb", "ListDomains", json!({"MaxNumberOfDomains": 5})).await.unwrap();
    assert_eq!(output, json!({"DomainNames": ["d"]}));
    let asked = service.only();
    let form = asked.form();
    assert_eq!((form["AWSAccessKeyId"].as_str(), form["SignatureVersion"].as_str()), ("AKID", "2"));
    assert_eq!(form["MaxNumberOfDomains"], "5");
    assert!(form["Signature"].ends_with("%3D"), "{form:?}");
    assert_eq!(asked.header("authorization"), "");
}

#[cfg(not(feature = "sigv4a"))]
#[tokio::test]
async fn what_only_version_4a_can_sign_is_refused_with_the_reason() {
    let Some(models) = models() else { return };
    let client = Client::new(models, builder().build());
    let arn = "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-5678-90ab-cdef-EXAMPLE11111";
    let mrap = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap";
    for (service, api, input) in [
        ("cloudfront-keyvaluestore", "ListKeys", json!({"KvsARN": arn})),
        ("s3", "GetObject", json!({"Bucket": mrap, "Key": "k"})),
    ] {
        let error = call(&client, service, api, input).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{service}:{api} is not supported: it needs signature version 4a, which this build leaves out: build \
                 aws-api with its feature sigv4a"
            )
        );
    }
}

#[cfg(feature = "sigv4a")]
#[tokio::test]
async fn version_4a_signs_for_all_regions() {
    let Some(models) = models() else { return };
    let store = "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-5678-90ab-cdef-EXAMPLE11111";
    let access_point = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap";
    for (service, api, input, signed_for, address) in [
        (
            "cloudfront-keyvaluestore",
            "ListKeys",
            json!({"KvsARN": store}),
            "cloudfront-keyvaluestore",
            "https://123456789012.cloudfront-kvs.global.api.aws/",
        ),
        (
            "s3",
            "GetObject",
            json!({"Bucket": access_point, "Key": "k"}),
            "s3",
            "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/k",
        ),
    ] {
        let addresses = Addresses::default();
        let client = Client::new(models.clone(), builder().http_client(addresses.client()).build());
        call(&client, service, api, input).await.unwrap();
        assert!(addresses.last().starts_with(address), "{}", addresses.last());
        let signature = addresses.header("authorization");
        assert!(signature.starts_with("AWS4-ECDSA-P256-SHA256 Credential=AKID/"), "{signature}");
        assert!(signature.contains(&format!("/{signed_for}/aws4_request,")), "no Region in it: {signature}");
        assert!(signature.contains("x-amz-region-set"), "the set of Regions is signed: {signature}");
        assert_eq!(addresses.header("x-amz-region-set"), "*");
    }
}

const SESSION: &str = "<CreateSessionResult><Credentials><SessionToken>sess</SessionToken>\
    <SecretAccessKey>sk</SecretAccessKey><AccessKeyId>SESSIONKEY</AccessKeyId>\
    <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>";

#[tokio::test]
async fn a_directory_bucket_is_called_with_a_session_of_its_own_that_is_kept() {
    let service = Service::answering([ok(SESSION), ok("one"), ok("two")]).await;
    let Some(client) = client(&service) else { return };
    for _ in 0..2 {
        let input = json!({"Bucket": "data--euw1-az1--x-s3", "Key": "k"});
        call(&client, "s3", "GetObject", input).await.unwrap();
    }
    let asked = service.asked();
    assert_eq!(asked.len(), 3, "{asked:#?}");
    assert_eq!(asked[0].target, "/data--euw1-az1--x-s3?session");
    assert!(asked[0].header("authorization").contains("Credential=AKID/"));
    for object in &asked[1..] {
        assert!(object.header("authorization").contains("Credential=SESSIONKEY/"), "{object:?}");
        assert!(object.header("authorization").contains("/s3express/aws4_request"), "{object:?}");
        assert_eq!((object.header("x-amz-s3session-token"), object.header("x-amz-security-token")), ("sess", ""));
    }
}

#[tokio::test]
async fn a_session_that_is_refused_is_the_calls_own_error() {
    let body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    let service = Service::answering([answer(403, body)]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"Bucket": "data--euw1-az1--x-s3", "Key": "k"});
    let error = call(&client, "s3", "GetObject", input).await.unwrap_err();
    assert_eq!(error.to_string(), "s3:CreateSession was answered with AccessDenied (HTTP 403): no");
}

#[tokio::test]
async fn a_body_that_its_checksum_does_not_fit_is_no_answer() {
    let crc = aws_smithy_types::base64::encode(crc32fast::hash(b"right").to_be_bytes());
    for (body, fits) in [("right", true), ("wrong", false)] {
        let service = Service::answering([ok(body).header("x-amz-checksum-crc32", &crc)]).await;
        let Some(client) = client(&service) else { return };
        let output = call(&client, "s3", "GetObject", json!({"Bucket": "my-bucket", "Key": "k"})).await;
        assert_eq!(service.asked()[0].header("x-amz-checksum-mode"), "ENABLED");
        match output {
            Ok(output) => assert_eq!((fits, output["Body"].as_str()), (true, Some("cmlnaHQ="))),
            Err(error) => {
                assert!(!fits);
                assert!(chain(&error).contains("the CRC32 checksum of its body is"), "{}", chain(&error));
            }
        }
    }
}

#[tokio::test]
async fn long_metric_data_is_compressed_and_short_is_not() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    for count in [1, 200] {
        let metric = json!({"MetricName": "a-metric-with-a-long-name-that-is-said-again-and-again", "Value": 1.5});
        let input = json!({"Namespace": "n", "MetricData": vec![metric; count]});
        call(&client, "cloudwatch", "PutMetricData", input).await.unwrap();
    }
    let asked = service.asked();
    assert_eq!(asked[0].header("content-encoding"), "");
    assert_eq!(asked[1].header("content-encoding"), "gzip");
    let length: usize = asked[1].header("content-length").parse().unwrap();
    assert!(length < 2_000, "{length} bytes");
}
