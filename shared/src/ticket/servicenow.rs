//! Tickets as incidents of ServiceNow, over its Table API.
//!
//! Comes in: a [`Draft`]. Goes out: a query by correlation id, an incident, a work note, a state by its label.
//! Never: the number of a state, which differs from instance to instance; a change to what people wrote.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::desk::{Check, Created, Desk, Found, HANDS_OFF, Known, Moved, Note, State};
use super::draft::{Body, Draft, Severity};
use super::error::TicketError;
use super::http::{Http, Shape, Site, encode};
use super::plain;
use super::text::{CUT_ASIDE, clip};
use crate::aws::Services;
use crate::settings::ServiceNowSettings;
use crate::telemetry::chain;

const DESK: &str = "ServiceNow";
const TABLE: &str = "/api/now/table/incident";
/// ServiceNow's limits as it is delivered, in characters.
const TITLE: usize = 160;
const TEXT: usize = 4000;
/// What is asked for of an incident.
const FIELDS: &str = "sys_id,number,state,short_description,impact,urgency,assigned_to,resolved_at,closed_at";
/// Labels of states in which nobody works on an incident any more.
const DONE: [&str; 4] = ["Resolved", "Closed", "Canceled", "Cancelled"];
/// Fields of an incident that are ours.
const OURS: [&str; 4] = ["short_description", "description", "correlation_id", "state"];

/// Incidents of one instance.
pub struct ServiceNow {
    http: Http,
    url: String,
}

static SHAPE: Shape = Shape {
    says: r#"it must be JSON with "user" and "password", or with "token", all non-empty text"#,
    one_of: &[&["user", "password"], &["token"]],
};

impl ServiceNow {
    /// A desk over `settings`. Nothing is called before the first ticket.
    #[must_use]
    pub fn new(services: &Services, settings: &ServiceNowSettings) -> Self {
        let headers = HeaderMap::new();
        let site = Site { desk: DESK, url: &settings.url, path: false, headers, shape: &SHAPE, hints: &[] };
        Self { http: Http::new(services, site, &settings.credentials), url: settings.url.clone() }
    }

    /// By its system id, or all of the fault.
    async fn query(&self, query: &str, draft: &Draft) -> Result<Vec<Found>, TicketError> {
        let more = format!("sysparm_fields={FIELDS}&sysparm_display_value=all&sysparm_limit=20");
        let found = self.http.get(&format!("{TABLE}?sysparm_query={}&{more}", encode(query))).await?;
        // A query that finds nothing is a 404 in some releases.
        let Some(found) = found else { return Ok(vec![]) };
        let Some(incidents) = found["result"].as_array() else {
            return Err(TicketError::Unreadable { desk: DESK, problem: "there is no list of incidents".into() });
        };
        Ok(incidents.iter().filter_map(|incident| read(incident, draft)).collect())
    }

    /// Whether a table has a row that is called so. ServiceNow leaves a reference empty that it does not know, and tells nobody.
    async fn known(&self, wish: &'static str, table: &str, columns: &[&str], name: &str) -> Check {
        // A caret would begin a condition of its own.
        let apart = name.replace('^', "^^");
        let ways = columns.iter().chain(&["sys_id"]).map(|column| format!("{column}={apart}"));
        let query = encode(&ways.collect::<Vec<_>>().join("^OR"));
        let path = format!("/api/now/table/{table}?sysparm_query={query}&sysparm_limit=1&sysparm_fields=sys_id");
        match self.http.get(&path).await {
            Ok(Some(found)) if found["result"].as_array().is_some_and(|rows| !rows.is_empty()) => {
                Check::right(wish, name)
            }
            Ok(_) => Check::wrong(wish, format!("{table} has no {name:?} ({wish} in the rules for tickets)")),
            Err(TicketError::Denied { .. }) => {
                Check::right(wish, format!("{name}, unseen: the credentials may not read {table}"))
            }
            Err(error) => Check::wrong(wish, chain(&error)),
        }
    }

    async fn change(&self, id: &str, change: &Value) -> Result<(), TicketError> {
        // States are given by their labels.
        let path = format!("{TABLE}/{}?sysparm_input_display_value=true&sysparm_fields=sys_id", system_id(id));
        self.http.patch(&path, change).await.map(drop)
    }
}

#[async_trait]
impl Desk for ServiceNow {
    async fn find(&self, draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        let known = match known.map(|known| system_id(&known.id)).filter(|id| is_system_id(id)) {
            Some(id) => self.query(&format!("sys_id={id}"), draft).await?.into_iter().next(),
            None => None,
        };
        if let Some(open) = known.clone().filter(|found| found.state != State::Done) {
            return Ok(Some(open));
        }
        let query = format!("correlation_id={}^ORDERBYDESCsys_created_on", draft.mark());
        let mut found = self.query(&query, draft).await?;
        found.sort_by_key(|found| found.state == State::Done);
        Ok(found.into_iter().next().or(known))
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        let made = self.http.post(&format!("{TABLE}?sysparm_fields=sys_id,number"), &incident(draft)).await?;
        let text = |name: &str| made["result"][name].as_str();
        match (text("number"), text("sys_id").filter(|id| is_system_id(id))) {
            (Some(number), Some(id)) => Ok(Created::New(format!("{number}/{id}"))),
            _ => Err(TicketError::Unreadable { desk: DESK, problem: "the new incident has no number".into() }),
        }
    }

    async fn comment(&self, id: &str, _draft: &Draft, note: &Note) -> Result<(), TicketError> {
        self.change(id, &json!({"work_notes": text(&note.body)})).await
    }

    async fn close(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        let state = draft.wishes.close_by.as_deref();
        let code = draft.wishes.fields.get("close_code").and_then(Value::as_str).unwrap_or("Solution provided");
        let notes = text(&note.body);
        let change = json!({"state": state.unwrap_or("Resolved"), "close_code": code, "close_notes": notes, "work_notes": notes});
        moved(self.change(id, &change).await)
    }

    async fn reopen(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        let state = draft.wishes.reopen_by.as_deref().unwrap_or("New");
        moved(self.change(id, &json!({"state": state, "work_notes": text(&note.body)})).await)
    }

    async fn raise(&self, id: &str, _draft: &Draft, _from: Severity, to: Severity) -> Result<(), TicketError> {
        let (impact, urgency) = pressing(to);
        let path = format!("{TABLE}/{}?sysparm_fields=sys_id", system_id(id));
        self.http.patch(&path, &json!({"impact": impact, "urgency": urgency})).await.map(drop)
    }

    fn url(&self, id: &str) -> String {
        let page = format!("/incident.do?sys_id={}", system_id(id));
        format!("{}/nav_to.do?uri={}", self.url, encode(&page))
    }

    async fn check(&self, draft: &Draft) -> Vec<Check> {
        let path = format!("{TABLE}?sysparm_limit=1&sysparm_fields=sys_id");
        let check = match self.http.get(&path).await {
            Ok(Some(found)) if found["result"].is_array() => {
                let says = "incidents can be read; whether they may be created only a ticket shows";
                let mut checks = vec![Check::right("address", &self.url), Check::right("credentials", says)];
                if let Some(group) = &draft.wishes.component {
                    checks.push(self.known("component", "sys_user_group", &["name"], group).await);
                }
                if let Some(person) = &draft.wishes.assignee {
                    checks.push(self.known("assignee", "sys_user", &["name"], person).await);
                }
                return checks;
            }
            Ok(_) => Check::wrong("address", format!("{}: there is no table incident (KINTSUGI_TICKET_URL)", self.url)),
            Err(error @ (TicketError::Credentials { .. } | TicketError::Denied { .. })) => {
                Check::wrong("credentials", format!("{} (KINTSUGI_TICKET_CREDENTIALS)", chain(&error)))
            }
            Err(error) => Check::wrong("address", format!("{}: {} (KINTSUGI_TICKET_URL)", self.url, chain(&error))),
        };
        vec![check]
    }
}

/// A business rule that says no is no reason to lose what was to be said.
fn moved(changed: Result<(), TicketError>) -> Result<Moved, TicketError> {
    match changed {
        Ok(()) => Ok(Moved::Yes),
        Err(TicketError::Rejected { problems, .. }) => Ok(Moved::No(problems.join("; "))),
        Err(TicketError::Denied { reason, .. }) => Ok(Moved::No(reason)),
        Err(error) => Err(error),
    }
}

fn incident(draft: &Draft) -> Value {
    let wishes = &draft.wishes;
    let (impact, urgency) = pressing(draft.severity);
    let mut incident = json!({
        "short_description": clip(&draft.title, TITLE),
        "description": text(&draft.body),
        "correlation_id": draft.mark(),
        "correlation_display": "Kintsugi",
        "impact": impact,
        "urgency": urgency,
    });
    if let Some(group) = &wishes.component {
        incident["assignment_group"] = json!(group);
    }
    if let Some(person) = &wishes.assignee {
        incident["assigned_to"] = json!(person);
    }
    for (name, value) in wishes.fields.iter().filter(|(name, _)| !OURS.contains(&name.as_str())) {
        // Needed when it is closed, and not before.
        if name != "close_code" {
            incident[name] = value.clone();
        }
    }
    incident
}

/// Impact and urgency, of which ServiceNow makes its priority 1 to 4.
fn pressing(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("1", "1"),
        Severity::High => ("2", "1"),
        Severity::Medium => ("2", "2"),
        Severity::Low => ("3", "2"),
    }
}

/// ServiceNow renders what is between `[code]` and `[/code]` as HTML.
fn text(body: &Body) -> String {
    let shown = plain::render(body, TEXT - 200, CUT_ASIDE);
    let apart = shown.replace("[code]", "[ code]").replace("[/code]", "[ /code]");
    clip(&apart, TEXT)
}

fn read(incident: &Value, draft: &Draft) -> Option<Found> {
    let of = |name: &str, kind: &str| incident[name][kind].as_str().filter(|text| !text.is_empty());
    let (number, id) = (of("number", "display_value")?, of("sys_id", "value").filter(|id| is_system_id(id))?);
    let state = of("state", "display_value").unwrap_or_default();
    let closed_by = draft.wishes.close_by.as_deref();
    let opened_by = draft.wishes.reopen_by.as_deref().unwrap_or("New");
    let pressed = (of("impact", "value").unwrap_or_default(), of("urgency", "value").unwrap_or_default());
    Some(Found {
        id: format!("{number}/{id}"),
        state: match state {
            done if DONE.contains(&done) || closed_by == Some(done) => State::Done,
            new if (new == "New" || new == opened_by) && !is_somebodys(incident, draft) => State::Open,
            _ => State::Taken,
        },
        urgency: Severity::ALL.into_iter().find(|severity| pressing(*severity) == pressed),
        silenced: of("short_description", "value").is_some_and(|title| title.contains(HANDS_OFF)),
        closed: of("resolved_at", "value").or_else(|| of("closed_at", "value")).and_then(time),
    })
}

/// Whether a person has it who was not given it by the rules for tickets.
fn is_somebodys(incident: &Value, draft: &Draft) -> bool {
    let names = ["display_value", "value"].map(|kind| incident["assigned_to"][kind].as_str().unwrap_or_default());
    // By either of the ways to say so.
    let by_field = draft.wishes.fields.get("assigned_to").and_then(Value::as_str);
    let ours = [draft.wishes.assignee.as_deref(), by_field];
    names.iter().any(|name| !name.is_empty()) && !names.iter().any(|name| ours.contains(&Some(*name)))
}

/// `2026-11-22 10:00:00`, in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

/// Our id of an incident is its number, for people, and its system id, for paths.
fn system_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn is_system_id(id: &str) -> bool {
    id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> Value {
    incident(draft)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_utc_and_ids_are_safe_in_a_path() {
        assert_eq!(time("2026-11-22 10:00:00"), "2026-11-22T10:00:00Z".parse().ok());
        assert_eq!(system_id("INC0010001/0123456789abcdef0123456789abcdef"), "0123456789abcdef0123456789abcdef");
        assert!(!is_system_id("../sys_user") && !is_system_id(""));
    }

    #[test]
    fn whom_the_rules_give_an_incident_to_has_not_taken_it_on_by_that() {
        let mut draft = Draft::sample(None);
        draft.wishes.fields.insert("assigned_to".into(), json!("lee"));
        for (person, state) in [("lee", State::Open), ("kim", State::Taken), ("", State::Open)] {
            let both = |shown: &str| json!({"display_value": shown, "value": shown});
            let incident = json!({
                "number": both("INC0010001"), "sys_id": both("0123456789abcdef0123456789abcdef"), "state": both("New"),
                "assigned_to": both(person),
            });
            assert_eq!(read(&incident, &draft).map(|found| found.state), Some(state), "{person}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_the_text_it_fits_and_no_html_begins(words in prop::collection::vec("(\\[code\\]|\\PC){0,300}", 0..60)) {
            let body = words.iter().fold(Body::default(), |body, word| body.paragraph(word).lines([word]));
            let text = text(&body);
            prop_assert!(text.chars().count() <= TEXT);
            prop_assert!(!text.contains("[code]"));
        }
    }
}
