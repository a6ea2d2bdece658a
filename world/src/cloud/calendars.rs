//! SSM Change Calendars, which moto does not evaluate: documents of that type kept in memory, open or closed by their
//! events.
//!
//! Comes in: an operation and its input. Goes out: its output, or AWS's error.
//! Never: an event that repeats, or one in a time zone of its own; times are UTC (`20260101T000000Z`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::Clock;
use crate::gateway::respond::AwsError;

type Answer = Result<Value, AwsError>;

/// Change Calendar. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Calendars {
    known: Arc<Mutex<BTreeMap<String, Calendar>>>,
    clock: Arc<Clock>,
}

/// What is so outside of events, and the events.
#[derive(Debug, Clone, PartialEq)]
struct Calendar {
    open: bool,
    events: Vec<(Timestamp, Timestamp)>,
}

impl Calendars {
    /// No calendar yet.
    #[must_use]
    pub fn new(clock: Arc<Clock>) -> Self {
        Self { known: Arc::default(), clock }
    }

    /// Whether the operation is about a calendar.
    #[must_use]
    pub fn is_for(&self, operation: &str, input: &Map<String, Value>) -> bool {
        let of_calendar = || input.get("DocumentType").is_some_and(|kind| kind == "ChangeCalendar");
        operation == "GetCalendarState" || (operation == "CreateDocument" && of_calendar())
    }

    /// Answers an operation about calendars.
    ///
    /// # Errors
    /// AWS's own.
    pub fn answer(&self, operation: &str, input: &Map<String, Value>) -> Answer {
        if operation == "CreateDocument" { self.create(input) } else { self.state(input) }
    }

    fn create(&self, input: &Map<String, Value>) -> Answer {
        let text = |member: &str| input.get(member).and_then(Value::as_str).unwrap_or_default();
        let calendar = Calendar::read(text("Content"))
            .ok_or_else(|| AwsError::new("InvalidDocumentContent", "The content is no calendar."))?;
        self.lock().insert(text("Name").to_owned(), calendar);
        Ok(json!({"DocumentDescription": {"Name": text("Name"), "DocumentType": "ChangeCalendar", "Status": "Active"}}))
    }

    fn state(&self, input: &Map<String, Value>) -> Answer {
        let now = self.clock.now();
        let names =
            input.get("CalendarNames").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let (mut open, mut next) = (true, None);
        for name in names {
            let known = self.lock().get(name.rsplit('/').next().unwrap_or(name)).cloned();
            let calendar =
                known.ok_or_else(|| AwsError::new("InvalidDocument", "The specified SSM document doesn't exist."))?;
            open &= calendar.is_open(now);
            next = next.into_iter().chain(calendar.changes_next(now)).min();
        }
        let mut answer = json!({"State": if open { "OPEN" } else { "CLOSED" }, "AtTime": now.to_string()});
        if let Some(next) = next {
            answer["NextTransitionTime"] = next.to_string().into();
        }
        Ok(answer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Calendar>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calendar {
    fn read(text: &str) -> Option<Self> {
        let value = |name: &str| -> Vec<&str> {
            let of = |line: &'_ str| line.trim().strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
            text.lines().filter(|line| of(line)).map(|line| line.trim()[name.len() + 1..].trim()).collect()
        };
        let open = match *value("X-CALENDAR-TYPE").first()? {
            "DEFAULT_OPEN" => true,
            "DEFAULT_CLOSED" => false,
            _ => return None,
        };
        let time = |text: &str| Timestamp::strptime("%Y%m%dT%H%M%S%z", text.replace('Z', "+0000")).ok();
        let (from, to) = (value("DTSTART"), value("DTEND"));
        let events = from.iter().zip(to).map(|(from, to)| Some((time(from)?, time(to)?))).collect::<Option<_>>()?;
        Some(Self { open, events })
    }

    fn is_open(&self, now: Timestamp) -> bool {
        self.events.iter().any(|(from, to)| *from <= now && now < *to) != self.open
    }

    fn changes_next(&self, now: Timestamp) -> Option<Timestamp> {
        self.events.iter().flat_map(|(from, to)| [*from, *to]).filter(|at| *at > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(kind: &str) -> Calendar {
        let text = format!(
            "BEGIN:VCALENDAR\r\nX-CALENDAR-TYPE:{kind}\r\nBEGIN:VEVENT\r\nDTSTART:20260101T000000Z\r\n\
             DTEND:20260102T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        Calendar::read(&text).unwrap()
    }

    #[test]
    fn an_event_closes_what_is_open_and_opens_what_is_closed() {
        let (within, after): (Timestamp, Timestamp) =
            ("2026-01-01T12:00:00Z".parse().unwrap(), "2026-01-02T00:00:00Z".parse().unwrap());
        for (kind, open) in [("DEFAULT_OPEN", false), ("DEFAULT_CLOSED", true)] {
            assert_eq!(calendar(kind).is_open(within), open);
            assert_eq!(calendar(kind).is_open(after), !open);
            assert_eq!(calendar(kind).changes_next(within), Some(after));
        }
        assert_eq!(Calendar::read("{}"), None);
    }
}
