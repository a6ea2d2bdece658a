//! HTTP to one desk: time-outs, no redirects, TLS, and fresh credentials when the old ones no longer work.
//!
//! Comes in: a method, a path below the desk's base address, JSON. Goes out: [`Answer`].
//! Never: credentials in a message, a redirect followed, or plain HTTP to anything but this machine.

mod answer;
mod credentials;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;

pub(super) use answer::{Answer, read, unreachable};
pub(super) use credentials::{Keeper, Secret, Shape};

use crate::aws::Services;
use crate::settings::CredentialsRef;
use crate::ticket::error::TicketError;

/// A desk answers within two seconds on most days. Longer than this and a repeat is cheaper than waiting; several
/// requests of one ticket must fit into one attempt ([`crate::ticket::open`]).
const REQUEST: Duration = Duration::from_secs(8);
/// A host that does not take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(3);

/// What tells one desk from another before the first request.
pub(super) struct Site<'a> {
    /// The desk's name in messages.
    pub(super) desk: &'static str,
    /// Base address.
    pub(super) url: &'a str,
    /// Whether the base address may have a path of its own.
    pub(super) path: bool,
    /// Headers of every request.
    pub(super) headers: HeaderMap,
    /// What its credentials look like.
    pub(super) shape: &'static Shape,
    /// Our settings, by the fields that a desk complains about.
    pub(super) hints: &'static [(&'static str, &'static str)],
}

/// One desk.
pub(super) struct Http {
    desk: &'static str,
    site: Result<(String, Client), String>,
    hints: &'static [(&'static str, &'static str)],
    credentials: Keeper,
}

impl Http {
    pub(super) fn new(services: &Services, of: Site<'_>, credentials: &CredentialsRef) -> Self {
        let site = base(of.url, of.path);
        let site = site
            .and_then(|url| client(&url, of.headers).map(|client| (of.url.trim_end_matches('/').to_owned(), client)));
        let credentials = Keeper::new(services.clone(), credentials.clone(), of.shape);
        Self { desk: of.desk, site, hints: of.hints, credentials }
    }

    /// `None`: there is no such thing, or not for us.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Value>, TicketError> {
        match self.ask(Method::GET, path, None).await? {
            Answer { status: 404 | 410, .. } => Ok(None),
            answer => answer.ok().map(Some),
        }
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, TicketError> {
        self.ask(Method::POST, path, Some(body)).await?.ok()
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, TicketError> {
        self.ask(Method::PUT, path, Some(body)).await?.ok()
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value, TicketError> {
        self.ask(Method::PATCH, path, Some(body)).await?.ok()
    }

    /// What is not there is gone already.
    pub(super) async fn delete(&self, path: &str) -> Result<(), TicketError> {
        match self.ask(Method::DELETE, path, None).await? {
            Answer { status: 404 | 410, .. } => Ok(()),
            answer => answer.ok().map(drop),
        }
    }

    /// The credentials, for a desk that wants them in the body.
    pub(super) async fn secret(&self) -> Result<Arc<Secret>, TicketError> {
        self.credentials.get().await
    }

    /// What has taken the place of credentials that a desk refused in the body; `None` if nothing has.
    pub(super) async fn successor(&self, stale: &Arc<Secret>) -> Result<Option<Arc<Secret>>, TicketError> {
        self.credentials.successor(stale).await
    }

    /// Asks; and when the credentials are refused, asks once more with newly fetched ones: they may have been rotated.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, TicketError> {
        let credentials = self.credentials.get().await?;
        let answer = self.send(method.clone(), path, body, &credentials).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        match self.credentials.successor(&credentials).await? {
            Some(fresh) => self.send(method, path, body, &fresh).await,
            None => Ok(answer),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        credentials: &Secret,
    ) -> Result<Answer, TicketError> {
        let (site, client) = self.site.as_ref().map_err(|problem| TicketError::Setup(problem.clone()))?;
        let request = client.request(method, format!("{site}{path}")).header(ACCEPT, "application/json");
        let request = authorised(request, credentials);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.map_err(|error| unreachable(self.desk, error))?;
        read(self.desk, self.hints, answer).await
    }
}

/// By what the credentials are; one that a desk wants in the body (a routing key) is no header.
fn authorised(request: RequestBuilder, credentials: &Secret) -> RequestBuilder {
    let text = |key: &str| credentials.text(key);
    match (text("email").or(text("user")), text("password"), text("token")) {
        (Some(user), Some(password), _) => request.basic_auth(user, Some(password)),
        (Some(user), None, Some(token)) => request.basic_auth(user, Some(token)),
        (None, _, Some(token)) => request.bearer_auth(token),
        _ => request,
    }
}

/// The base address, if it is safe to send credentials there.
fn base(url: &str, path: bool) -> Result<Url, String> {
    let parsed = Url::parse(url).map_err(|error| format!("KINTSUGI_TICKET_URL is no address: {error}"))?;
    let plain = parsed.username().is_empty() && parsed.password().is_none();
    let plain = plain && parsed.query().is_none() && parsed.fragment().is_none();
    if !plain || !(path || matches!(parsed.path(), "" | "/")) {
        return Err("KINTSUGI_TICKET_URL must be the site alone, for example https://example.atlassian.net".into());
    }
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if is_loopback(&parsed) => Ok(parsed),
        scheme => {
            Err(format!("KINTSUGI_TICKET_URL uses {scheme}; it must be https (http only to this machine itself)"))
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn client(url: &Url, headers: HeaderMap) -> Result<Client, String> {
    let builder = Client::builder()
        .timeout(REQUEST)
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        .https_only(url.scheme() == "https")
        .default_headers(headers)
        .user_agent(concat!("kintsugi/", env!("CARGO_PKG_VERSION")));
    // What stays on this machine never goes through a proxy.
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

/// Percent-encodes everything that could end or change a part of a path or a query.
pub(super) fn encode(text: &str) -> String {
    crate::ticket::place::encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_over_tls_or_stay_on_this_machine() {
        for right in ["https://example.atlassian.net", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"]
        {
            assert!(base(right, false).is_ok(), "{right}");
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
            assert!(base(wrong, false).is_err(), "{wrong}");
        }
        assert!(base("https://example.com/jira", true).is_ok());
        assert!(base("https://example.com/jira?os_password=x", true).is_err());
    }
}
