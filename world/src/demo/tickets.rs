//! Where the demo's tickets go: a desk that speaks Jira's API, with credentials kept as they should be.
//!
//! Comes in: a stack to be. Goes out: its settings for tickets, and the issues as the desk has them.
//! Never: a ticket that the demo wrote.

use serde_json::json;

use super::error::DemoError;
use crate::desk::{self, DeskConfig, Issue, RunningDesk};
use crate::operator::{Operator, OperatorError};
use crate::stack::StackConfig;

/// Where the credentials are kept.
const SECRET: &str = "kintsugi/jira";

/// A desk that listens.
pub(crate) struct Tickets(RunningDesk);

impl Tickets {
    pub(crate) async fn start() -> Result<Self, DemoError> {
        desk::start(DeskConfig::default()).await.map(Self).map_err(DemoError::Desk)
    }

    /// The functions' settings with this desk in them.
    pub(crate) fn told(&self, config: StackConfig) -> StackConfig {
        config
            .with_setting("KINTSUGI_TICKET_PROVIDER", "jira")
            .with_setting("KINTSUGI_TICKET_URL", &self.0.url)
            .with_setting("KINTSUGI_TICKET_PROJECT", &DeskConfig::default().project)
            .with_setting("KINTSUGI_TICKET_CREDENTIALS", &format!("secretsmanager:{SECRET}"))
    }

    /// Keeps the credentials where the settings say.
    pub(crate) async fn keep_credentials(operator: &Operator) -> Result<(), OperatorError> {
        let DeskConfig { email, token, .. } = DeskConfig::default();
        let credentials = json!({ "email": email, "token": token }).to_string();
        let secret = json!({ "Name": SECRET, "SecretString": credentials });
        operator.call("secretsmanager", "CreateSecret", secret).await.map(drop)
    }

    /// The issues, oldest first.
    pub(crate) fn issues(&self) -> Vec<Issue> {
        self.0.issues()
    }

    /// The page to look at.
    pub(crate) fn page(&self) -> String {
        format!("{}/desk", self.0.url)
    }
}
