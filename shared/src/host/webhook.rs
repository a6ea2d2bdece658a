//! Webhook integrations, called: one POST.
//!
//! Comes in: an integration's name and a body. Goes out: status and text of the answer.
//! Never: the integration's address, headers or payload in an answer, a message or a record; a redirect followed; a
//! proxy; an address that only this machine or its cloud's metadata service answers at.

mod address;
mod integration;

use std::time::Duration;

use aws_api::ApiError;
use engine::{CallFault, FaultKind, WebhookAnswer, WebhookRequest};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use self::address::Guarded;
use self::integration::Integration;
use super::fault::call_fault;
use crate::aws::Services;

/// The name under which SSM keeps integrations.
const KEPT: &str = "/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/";
/// So much of an answer is kept; a step's output is a message, not a download.
const LARGEST_ANSWER: usize = 64 * 1024;
/// A host that does not take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(5);

/// Sends a body to an integration.
pub(super) async fn send(services: Services, request: WebhookRequest) -> Result<WebhookAnswer, CallFault> {
    let loopback = services.settings.webhooks_to_loopback;
    let name = format!("{KEPT}{}", request.integration);
    let parameter = services.call("ssm", "GetParameter", json!({"Name": name, "WithDecryption": true})).await;
    let parameter = parameter.map_err(|error| unreadable(&request.integration, &error))?;
    let integration = Integration::read(&parameter["Parameter"], loopback).map_err(never_sent)?;
    let sent = client(request.timeout, loopback)
        .map_err(never_sent)?
        .post(integration.url.clone())
        .headers(integration.headers.clone())
        .body(request.body.or_else(|| integration.payload.clone()).unwrap_or_default());
    let answer = sent.send().await.map_err(unanswered)?;
    let status = answer.status().as_u16();
    let body = text(answer).await.map_err(unanswered)?;
    Ok(WebhookAnswer { status, body: integration.without_secrets(body) })
}

/// Sends text to an address that is a secret itself.
///
/// # Errors
/// The outer: why nothing was sent. The inner: why there is no answer. Neither has a word of the address.
pub(crate) async fn post(
    address: &str,
    headers: HeaderMap,
    body: String,
    timeout: Duration,
    loopback: bool,
) -> Result<Result<Response, reqwest::Error>, String> {
    let url = integration::checked(address, loopback)?;
    let sent = client(timeout, loopback)?.post(url).headers(headers).body(body).send().await;
    Ok(sent.map_err(reqwest::Error::without_url))
}

/// Whether anything would be sent to this address. Nothing is.
///
/// # Errors
/// Why not, without a word of the address.
pub(crate) fn may_be_posted_to(address: &str, loopback: bool) -> Result<(), String> {
    integration::checked(address, loopback).map(drop)
}

/// Sends JSON to an address that is a secret itself.
///
/// # Errors
/// Why it was not taken, without a word of the address.
pub(crate) async fn post_json(address: &str, body: &Value, timeout: Duration, loopback: bool) -> Result<(), String> {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let sent = post(address, headers, body.to_string(), timeout, loopback).await?;
    let answer = sent.map_err(|error| crate::telemetry::chain(&error))?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("the webhook answered {}", status.as_u16())) }
}

fn client(timeout: Duration, loopback: bool) -> Result<Client, String> {
    let builder = Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT.min(timeout))
        .redirect(Policy::none())
        .https_only(!loopback)
        // A proxy would look the name up itself, and reach what we must not.
        .no_proxy()
        .dns_resolver(Guarded { loopback })
        .user_agent(concat!("kintsugi/", env!("CARGO_PKG_VERSION")));
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

/// The answer as text, cut to the limit; what is not UTF-8 is replaced.
async fn text(mut answer: Response) -> Result<String, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= LARGEST_ANSWER {
            bytes.truncate(LARGEST_ANSWER);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn fault(kind: FaultKind, code: &str, message: String) -> CallFault {
    let (service, api) = ("webhook".to_owned(), "POST".to_owned());
    CallFault { service, api, kind, code: code.to_owned(), message, request_id: None, http_status: None }
}

fn unreadable(integration: &str, error: &ApiError) -> CallFault {
    let read = call_fault("ssm", "GetParameter", error);
    let message = format!("the integration {integration} cannot be read: {}", read.message);
    CallFault { message, ..read }
}

fn never_sent(message: String) -> CallFault {
    fault(FaultKind::InvalidInput, "InvalidIntegration", message)
}

/// The address is a secret: many services put a token into it.
fn unanswered(error: reqwest::Error) -> CallFault {
    let code = if error.is_timeout() { "TimedOut" } else { "NoAnswer" };
    fault(FaultKind::NoAnswer, code, crate::telemetry::chain(&error.without_url()))
}

#[cfg(test)]
mod tests;
