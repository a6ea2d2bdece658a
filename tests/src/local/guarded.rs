//! The guards asked directly, over the stage's account: no function in between.
//!
//! Comes in: settings, an execution's name, an incident. Goes out: what the guards say.
//! Never: a table of its own; it is the deployed one.

use std::error::Error;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use shared::aws::Services;
use shared::guard::{self, Grant, Request, Scope};
use shared::host::{Journal, LocalHost};
use shared::incident::{Delivery, Incident, Resource};
use shared::outcome::Outcome;
use shared::settings::Settings;

use super::{Stage, UNBOUNDED};

/// Services of a function with these settings, over the stage's account.
///
/// # Errors
/// The settings cannot be read, or there are no models.
pub async fn services(stage: &Stage<'_>, settings: &[(&str, &str)]) -> Result<Services, Box<dyn Error>> {
    let credentials = Credentials::new("guards", "local", None, None, "a test");
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(stage.stack.gateway_url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .load()
        .await;
    let models = crate::checkout::root().join(".local/models/models.pack").display().to_string();
    let fixed = [
        ("KINTSUGI_MODELS", models.as_str()),
        ("KINTSUGI_MODE", "enforce"),
        ("KINTSUGI_GUARD_TABLE", "kintsugi-GuardTable"),
        ("KINTSUGI_MAX_PER_HOUR", "1000"),
        ("KINTSUGI_GUARDS", UNBOUNDED),
    ];
    let find = |name: &str| {
        settings.iter().chain(&fixed).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Ok(Services::over(sdk, Settings::read(find)?)?)
}

fn host(services: &Services, execution: &str) -> LocalHost {
    LocalHost::new(execution.to_owned(), services.clone(), Journal::in_memory(), Arc::new(|_| ()))
}

/// A fault of `resource`.
#[must_use]
pub fn incident(resource: &Resource, noticed_by: &str, since: Option<&str>) -> Incident {
    Incident {
        fingerprint: Incident::fingerprint("123456789012", "eu-west-1", noticed_by, Some(resource)),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        noticed_by: noticed_by.into(),
        resource: Some(resource.clone()),
        summary: String::new(),
        since: since.and_then(|text| text.parse().ok()),
        event: None,
        binding: None,
        given: Default::default(),
        delivery: Delivery::Sns,
    }
}

/// A machine that nobody has seen yet.
#[must_use]
pub fn machine(stage: &Stage<'_>) -> Resource {
    Resource { kind: "AWS::EC2::Instance".into(), id: stage.name("i") }
}

/// Whoever asks: a function of this name, with a binding of the same.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// Name of the function and of the binding.
    pub name: &'a str,
    /// What it asks with.
    pub services: &'a Services,
}

impl Asker<'_> {
    /// `yes`, `plan`, `ask`, or the guard that said no.
    ///
    /// # Errors
    /// The host's, or an incident without a resource.
    pub async fn ask(&self, execution: &str, incident: &Incident) -> Result<String, Box<dyn Error>> {
        Ok(self.answer(execution, incident).await?.unwrap_or_else(|refusal| refusal.guard))
    }

    /// The same with the reason of a refusal.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub async fn answer(
        &self,
        execution: &str,
        incident: &Incident,
    ) -> Result<Result<String, guard::Refusal>, Box<dyn Error>> {
        let resource = incident.resource.clone().ok_or("the incident names its resource")?;
        let scope = Scope::from_tag_list([("kintsugi:remediate", "true")]);
        let request = self.request(incident, &resource, &scope);
        let said = guard::ask(&host(self.services, execution), self.services, &request, &mut vec![]).await?;
        Ok(said.map(|grant| match grant {
            Grant::Change(permit) if *permit.resource() == resource => "yes".to_owned(),
            Grant::Change(permit) => format!("a permit for {}", permit.resource()),
            Grant::Plan => "plan".to_owned(),
            Grant::Ask => "ask".to_owned(),
        }))
    }

    /// The run has ended so. What the guards have to say about it.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub async fn end(
        &self,
        execution: &str,
        incident: &Incident,
        outcome: &Outcome,
    ) -> Result<Option<String>, Box<dyn Error>> {
        let resource = incident.resource.clone().ok_or("the incident names its resource")?;
        let scope = Scope::from_tag_list([]);
        let request = self.request(incident, &resource, &scope);
        Ok(guard::release(&host(self.services, execution), self.services, &request, outcome).await?.said())
    }

    /// The run has put the fault right.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub async fn heal(&self, execution: &str, incident: &Incident) -> Result<(), Box<dyn Error>> {
        self.end(execution, incident, &Outcome::Remediated { change: String::new() }).await.map(drop)
    }

    /// The run has failed. What the guards have to say about it.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub async fn fail(&self, execution: &str, incident: &Incident) -> Result<Option<String>, Box<dyn Error>> {
        self.end(execution, incident, &Outcome::RolledBack { cause: "no capacity".into() }).await
    }

    fn request<'a>(&'a self, incident: &'a Incident, resource: &'a Resource, scope: &'a Scope) -> Request<'a> {
        let Settings { mode, limits, .. } = self.services.settings.as_ref();
        Request {
            function: self.name,
            incident,
            resource,
            scope,
            mode: *mode,
            binding: self.name,
            limits,
            waits: std::time::Duration::ZERO,
        }
    }
}
