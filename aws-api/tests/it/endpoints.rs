//! Which address a call goes to: the service's own, one for all, one for a service.

use std::sync::{Arc, Mutex};

use crate::support::{Addresses, Service, builder, call, models, ok};
use aws_api::Client;
use aws_config::Region;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use serde_json::{Value, json};

/// Stands for the environment: an endpoint for one service id.
#[derive(Debug)]
struct EndpointOf(&'static str, String, Mutex<Vec<String>>);

impl LoadServiceConfig for EndpointOf {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.2.lock().unwrap().push(format!("{} {} {}", key.service_id(), key.env(), key.profile()));
        let asked = (key.service_id(), key.env(), key.profile());
        (asked == (self.0, "AWS_ENDPOINT_URL", "endpoint_url")).then(|| self.1.clone())
    }
}

#[tokio::test]
async fn the_endpoint_of_a_service_wins_over_the_one_for_all() {
    let Some(models) = models() else { return };
    let (all, config) = (Service::answering([ok("{}")]).await, Service::answering([ok("{}")]).await);
    let loader = EndpointOf("Config Service", config.url.clone(), Mutex::default());
    let client = Client::new(models, builder().endpoint_url(&all.url).service_config(loader).build());
    call(&client, "config", "DescribeConfigRules", json!({})).await.unwrap();
    call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    assert_eq!((config.asked().len(), all.asked().len()), (1, 1));
    assert_eq!(config.only().header("x-amz-target"), "StarlingDoveService.DescribeConfigRules");
    assert_eq!(config.only().signed_for(), "config/eu-west-1");
}

#[tokio::test]
async fn an_account_is_not_put_before_an_address() {
    let Some(models) = models() else { return };
    let service = Service::answering([ok("<R><BlockPublicAcls>true</BlockPublicAcls></R>")]).await;
    let client = Client::new(models, builder().endpoint_url(&service.url).build());
    let input = json!({"AccountId": "123456789012"});
    let output = call(&client, "s3control", "GetPublicAccessBlock", input).await.unwrap();
    assert_eq!(output, json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true}}));
    let asked = service.only();
    assert_eq!(asked.target, "/v20180820/configuration/publicAccessBlock");
    assert_eq!(asked.header("x-amz-account-id"), "123456789012");
    assert!(service.url.ends_with(asked.header("host")), "{}", asked.header("host"));
}

#[tokio::test]
async fn what_the_rules_refuse_is_said_in_their_words() {
    let Some(models) = models() else { return };
    let client = Client::new(models, builder().endpoint_url("http://127.0.0.1:9").use_fips(true).build());
    let error = call(&client, "ec2", "DescribeInstances", json!({})).await.unwrap_err();
    assert_eq!(
        crate::support::chain(&error),
        "there is no endpoint for ec2:DescribeInstances in eu-west-1\n\
         Invalid Configuration: FIPS and custom endpoint are not supported"
    );
}

async fn address(region: &str, (fips, dual): (bool, bool), service: &str, api: &str, input: Value) -> Option<String> {
    let addresses = Addresses::default();
    let sdk = builder().region(Region::new(region.to_owned())).use_fips(fips).use_dual_stack(dual);
    let client = Client::new(models()?, sdk.http_client(addresses.client()).build());
    // The one answer fits no service; only the address counts.
    let _ = call(&client, service, api, input).await;
    Some(addresses.last())
}

#[tokio::test]
async fn every_partition_and_kind_of_endpoint_has_its_host() {
    let (none, fips, dual, both) = ((false, false), (true, false), (false, true), (true, true));
    let bucket = || json!({"Bucket": "my-bucket"});
    for (region, kind, service, api, input, host) in [
        ("eu-west-1", none, "ec2", "DescribeVpcs", json!({}), "https://ec2.eu-west-1.amazonaws.com/"),
        ("us-east-1", fips, "ec2", "DescribeVpcs", json!({}), "https://ec2-fips.us-east-1.amazonaws.com/"),
        ("eu-west-1", dual, "ec2", "DescribeVpcs", json!({}), "https://ec2.eu-west-1.api.aws/"),
        ("us-east-1", both, "ec2", "DescribeVpcs", json!({}), "https://ec2-fips.us-east-1.api.aws/"),
        ("cn-north-1", none, "ec2", "DescribeVpcs", json!({}), "https://ec2.cn-north-1.amazonaws.com.cn/"),
        ("cn-north-1", dual, "ec2", "DescribeVpcs", json!({}), "https://ec2.cn-north-1.api.amazonwebservices.com.cn/"),
        ("us-gov-west-1", none, "ssm", "ListDocuments", json!({}), "https://ssm.us-gov-west-1.amazonaws.com/"),
        ("us-iso-east-1", none, "ec2", "DescribeVpcs", json!({}), "https://ec2.us-iso-east-1.c2s.ic.gov/"),
        ("eu-west-1", none, "iam", "ListRoles", json!({}), "https://iam.amazonaws.com/"),
        ("cn-north-1", none, "iam", "ListRoles", json!({}), "https://iam.cn-north-1.amazonaws.com.cn/"),
        ("us-gov-west-1", none, "iam", "ListRoles", json!({}), "https://iam.us-gov.amazonaws.com/"),
        ("eu-west-1", none, "sts", "GetCallerIdentity", json!({}), "https://sts.eu-west-1.amazonaws.com/"),
        (
            "eu-west-1",
            none,
            "s3",
            "ListObjects",
            bucket(),
            "https://my-bucket.s3.eu-west-1.amazonaws.com/?encoding-type=url",
        ),
        ("eu-west-1", dual, "s3", "HeadBucket", bucket(), "https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/"),
        ("cn-north-1", none, "s3", "HeadBucket", bucket(), "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/"),
        (
            "eu-west-1",
            none,
            "s3",
            "HeadBucket",
            json!({"Bucket": "my.dotted.bucket"}),
            "https://s3.eu-west-1.amazonaws.com/my.dotted.bucket",
        ),
        (
            "eu-west-1",
            none,
            "s3",
            "HeadBucket",
            json!({"Bucket": "arn:aws:s3:eu-west-1:123456789012:accesspoint:mine"}),
            "https://mine-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/",
        ),
        (
            "eu-west-1",
            none,
            "s3control",
            "GetPublicAccessBlock",
            json!({"AccountId": "123456789012"}),
            "https://123456789012.s3-control.eu-west-1.amazonaws.com/v20180820/configuration/publicAccessBlock",
        ),
        (
            "eu-west-1",
            none,
            "stepfunctions",
            "StartSyncExecution",
            json!({"stateMachineArn": "a"}),
            "https://sync-states.eu-west-1.amazonaws.com/",
        ),
    ] {
        let Some(address) = address(region, kind, service, api, input).await else { return };
        assert_eq!(address, host, "{service}:{api} in {region}, FIPS and dual stack {kind:?}");
    }
}

#[tokio::test]
async fn another_region_of_an_arn_is_taken_unless_the_environment_says_no() {
    let input = || json!({"Bucket": "arn:aws:s3:us-west-2:123456789012:accesspoint:mine"});
    let Some(address) = address("eu-west-1", (false, false), "s3", "HeadBucket", input()).await else { return };
    assert_eq!(address, "https://mine-123456789012.s3-accesspoint.us-west-2.amazonaws.com/");
    let loader = Switch("AWS_S3_USE_ARN_REGION", "false");
    let client = Client::new(models().unwrap(), builder().service_config(loader).build());
    let error = call(&client, "s3", "HeadBucket", input()).await.unwrap_err();
    assert!(crate::support::chain(&error).contains("does not match client region"), "{error:?}");
}

/// Stands for the environment: one variable for all.
#[derive(Debug)]
struct Switch(&'static str, &'static str);

impl LoadServiceConfig for Switch {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.env() == self.0).then(|| self.1.to_owned())
    }
}

/// A configuration as the SDK loads it from this profile.
async fn of_profile(content: &str, addresses: &Addresses) -> aws_config::SdkConfig {
    let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, content).build();
    let keys = aws_credential_types::Credentials::new("AKID", "SECRET", None, None, "test");
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest()).profile_files(files).profile_name("ops");
    loader.region(Region::new("eu-west-1")).credentials_provider(keys).http_client(addresses.client()).load().await
}

#[tokio::test]
async fn endpoints_in_a_profile_are_taken_and_ignored_as_it_says() {
    let Some(models) = models() else { return };
    let services = "[services local]\nssm =\n  endpoint_url = http://ssm.example\n";
    let profile = "[profile ops]\nservices = local\nendpoint_url = http://all.example\n";
    let ignoring = "ignore_configured_endpoint_urls = true\n";
    for (content, ssm, ec2) in [
        (format!("{profile}{services}"), "http://ssm.example/", "http://all.example/"),
        (
            format!("{profile}{ignoring}{services}"),
            "https://ssm.eu-west-1.amazonaws.com/",
            "https://ec2.eu-west-1.amazonaws.com/",
        ),
    ] {
        let addresses = Addresses::default();
        let client = Client::new(Arc::clone(&models), of_profile(&content, &addresses).await);
        call(&client, "ssm", "ListDocuments", json!({})).await.unwrap();
        assert_eq!(addresses.last(), ssm, "{content}");
        let _ = call(&client, "ec2", "DescribeVpcs", json!({})).await;
        assert_eq!(addresses.last(), ec2, "{content}");
    }
}
