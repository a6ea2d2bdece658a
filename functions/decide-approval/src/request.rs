//! An HTTP request, read from the event of a function URL (payload format 2.0).
//!
//! Comes in: any JSON. Goes out: a [`Request`] that asks for something this function does, or the [`Problem`] with it.
//! Never: a panic; a byte over the limits; a sender's own word for who it is (`X-Forwarded-For`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::problem::Problem;

/// Longest query string. A link's token has 2048 characters at most.
const LONGEST_QUERY: usize = 4096;
/// Longest body: two tokens and a reason, every byte of it percent-encoded.
const LONGEST_BODY: usize = 16 * 1024;
/// A form of ours has four fields.
const MOST_FIELDS: usize = 8;
const FORM: &str = "application/x-www-form-urlencoded";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The page of a link.
    Page {
        /// The link's token.
        token: String,
        /// Only its headers.
        head: bool,
    },
    /// A decision.
    Decision(Form),
}

/// The fields of the page's form, as they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// The link's token.
    pub(crate) token: String,
    /// The page's token.
    pub(crate) page: String,
    /// `approve` or `reject`.
    pub(crate) decision: String,
    /// Why.
    pub(crate) reason: String,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// What it asks for.
    pub(crate) asked: Asked,
    /// Address of the sender, as Lambda saw it.
    pub(crate) source: String,
    /// Where it was sent from, as the browser says.
    pub(crate) sent: Sent,
}

/// What a browser says about the page that sent a request; no page can make it say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// `Sec-Fetch-Site`.
    pub(crate) site: Option<String>,
    /// `Origin`.
    pub(crate) origin: Option<String>,
    /// Name under which this function was reached.
    pub(crate) host: String,
}

/// Reads an event.
///
/// # Errors
/// The [`Problem`] to answer with.
pub(crate) fn read(event: &Value) -> Result<Request, Problem> {
    let context = &event["requestContext"];
    let method = context["http"]["method"].as_str().ok_or(Problem::Malformed)?;
    if !matches!(event["rawPath"].as_str(), Some("/" | "")) {
        return Err(Problem::NoSuchPage);
    }
    let asked = match method {
        "GET" | "HEAD" => Asked::Page { token: token(event)?, head: method == "HEAD" },
        "POST" => Asked::Decision(form(event)?),
        _ => return Err(Problem::Method),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let header = |name| header(event, name).map(str::to_owned);
    let sent = Sent { site: header("sec-fetch-site"), origin: header("origin"), host: text(&context["domainName"]) };
    Ok(Request { asked, source: text(&context["http"]["sourceIp"]), sent })
}

fn token(event: &Value) -> Result<String, Problem> {
    let query = event["rawQueryString"].as_str().unwrap_or_default();
    if query.len() > LONGEST_QUERY {
        return Err(Problem::LongAddress);
    }
    // Mailers add parameters of their own.
    let mut tokens = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) if !token.is_empty() => Ok(token.into_owned()),
        (Some(_), _) => Err(Problem::Malformed),
        (None, _) => Err(Problem::NoLink),
    }
}

fn form(event: &Value) -> Result<Form, Problem> {
    let media = header(event, "content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case(FORM) || header(event, "content-encoding").is_some() {
        return Err(Problem::MediaType);
    }
    fields(&body(event)?)
}

fn body(event: &Value) -> Result<Vec<u8>, Problem> {
    let body = event["body"].as_str().unwrap_or_default();
    let encoded = event["isBase64Encoded"].as_bool().unwrap_or_default();
    // Base64 has four characters for three bytes.
    if body.len() > if encoded { LONGEST_BODY.div_ceil(3) * 4 } else { LONGEST_BODY } {
        return Err(Problem::TooLarge);
    }
    let bytes = if encoded { STANDARD.decode(body).map_err(|_| Problem::Malformed)? } else { body.as_bytes().to_vec() };
    if bytes.len() > LONGEST_BODY { Err(Problem::TooLarge) } else { Ok(bytes) }
}

fn fields(body: &[u8]) -> Result<Form, Problem> {
    let mut form = Form::default();
    let mut seen = Vec::new();
    for (name, value) in form_urlencoded::parse(body) {
        let field = match name.as_ref() {
            "token" => &mut form.token,
            "page" => &mut form.page,
            "decision" => &mut form.decision,
            "reason" => &mut form.reason,
            _ => return Err(Problem::Malformed),
        };
        // Of two values nobody knows which one is meant.
        if seen.contains(&name) || seen.len() >= MOST_FIELDS {
            return Err(Problem::Malformed);
        }
        *field = value.into_owned();
        seen.push(name);
    }
    if form.token.is_empty() { Err(Problem::NoLink) } else { Ok(form) }
}

/// A header. Lambda writes their names in lower case; whoever else sends an event may not.
fn header<'a>(event: &'a Value, name: &str) -> Option<&'a str> {
    let headers = event["headers"].as_object()?;
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
