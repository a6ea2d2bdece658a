//! SSM Change Calendars: changes are made only while all of them are open.
//!
//! Comes in: names or ARNs. Goes out: open, or why not. A calendar that cannot be read is closed.

use serde_json::{Value, json};

use super::{Claim, Refusal, refusal};
use crate::aws::Services;
use crate::telemetry::chain;

pub(super) async fn check(services: &Services, claim: &Claim) -> Result<String, Refusal> {
    let calendars = claim.limits.calendars.as_deref().unwrap_or_default();
    if calendars.is_empty() {
        return Ok("no change calendar".to_owned());
    }
    let input = json!({"CalendarNames": calendars});
    let answer = services.call("ssm", "GetCalendarState", input).await.map_err(|error| chain(&error));
    verdict(&calendars.join(", "), answer)
}

pub(super) fn verdict(calendars: &str, answer: Result<Value, String>) -> Result<String, Refusal> {
    let no = |reason: String| Err(refusal("calendar", reason));
    match answer {
        Ok(answer) if answer["State"] == "OPEN" => Ok(format!("open: {calendars}")),
        Ok(answer) if answer["State"] == "CLOSED" => {
            let next = answer["NextTransitionTime"].as_str();
            let next = next.map_or_else(String::new, |next| format!(" until {next}"));
            no(format!(
                "changes are not allowed by {calendars}{next}; when it is open send the event again, or put it right by hand"
            ))
        }
        Ok(_) => no(format!("{calendars} says neither OPEN nor CLOSED; see it in Systems Manager, Change Calendar")),
        Err(error) => no(format!(
            "{calendars} cannot be read, and so counts as closed: {error}; make it readable, or change `calendars` (guards)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_open_is_open() {
        let cases = [
            (Ok(json!({"State": "OPEN"})), "yes"),
            (
                Ok(json!({"State": "CLOSED", "NextTransitionTime": "2026-01-02T00:00:00Z"})),
                "until 2026-01-02T00:00:00Z",
            ),
            (Ok(json!({"State": "CLOSED"})), "when it is open"),
            (Ok(json!({})), "neither OPEN nor CLOSED"),
            (Err("AccessDenied".to_owned()), "cannot be read"),
        ];
        for (answer, expected) in cases {
            let said = verdict("freeze", answer).map_or_else(|refusal| refusal.reason, |_| "yes".to_owned());
            assert!(said.contains(expected), "{said}");
        }
    }
}
