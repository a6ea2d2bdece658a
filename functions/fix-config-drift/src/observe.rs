//! What there is: the rule behind its name, and the resource as it is now. Reads only.

use aws_sdk_config::Client;
use aws_sdk_config::types::Owner;
use serde::{Deserialize, Serialize};
use shared::aws::Services;
use shared::incident::{Incident, Resource};
use shared::remediation::Unseen;

use crate::bucket::{self, Bucket};
use crate::security_group::{self, SecurityGroup};

/// Everything the decision needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The rule.
    pub rule: Rule,
    /// The resource.
    pub seen: Seen,
}

/// A Config rule, behind the name it has in the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// One of AWS's, by its identifier, for example `INCOMING_SSH_DISABLED`.
    Managed(String),
    /// Somebody's own; what it checks is not known here.
    Custom,
}

/// The resource, as far as we know its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// An S3 bucket.
    Bucket(Bucket),
    /// An EC2 security group.
    SecurityGroup(SecurityGroup),
    /// Another type: nothing was looked at.
    Other,
}

pub(crate) async fn observe(config: &Client, services: &Services, incident: &Incident) -> Result<Observed, Unseen> {
    let Some(resource) = &incident.resource else { return Err(Unseen("the incident names no resource".into())) };
    let (rule, seen) = tokio::join!(rule(config, &incident.noticed_by), see(services, resource));
    Ok(Observed { rule: rule?, seen: seen? })
}

async fn rule(config: &Client, name: &str) -> Result<Rule, Unseen> {
    let answer = config.describe_config_rules().config_rule_names(name).send().await;
    let answer = answer.map_err(|error| Unseen::sdk(&format!("Config rule {name} cannot be looked at"), &error))?;
    let source = answer.config_rules().first().and_then(|rule| rule.source());
    let source = source.ok_or_else(|| Unseen(format!("there is no Config rule {name}")))?;
    match (source.owner(), source.source_identifier()) {
        (Owner::Aws, Some(identifier)) => Ok(Rule::Managed(identifier.to_owned())),
        _ => Ok(Rule::Custom),
    }
}

async fn see(services: &Services, resource: &Resource) -> Result<Seen, Unseen> {
    match resource.kind.as_str() {
        "AWS::S3::Bucket" => bucket::see(services, &resource.id).await.map(Seen::Bucket),
        "AWS::EC2::SecurityGroup" => security_group::see(services, &resource.id).await.map(Seen::SecurityGroup),
        _ => Ok(Seen::Other),
    }
}
