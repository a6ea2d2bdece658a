//! ServiceNow's Table API for incidents, as far as we use it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::server::{Provider, Said, Seen};

const TABLE: &str = "/api/now/table/incident";
/// Labels of states, and their numbers in this instance.
const STATES: [(&str, &str); 5] =
    [("New", "1"), ("In Progress", "2"), ("On Hold", "3"), ("Resolved", "6"), ("Closed", "7")];

/// Tables that can be referred to, and the names in them.
const KNOWN: [(&str, &[&str]); 2] = [("sys_user_group", &["shop"]), ("sys_user", &["kim"])];

/// One incident.
#[derive(Debug, Clone, Default)]
pub struct Incident {
    /// What it was made of, and what was changed since.
    pub fields: serde_json::Map<String, Value>,
    /// By its label.
    pub state: &'static str,
    /// Its work notes.
    pub notes: Vec<String>,
    resolved_at: &'static str,
}

/// One instance.
#[derive(Debug, Default)]
pub struct ServiceNow {
    /// Its incidents, oldest first.
    pub incidents: Vec<Incident>,
}

impl Incident {
    fn id(at: usize) -> String {
        format!("{:032x}", 0xabc0 + at)
    }

    fn bean(&self, at: usize) -> Value {
        let both = |text: &str| json!({"display_value": text, "value": text});
        let of = |name: &str| both(self.fields.get(name).and_then(Value::as_str).unwrap_or_default());
        let number = STATES.iter().find(|(label, _)| *label == self.state).map(|(_, number)| number);
        json!({
            "sys_id": both(&Self::id(at)), "number": both(&format!("INC{:07}", 10_001 + at)),
            "state": {"display_value": self.state, "value": number},
            "short_description": of("short_description"), "impact": of("impact"), "urgency": of("urgency"),
            "assigned_to": of("assigned_to"),
            "resolved_at": both(self.resolved_at), "closed_at": both(""),
        })
    }

    /// Resolves it, as a person would.
    pub fn resolve(&mut self) {
        (self.state, self.resolved_at) = ("Resolved", "2999-01-01 00:00:00");
    }
}

fn failure(status: u16, message: &str, detail: &str) -> Said {
    Said(status, json!({"error": {"message": message, "detail": detail}, "status": "failure"}))
}

impl Provider for ServiceNow {
    fn answer(&mut self, seen: &Seen) -> Said {
        let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", Self::USER, Self::PASSWORD)));
        if seen.header("authorization") != expected {
            return failure(401, "User Not Authenticated", "Required to provide Auth information");
        }
        if let Some((_, known)) = KNOWN.iter().find(|(table, _)| seen.path == format!("/api/now/table/{table}")) {
            // Two carets are one in a name.
            let asked = seen.parameter("sysparm_query").replace("^^", "\u{1}");
            let is_known =
                asked.split("^OR").filter_map(|way| way.split_once('=')).any(|(_, name)| known.contains(&name));
            let rows: Vec<Value> = is_known.then(|| json!({"sys_id": Incident::id(0)})).into_iter().collect();
            return Said(200, json!({"result": rows}));
        }
        let Some(rest) = seen.path.strip_prefix(TABLE) else { return failure(400, "Invalid table", &seen.path) };
        match (seen.method.as_str(), rest.trim_start_matches('/')) {
            ("GET", "") => self.query(&seen.parameter("sysparm_query")),
            ("POST", "") => self.create(&seen.body),
            ("PATCH", id) => match (0..self.incidents.len()).find(|at| Incident::id(*at) == id) {
                Some(at) => self.change(at, &seen.body, seen.parameter("sysparm_input_display_value") == "true"),
                None => failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval"),
            },
            _ => failure(405, "Method not supported", ""),
        }
    }
}

impl ServiceNow {
    /// The one user.
    pub const USER: &str = "kintsugi";
    /// The one user's.
    pub const PASSWORD: &str = "servicenow-password";

    fn query(&self, query: &str) -> Said {
        let (field, value) = query.split('^').next().and_then(|first| first.split_once('=')).unwrap_or_default();
        let matches = |at: usize, incident: &Incident| match field {
            "" => true,
            "sys_id" => Incident::id(at) == value,
            field => incident.fields.get(field).is_some_and(|known| known == value),
        };
        let found = self.incidents.iter().enumerate().filter(|(at, incident)| matches(*at, incident));
        let mut found: Vec<Value> = found.map(|(at, incident)| incident.bean(at)).collect();
        if query.contains("^ORDERBYDESCsys_created_on") {
            found.reverse();
        }
        Said(200, json!({"result": found}))
    }

    fn create(&mut self, body: &Value) -> Said {
        let fields = body.as_object().cloned().unwrap_or_default();
        let length = |name: &str| fields.get(name).and_then(Value::as_str).map_or(0, |text| text.chars().count());
        // The real one's database cuts longer text, and nobody is told.
        if length("short_description") > 160 || length("description") > 4000 {
            return failure(400, "A text is longer than its column", "");
        }
        self.incidents.push(Incident { fields, state: "New", ..Incident::default() });
        let at = self.incidents.len() - 1;
        let bean = self.incidents[at].bean(at);
        Said(201, json!({"result": {"sys_id": bean["sys_id"]["value"], "number": bean["number"]["value"]}}))
    }

    fn change(&mut self, at: usize, change: &Value, by_label: bool) -> Said {
        let incident = &mut self.incidents[at];
        if let Some(state) = change["state"].as_str() {
            let known = STATES.iter().find(|(label, number)| state == if by_label { *label } else { *number });
            let Some((label, _)) = known else { return failure(400, "Invalid state", state) };
            let with_reason = ["close_code", "close_notes"].iter().all(|name| change[*name].is_string());
            if *label == "Resolved" && !with_reason {
                let why =
                    "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes";
                return failure(403, "Operation Failed", why);
            }
            if *label == "Resolved" {
                incident.resolve();
            }
            incident.state = label;
        }
        incident.notes.extend(change["work_notes"].as_str().map(str::to_owned));
        for name in ["impact", "urgency"] {
            if let Some(value) = change.get(name) {
                incident.fields.insert(name.to_owned(), value.clone());
            }
        }
        Said(200, json!({"result": {"sys_id": Incident::id(at)}}))
    }
}
