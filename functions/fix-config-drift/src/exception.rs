//! Whether somebody said in AWS Config that a resource is not to be put right: a remediation exception.

use aws_sdk_config::Client;
use aws_sdk_config::types::{RemediationException, RemediationExceptionResourceKey};
use shared::incident::Resource;
use shared::remediation::Unseen;

/// Why the resource is excepted from the rule, if it is.
pub(crate) async fn find(config: &Client, rule: &str, resource: &Resource) -> Result<Option<String>, Unseen> {
    let key =
        RemediationExceptionResourceKey::builder().resource_type(&resource.kind).resource_id(&resource.id).build();
    let asked = config.describe_remediation_exceptions().config_rule_name(rule).resource_keys(key).send().await;
    let answer = asked.map_err(|error| Unseen::sdk("the exceptions of AWS Config cannot be looked at", &error))?;
    Ok(answer.remediation_exceptions().iter().map(said).next())
}

/// AWS Config forgets an exception when its time is up.
fn said(exception: &RemediationException) -> String {
    let until = exception.expiration_time().map(|time| format!(" until {time}")).unwrap_or_default();
    let why = exception.message().map(|message| format!(": {message}")).unwrap_or_default();
    format!("AWS Config has an exception for it{until}{why}")
}
