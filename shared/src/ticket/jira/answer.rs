//! What Jira answers, and what each status means for a ticket.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::DESK;
use crate::ticket::error::TicketError;
use crate::ticket::text::{clean, clip};

/// Answers are a few kilobytes; what is longer than this is not Jira.
const LARGEST: usize = 1 << 20;
/// Longest message of Jira's that is passed on.
const MESSAGE: usize = 300;

/// One answer.
pub(super) struct Answer {
    pub(super) status: u16,
    body: Vec<u8>,
    retry_after: Option<Duration>,
    denied: Option<String>,
}

/// Reads the whole answer, within its limit.
pub(super) async fn read(mut response: Response) -> Result<Answer, TicketError> {
    let mut answer = Answer {
        status: response.status().as_u16(),
        body: Vec::new(),
        retry_after: retry_after(response.headers()),
        denied: header(response.headers(), "x-authentication-denied-reason"),
    };
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if answer.body.len() + chunk.len() > LARGEST {
            return Err(TicketError::Unreadable { desk: DESK, problem: format!("it is longer than {LARGEST} bytes") });
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// No answer. The address is left out: it is in the settings.
pub(super) fn unreachable(error: reqwest::Error) -> TicketError {
    TicketError::Unreachable { desk: DESK, source: Box::new(error.without_url()) }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(clean)
}

/// Seconds. Jira's older form, a date, is left to our own pauses.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

impl Answer {
    /// The answer's JSON, or what the status means.
    pub(super) fn ok(self) -> Result<Value, TicketError> {
        match self.status {
            200..=299 => self.json(),
            300..=399 => {
                Err(TicketError::Setup(format!("Jira redirects (status {}); is KINTSUGI_JIRA_URL right?", self.status)))
            }
            401 | 403 => Err(TicketError::Denied { desk: DESK, reason: self.reason() }),
            429 => Err(TicketError::RateLimited { desk: DESK, retry_after: self.retry_after }),
            400..=499 => Err(TicketError::Rejected { desk: DESK, problems: self.problems() }),
            status => Err(TicketError::Unavailable { desk: DESK, reason: format!("status {status}") }),
        }
    }

    fn json(&self) -> Result<Value, TicketError> {
        let unreadable = |error: serde_json::Error| TicketError::Unreadable { desk: DESK, problem: error.to_string() };
        if self.body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&self.body).map_err(unreadable) }
    }

    fn reason(&self) -> String {
        let said = self.denied.clone().into_iter().chain(self.said());
        let said: Vec<String> = said.collect();
        let words = if said.is_empty() { "no reason given".to_owned() } else { said.join("; ") };
        format!("status {}: {words}", self.status)
    }

    fn problems(&self) -> Vec<String> {
        let said = self.said();
        if said.is_empty() { vec![format!("status {} without a reason", self.status)] } else { said }
    }

    /// Jira's `errorMessages`, and its `errors` by field, with our setting where that is the cause.
    fn said(&self) -> Vec<String> {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let messages =
            body["errorMessages"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let fields = body["errors"].as_object().into_iter().flatten();
        let fields =
            fields.map(|(field, message)| format!("{field}: {}{}", message.as_str().unwrap_or("wrong"), hint(field)));
        messages.chain(fields).map(|message| clip(&clean(&message), MESSAGE)).collect()
    }
}

fn hint(field: &str) -> &'static str {
    match field {
        "project" | "pid" => " (KINTSUGI_JIRA_PROJECT)",
        "issuetype" => " (KINTSUGI_JIRA_ISSUE_TYPE)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into(), retry_after: Some(Duration::from_secs(7)), denied: None }
    }

    #[test]
    fn jiras_reasons_are_shown_with_the_setting_to_correct() {
        let body =
            r#"{"errorMessages":["Nope."],"errors":{"issuetype":"Specify a valid issue type","summary":"too\nlong"}}"#;
        let error = answer(400, body).ok().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Jira refused the ticket: Nope.; issuetype: Specify a valid issue type (KINTSUGI_JIRA_ISSUE_TYPE); summary: too long"
        );
    }

    #[test]
    fn every_status_has_its_meaning() {
        let cases = [
            (302, "Setup", false),
            (400, "Rejected", false),
            (401, "Denied", false),
            (403, "Denied", false),
            (404, "Rejected", false),
            (429, "RateLimited", true),
            (500, "Unavailable", true),
            (503, "Unavailable", true),
        ];
        for (status, kind, passing) in cases {
            let error = answer(status, "<html>").ok().unwrap_err();
            assert_eq!((error.kind(), error.passing()), (kind, passing), "{status}");
        }
        assert!(matches!(answer(200, "<html>").ok(), Err(TicketError::Unreadable { .. })));
        assert!(matches!(
            answer(429, "").ok(),
            Err(TicketError::RateLimited { retry_after: Some(pause), .. }) if pause.as_secs() == 7
        ));
    }
}
