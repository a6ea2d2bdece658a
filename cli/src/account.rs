//! Whose account, and where.
//!
//! Comes in: the SDK's configuration, `--region`, `--profile` and `--role-arn`. Goes out: clients, and the caller's identity.
//! Never: a call on behalf of anyone but the person at the terminal.

use std::fmt;

use aws_config::{BehaviorVersion, Region};
use engine::{Context, PollPolicy, Readings, plain};
use serde_json::{Value, json};
use shared::aws::{AssumeRole, Services};
use shared::settings::Settings;

use crate::error::CliError;
use crate::models;

/// Which credentials and Region to use.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Account {
    /// The AWS Region, instead of the configured one
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The AWS profile, instead of the configured one
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// A role to assume for all calls, such as one in another account
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// What the owner of that role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    pub(crate) external_id: Option<String>,
}

/// How CloudTrail names the calls of a role we assume.
const SESSION: &str = "kintsugi-cli";

impl Account {
    /// Clients; no call is made.
    pub(crate) async fn connect(&self) -> Result<Services, CliError> {
        self.connect_with(models::settings()?).await
    }

    /// The same with these settings.
    pub(crate) async fn connect_with(&self, settings: Settings) -> Result<Services, CliError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let services = Services::over(loader.load().await, settings)?;
        if services.region().is_empty() { Err(CliError::NoRegion) } else { Ok(self.as_role(services)) }
    }

    fn as_role(&self, services: Services) -> Services {
        let Some(arn) = &self.role_arn else { return services };
        let role = AssumeRole::new(arn, SESSION);
        let role = self.external_id.iter().fold(role, |role, id| role.external_id(id));
        services.in_account(&role)
    }
}

/// Who calls, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account_id: String,
    pub(crate) partition: String,
    pub(crate) region: String,
    /// ARN of the caller.
    pub(crate) caller: String,
}

impl Identity {
    /// Asks AWS.
    pub(crate) async fn ask(services: &Services) -> Result<Self, CliError> {
        let answer = services.call("sts", "GetCallerIdentity", json!({})).await;
        let answer = answer.map_err(|error| CliError::Identity(Box::new(error)))?;
        Self::read(&answer, services.region()).ok_or(CliError::NoAccount)
    }

    fn read(answer: &Value, region: String) -> Option<Self> {
        let account_id = answer["Account"].as_str().filter(|id| !id.is_empty())?.to_owned();
        let caller = answer["Arn"].as_str()?.to_owned();
        let partition = caller.split(':').nth(1).filter(|part| part.starts_with("aws"))?.to_owned();
        Some(Self { account_id, partition, region, caller })
    }

    /// The context of an execution as this identity.
    pub(crate) fn context(&self, execution_id: String, poll: PollPolicy) -> Context {
        Context {
            execution_id,
            region: self.region.clone(),
            account_id: self.account_id.clone(),
            partition: self.partition.clone(),
            poll,
            readings: Readings::default(),
        }
    }
}

/// `account 123456789012, eu-west-1, as arn:aws:iam::123456789012:user/kim`
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, region, caller) = (plain(&self.account_id), plain(&self.region), plain(&self.caller));
        write!(f, "account {account}, {region}, as {caller}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_is_that_of_the_callers_arn() {
        let arn = "arn:aws-us-gov:sts::210987654321:assumed-role/ops/kim";
        let answer = json!({"Account": "210987654321", "Arn": arn});
        let identity = Identity::read(&answer, "us-gov-west-1".into()).unwrap();
        assert_eq!(identity.partition, "aws-us-gov");
        assert_eq!(identity.to_string(), format!("account 210987654321, us-gov-west-1, as {arn}"));
    }

    #[test]
    fn an_answer_without_account_or_arn_is_no_identity() {
        assert_eq!(Identity::read(&json!({"Arn": "arn:aws:iam::1:root"}), String::new()), None);
        assert_eq!(Identity::read(&json!({"Account": "1", "Arn": "me"}), String::new()), None);
    }
}
