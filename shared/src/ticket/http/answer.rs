//! What a desk answers, and what each status means for a ticket.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::host::wall_clock;
use crate::ticket::error::TicketError;
use crate::ticket::text::{clean, clip};

/// Answers are a few kilobytes; what is longer than this is not a desk.
const LARGEST: usize = 1 << 20;
/// Longest message of a desk's that is passed on.
const MESSAGE: usize = 300;
/// Messages of one answer that are passed on.
const MESSAGES: usize = 10;

/// As long as GitHub asks for where it does not say how long.
const TOO_MUCH: Duration = Duration::from_secs(60);

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    desk: &'static str,
    hints: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
    retry_after: Option<Duration>,
    limited: bool,
    page: bool,
    denied: Option<String>,
}

/// Reads the whole answer, within its limit.
pub(crate) async fn read(
    desk: &'static str,
    hints: &'static [(&'static str, &'static str)],
    mut response: Response,
) -> Result<Answer, TicketError> {
    let (status, headers) = (response.status().as_u16(), response.headers());
    let now = wall_clock();
    let mut answer = Answer {
        status,
        desk,
        hints,
        body: Vec::new(),
        retry_after: retry_after(headers, now),
        limited: is_limited(status, headers),
        page: header(headers, "content-type").is_some_and(|kind| kind.starts_with("text/html")),
        denied: header(headers, "x-authentication-denied-reason"),
    };
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(desk, error))? {
        if answer.body.len() + chunk.len() > LARGEST {
            return Err(TicketError::Unreadable { desk, problem: format!("it is longer than {LARGEST} bytes") });
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// No answer. The address is left out: it is in the settings, or a secret.
pub(crate) fn unreachable(desk: &'static str, error: reqwest::Error) -> TicketError {
    TicketError::Unreachable { desk, source: Box::new(error.without_url()) }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(clean)
}

/// 429; and what GitHub says instead: 403 when the hour's requests are used up, or with a time to wait.
fn is_limited(status: u16, headers: &HeaderMap) -> bool {
    let used_up = || header(headers, "x-ratelimit-remaining").as_deref() == Some("0");
    status == 429 || (status == 403 && (headers.contains_key(RETRY_AFTER) || used_up()))
}

/// Seconds or a date; GitHub's own header has the second at which the hour is over.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let until = |at: i64| Duration::from_secs(u64::try_from(at - now.as_second()).unwrap_or_default());
    if let Some(said) = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::trim) {
        let date = || jiff::fmt::rfc2822::parse(said).ok().map(|at| until(at.timestamp().as_second()));
        return said.parse().ok().map(Duration::from_secs).or_else(date);
    }
    let reset = header(headers, "x-ratelimit-reset").and_then(|at| at.parse().ok());
    reset.map(until).filter(|_| header(headers, "x-ratelimit-remaining").as_deref() == Some("0"))
}

impl Answer {
    /// The answer's JSON, or what the status means.
    pub(crate) fn ok(self) -> Result<Value, TicketError> {
        match self.status {
            200..=299 => self.json(),
            _ => Err(self.error()),
        }
    }

    /// The answer's text, for a desk whose good answers are no JSON. A page for people is none of them: a proxy wrote it.
    pub(crate) fn accepted(self) -> Result<String, TicketError> {
        match self.status {
            200..=299 if self.page => {
                Err(TicketError::Unreadable { desk: self.desk, problem: "it is a page for people".into() })
            }
            200..=299 => Ok(String::from_utf8_lossy(&self.body).into_owned()),
            _ => Err(self.error()),
        }
    }

    fn error(self) -> TicketError {
        let desk = self.desk;
        match self.status {
            _ if self.limited => TicketError::RateLimited { desk, retry_after: self.retry_after },
            300..=399 => {
                TicketError::Setup(format!("{desk} redirects (status {}); is KINTSUGI_TICKET_URL right?", self.status))
            }
            403 if self.is_too_much() => {
                TicketError::RateLimited { desk, retry_after: self.retry_after.or(Some(TOO_MUCH)) }
            }
            401 | 403 => TicketError::Denied { desk, reason: self.reason() },
            400..=499 if self.status != 408 => TicketError::Rejected { desk, problems: self.problems() },
            503 if self.retry_after.is_some() => TicketError::RateLimited { desk, retry_after: self.retry_after },
            status => TicketError::Unavailable { desk, reason: format!("status {status}") },
        }
    }

    /// GitHub's second limit, which may come without a header that says so.
    fn is_too_much(&self) -> bool {
        self.said().iter().any(|said| said.contains("secondary rate limit"))
    }

    fn json(&self) -> Result<Value, TicketError> {
        let unreadable =
            |error: serde_json::Error| TicketError::Unreadable { desk: self.desk, problem: error.to_string() };
        if self.body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&self.body).map_err(unreadable) }
    }

    fn reason(&self) -> String {
        let said: Vec<String> = self.denied.clone().into_iter().chain(self.said()).collect();
        let words = if said.is_empty() { "no reason given".to_owned() } else { said.join("; ") };
        format!("status {}: {words}", self.status)
    }

    fn problems(&self) -> Vec<String> {
        let said = self.said();
        if said.is_empty() { vec![format!("status {} without a reason", self.status)] } else { said }
    }

    /// What the desk says, in the ways desks say it, with our setting where that is the cause: messages alone, by field
    /// (Jira), by field in a list (GitHub), in an object (ServiceNow).
    fn said(&self) -> Vec<String> {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let one = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let object = &body["error"];
        let mut said = texts(&body["errorMessages"]);
        said.extend([&body["message"], &object["message"], &object["detail"]].into_iter().filter_map(one));
        said.extend(texts(&body["errors"]));
        let by_field = body["errors"].as_object().into_iter().flatten();
        said.extend(by_field.map(|(field, message)| self.field(field, message.as_str().unwrap_or("wrong"))));
        let listed = body["errors"].as_array().into_iter().flatten().filter(|error| error.is_object());
        said.extend(listed.map(|error| {
            let text = |key: &str| error[key].as_str().unwrap_or_default();
            let why = if text("message").is_empty() { text("code") } else { text("message") };
            self.field(text("field"), why)
        }));
        said.iter().take(MESSAGES).map(|message| clip(&clean(message), MESSAGE)).collect()
    }

    fn field(&self, field: &str, message: &str) -> String {
        let hint = self.hints.iter().find(|(known, _)| *known == field);
        let hint = hint.map(|(_, setting)| format!(" ({setting})")).unwrap_or_default();
        if field.is_empty() { format!("{message}{hint}") } else { format!("{field}: {message}{hint}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HINTS: &[(&str, &str)] = &[("issuetype", "KINTSUGI_TICKET_TYPE")];

    fn answer(status: u16, body: &str) -> Answer {
        let retry_after = Some(Duration::from_secs(7));
        Answer {
            status,
            desk: "Jira",
            hints: HINTS,
            body: body.into(),
            retry_after,
            limited: status == 429,
            page: body.starts_with('<'),
            denied: None,
        }
    }

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_desks_reasons_are_shown_with_the_setting_to_correct() {
        let cases = [
            (
                r#"{"errorMessages":["Nope."],"errors":{"issuetype":"Specify a valid issue type","summary":"too\nlong"}}"#,
                "Nope.; issuetype: Specify a valid issue type (KINTSUGI_TICKET_TYPE); summary: too long",
            ),
            (
                r#"{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]}"#,
                "Validation Failed; title: missing_field",
            ),
            (
                r#"{"error":{"message":"Invalid table","detail":"incidentz"},"status":"failure"}"#,
                "Invalid table; incidentz",
            ),
            (
                r#"{"status":"invalid event","message":"Event object is invalid","errors":["routing_key is bad"]}"#,
                "Event object is invalid; routing_key is bad",
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(answer(400, body).ok().unwrap_err().to_string(), format!("Jira refused the ticket: {expected}"));
        }
    }

    #[test]
    fn every_status_has_its_meaning() {
        let cases = [
            (302, "Setup", false),
            (400, "Rejected", false),
            (401, "Denied", false),
            (403, "Denied", false),
            (404, "Rejected", false),
            (408, "Unavailable", true),
            (429, "RateLimited", true),
            (500, "Unavailable", true),
            (503, "RateLimited", true),
        ];
        for (status, kind, passing) in cases {
            let error = answer(status, "<html>").ok().unwrap_err();
            assert_eq!((error.kind(), error.passing()), (kind, passing), "{status}");
        }
        assert!(matches!(answer(200, "<html>").ok(), Err(TicketError::Unreadable { .. })));
        assert_eq!(answer(200, "ok").accepted().unwrap(), "ok");
        assert!(matches!(answer(200, "<html>").accepted(), Err(TicketError::Unreadable { .. })));
    }

    #[test]
    fn how_long_to_wait_is_said_in_seconds_as_a_date_or_by_the_end_of_the_hour() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let cases = [
            (&[("retry-after", "7")][..], Some(7)),
            (&[("retry-after", "Sun, 22 Nov 2026 10:01:00 GMT")], Some(60)),
            (&[("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT")], Some(0)),
            (&[("retry-after", "soon")], None),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795341630")], Some(30)),
            (&[("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "1795341630")], None),
            (&[], None),
        ];
        for (given, seconds) in cases {
            assert_eq!(retry_after(&headers(given), now), seconds.map(Duration::from_secs), "{given:?}");
        }
        assert!(is_limited(403, &headers(&[("x-ratelimit-remaining", "0")])) && is_limited(429, &HeaderMap::new()));
        assert!(!is_limited(403, &HeaderMap::new()));
    }
}
