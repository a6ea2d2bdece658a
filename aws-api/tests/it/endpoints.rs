//! Which address a call goes to: the service's own, one for all, one for a service.

use std::sync::Mutex;

use crate::support::{Service, builder, call, models, ok};
use aws_api::Client;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use serde_json::json;

/// Stands for the environment: an endpoint for one service id.
#[derive(Debug)]
struct EndpointOf(&'static str, String, Mutex<Vec<String>>);

impl LoadServiceConfig for EndpointOf {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.2.lock().unwrap().push(format!("{} {} {}", key.service_id(), key.env(), key.profile()));
        (key.service_id() == self.0).then(|| self.1.clone())
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
