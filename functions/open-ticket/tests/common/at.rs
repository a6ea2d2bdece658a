//! Each provider but OpsCenter, and the real function that tells it of faults.

use serde_json::json;
use world::desk::{DeskConfig, Fault, Flavour, RunningDesk};
use world::provider::{Channel, GitHub, Listener, PagerDuty, Provider, Server, ServiceNow};

use super::desk;
use super::office::Office;

/// A provider that listens, and the function that is told of it.
pub(crate) struct At<P> {
    pub(crate) server: Server<P>,
    pub(crate) office: Office,
}

impl<P: Provider> At<P> {
    /// Puts it in trouble, and out again.
    pub(crate) fn trouble(&self, fault: Fault) -> impl Fn(bool) + '_ {
        move |on| self.server.break_down(on.then_some(fault))
    }
}

/// Ends the test where the counterparts are not installed.
#[allow(unused_macros, reason = "shared by test binaries that need different parts of it")]
macro_rules! at {
    ($open:expr) => {
        match $open.await {
            Some(at) => at,
            None => return,
        }
    };
}
#[allow(unused_imports, reason = "shared by test binaries that need different parts of it")]
pub(crate) use at;

pub(crate) async fn github() -> Option<At<GitHub>> {
    let server = Server::start(GitHub::default()).await.unwrap();
    let vars = [
        ("KINTSUGI_TICKET_PROVIDER", "github"),
        ("KINTSUGI_TICKET_URL", server.url.as_str()),
        ("KINTSUGI_TICKET_PROJECT", GitHub::REPOSITORY),
    ];
    let office = Office::open(&json!({"token": GitHub::TOKEN}), &vars).await?;
    Some(At { server, office })
}

pub(crate) async fn service_now() -> Option<At<ServiceNow>> {
    let server = Server::start(ServiceNow::default()).await.unwrap();
    let vars = [("KINTSUGI_TICKET_PROVIDER", "servicenow"), ("KINTSUGI_TICKET_URL", server.url.as_str())];
    let secret = json!({"user": ServiceNow::USER, "password": ServiceNow::PASSWORD});
    let office = Office::open(&secret, &vars).await?;
    Some(At { server, office })
}

pub(crate) async fn pager_duty() -> Option<At<PagerDuty>> {
    let server = Server::start(PagerDuty::default()).await.unwrap();
    let vars = [("KINTSUGI_TICKET_PROVIDER", "pagerduty"), ("KINTSUGI_TICKET_URL", server.url.as_str())];
    let office = Office::open(&json!({"routingKey": PagerDuty::KEY}), &vars).await?;
    Some(At { server, office })
}

async fn hook<P: Provider>(provider: P, name: &str) -> Option<At<P>> {
    let server = Server::start(provider).await.unwrap();
    let secret = json!({"url": server.url, "key": "signing-key"});
    let office = Office::open(&secret, &[("KINTSUGI_TICKET_PROVIDER", name)]).await?;
    Some(At { server, office })
}

pub(crate) async fn webhook() -> Option<At<Listener>> {
    hook(Listener::default(), "webhook").await
}

pub(crate) async fn slack() -> Option<At<Channel>> {
    hook(Channel::default(), "slack").await
}

/// Jira, which is a desk and no [`Provider`].
pub(crate) async fn jira(flavour: Flavour) -> Option<(RunningDesk, Office)> {
    let (name, secret) = match flavour {
        Flavour::Cloud => ("jira", json!({"email": "kintsugi@example.com", "token": "desk-token"})),
        Flavour::DataCenter => ("jira-data-center", json!({"token": "desk-token"})),
    };
    let desk = desk(DeskConfig { flavour, ..DeskConfig::default() }).await;
    let vars = [
        ("KINTSUGI_TICKET_PROVIDER", name),
        ("KINTSUGI_TICKET_URL", desk.url.as_str()),
        ("KINTSUGI_TICKET_PROJECT", "OPS"),
    ];
    let office = Office::open(&secret, &vars).await?;
    Some((desk, office))
}
