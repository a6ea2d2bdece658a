//! What there is: the rule behind its name, and the resource as it is now. Reads only.

use aws_sdk_config::Client;
use aws_sdk_config::types::Owner;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::aws::Services;
use shared::incident::{Incident, Resource};
use shared::lowcode::{self, Known};
use shared::remediation::{Look, Unseen};

use crate::bucket::{self, Bucket};
use crate::security_group::{self, SecurityGroup};
use crate::{decide, exception, look};

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
    /// One of AWS's.
    Managed {
        /// `INCOMING_SSH_DISABLED`
        identifier: String,
        /// Its input parameters.
        parameters: Map<String, Value>,
    },
    /// Somebody's own; what it checks is not known here.
    Custom,
}

/// What was seen of the resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Seen {
    /// Its owner does not want it to be put right: an exception in AWS Config.
    Excepted(String),
    /// What a binding without Rust needs to know.
    Known(Box<Known>),
    /// An S3 bucket.
    Bucket(Bucket),
    /// An EC2 security group.
    SecurityGroup(SecurityGroup),
    /// Another type: nothing was looked at.
    Other,
}

pub(crate) async fn observe(config: &Client, services: &Services, incident: &Incident) -> Result<Observed, Unseen> {
    let Some(resource) = &incident.resource else { return Err(Unseen("the incident names no resource".into())) };
    let (rule, exception, look) = tokio::join!(
        rule(config, &incident.noticed_by),
        exception::find(config, &incident.noticed_by, resource),
        look::look(config, incident),
    );
    let (rule, look) = (rule?, look?);
    let seen = match exception? {
        Some(exception) => Seen::Excepted(exception),
        None => see(services, incident, resource, &rule, &look).await?,
    };
    Ok(Observed { rule, seen })
}

async fn rule(config: &Client, name: &str) -> Result<Rule, Unseen> {
    let answer = config.describe_config_rules().config_rule_names(name).send().await;
    let answer = answer.map_err(|error| Unseen::sdk(&format!("Config rule {name} cannot be looked at"), &error))?;
    let rule = answer.config_rules().first().ok_or_else(|| Unseen(format!("there is no Config rule {name}")))?;
    let source = rule.source().ok_or_else(|| Unseen(format!("Config rule {name} does not say what it checks")))?;
    let parameters = rule.input_parameters().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    match (source.owner(), source.source_identifier()) {
        (Owner::Aws, Some(identifier)) => Ok(Rule::Managed { identifier: identifier.to_owned(), parameters }),
        _ => Ok(Rule::Custom),
    }
}

async fn see(
    services: &Services,
    incident: &Incident,
    resource: &Resource,
    rule: &Rule,
    look: &Look,
) -> Result<Seen, Unseen> {
    if let (Ok(binding), Rule::Managed { parameters, .. }) = (decide::binding(incident, rule, resource), rule)
        && binding.is_low_code()
    {
        if look.healed {
            let healthy = Some(look.seen.clone());
            return Ok(Seen::Known(Box::new(Known { healthy, ..Known::nothing() })));
        }
        let known = lowcode::see(services, incident, &binding, parameters.clone()).await?;
        return Ok(Seen::Known(Box::new(known)));
    }
    match resource.kind.as_str() {
        "AWS::S3::Bucket" => bucket::see(services, &resource.id).await.map(Seen::Bucket),
        "AWS::EC2::SecurityGroup" => security_group::see(services, &resource.id).await.map(Seen::SecurityGroup),
        _ => Ok(Seen::Other),
    }
}
