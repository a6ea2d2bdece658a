//! HTTP to one Jira site: time-outs, no redirects, TLS, and fresh credentials when the old ones no longer work.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use serde_json::Value;

use super::answer::{Answer, read, unreachable};
use super::credentials::{Credentials, Keeper};
use crate::aws::Services;
use crate::settings::JiraSettings;
use crate::ticket::error::TicketError;

/// Jira answers within two seconds on most days. Longer than this and a repeat is cheaper than waiting; several
/// requests of one ticket must fit into one attempt ([`crate::ticket::open`]).
const REQUEST: Duration = Duration::from_secs(8);
/// A site that does not take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(3);

/// One site.
pub(super) struct Http {
    site: Result<(Url, Client), String>,
    credentials: Keeper,
}

impl Http {
    pub(super) fn new(services: Services, settings: JiraSettings) -> Self {
        let site = site(&settings.url).and_then(|url| client(&url).map(|client| (url, client)));
        Self { site, credentials: Keeper::new(services, settings.credentials) }
    }

    /// `None`: there is no such thing, or not for us (404).
    pub(super) async fn get(&self, path: &str) -> Result<Option<Value>, TicketError> {
        match self.ask(Method::GET, path, None).await? {
            Answer { status: 404, .. } => Ok(None),
            answer => answer.ok().map(Some),
        }
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, TicketError> {
        self.ask(Method::POST, path, Some(body)).await?.ok()
    }

    /// Asks; and when the credentials are refused, asks once more with newly fetched ones: they may have been rotated.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, TicketError> {
        let credentials = self.credentials.get().await?;
        let answer = self.send(method.clone(), path, body, &credentials).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.credentials.forget(&credentials).await;
        let fresh = self.credentials.get().await?;
        if fresh.email == credentials.email && fresh.token == credentials.token {
            return Ok(answer);
        }
        self.send(method, path, body, &fresh).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        credentials: &Arc<Credentials>,
    ) -> Result<Answer, TicketError> {
        let (site, client) = self.site.as_ref().map_err(|problem| TicketError::Setup(problem.clone()))?;
        let address = site.join(path).map_err(|error| TicketError::Setup(format!("{path} is no path: {error}")))?;
        let request = client.request(method, address).header(ACCEPT, "application/json");
        let request = request.basic_auth(&credentials.email, Some(&credentials.token));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        read(request.send().await.map_err(unreachable)?).await
    }
}

/// The site's address, if it is safe to send credentials there.
fn site(url: &str) -> Result<Url, String> {
    let parsed = Url::parse(url).map_err(|error| format!("KINTSUGI_JIRA_URL is no address: {error}"))?;
    let plain = parsed.username().is_empty() && parsed.password().is_none() && parsed.query().is_none();
    if !plain || !matches!(parsed.path(), "" | "/") {
        return Err("KINTSUGI_JIRA_URL must be the site alone, for example https://example.atlassian.net".into());
    }
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if is_loopback(&parsed) => Ok(parsed),
        scheme => Err(format!("KINTSUGI_JIRA_URL uses {scheme}; it must be https (http only to this machine itself)")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn client(url: &Url) -> Result<Client, String> {
    let builder = Client::builder()
        .timeout(REQUEST)
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        .https_only(url.scheme() == "https")
        .user_agent(concat!("kintsugi/", env!("CARGO_PKG_VERSION")));
    // What stays on this machine never goes through a proxy.
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_over_tls_or_stay_on_this_machine() {
        for right in ["https://example.atlassian.net", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"]
        {
            assert!(site(right).is_ok(), "{right}");
        }
        let wrong = [
            "http://example.atlassian.net",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
            "https://user:pass@example.atlassian.net",
            "https://example.atlassian.net/jira",
            "example.atlassian.net",
        ];
        for wrong in wrong {
            assert!(site(wrong).is_err(), "{wrong}");
        }
    }
}
