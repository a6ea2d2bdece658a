//! How issues move: statuses with their categories, and transitions between them.
//!
//! Comes in: where an issue stands. Goes out: the ways from there, as Jira offers them. Never: an id that means the same in
//! two desks; each numbers its transitions in its own way, as each Jira does.

use serde_json::{Value, json};

/// Where an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nobody has begun.
    ToDo,
    /// Somebody works on it.
    InProgress,
    /// It is over.
    Done,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ToDo => "To Do",
            Self::InProgress => "In Progress",
            Self::Done => "Done",
        }
    }

    /// The key of its category, which every workflow has.
    pub(super) fn category(self) -> &'static str {
        match self {
            Self::ToDo => "new",
            Self::InProgress => "indeterminate",
            Self::Done => "done",
        }
    }

    /// As Jira gives it, with the members that its description requires.
    pub(super) fn bean(self) -> Value {
        let category = json!({"key": self.category(), "name": self.name()});
        json!({"name": self.name(), "statusCategory": category})
    }
}

/// A way from one status to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// What people click.
    pub name: String,
    /// Where it begins; empty for everywhere.
    pub from: Vec<Status>,
    /// Where it leads.
    pub to: Status,
    /// Whether its screen wants a resolution.
    pub asks_resolution: bool,
}

impl Transition {
    /// From everywhere, without a screen.
    #[must_use]
    pub fn to(name: &str, to: Status) -> Self {
        Self { name: name.to_owned(), from: Vec::new(), to, asks_resolution: false }
    }

    fn leaves(&self, status: Status) -> bool {
        self.from.is_empty() || self.from.contains(&status)
    }

    fn bean(&self, id: &str, with_fields: bool) -> Value {
        let mut bean = json!({"id": id, "name": self.name, "to": self.to.bean(), "isAvailable": true});
        if with_fields {
            bean["fields"] = self.screen();
        }
        bean
    }

    fn screen(&self) -> Value {
        if !self.asks_resolution {
            return json!({});
        }
        let allowed = RESOLUTIONS.map(|name| json!({"name": name}));
        json!({"resolution": {"required": true, "hasDefaultValue": false, "key": "resolution", "name": "Resolution",
                              "operations": ["set"], "schema": {"type": "resolution"}, "allowedValues": allowed}})
    }
}

/// What a screen takes as a resolution.
const RESOLUTIONS: [&str; 2] = ["Won't Do", "Fixed"];

/// A workflow without rules, as new projects have it.
pub(super) fn simple() -> Vec<Transition> {
    [Status::ToDo, Status::InProgress, Status::Done].map(|to| Transition::to(to.name(), to)).into()
}

/// Transitions with the ids that they have in this desk.
#[derive(Debug)]
pub(super) struct Workflow {
    transitions: Vec<(String, Transition)>,
}

impl Workflow {
    /// `seed` is anything that differs from desk to desk.
    pub(super) fn new(transitions: &[Transition], seed: u16) -> Self {
        let first = 11 + u32::from(seed % 800);
        let ids = (0_u32..).map(|at| (first + 10 * at).to_string());
        Self { transitions: ids.zip(transitions.iter().cloned()).collect() }
    }

    /// The ways from `status`, as Jira offers them.
    pub(super) fn offers(&self, status: Status, with_fields: bool) -> Vec<Value> {
        let open = self.transitions.iter().filter(|(_, way)| way.leaves(status));
        open.map(|(id, way)| way.bean(id, with_fields)).collect()
    }

    /// What people could click.
    pub(super) fn names(&self, status: Status) -> Vec<String> {
        self.transitions.iter().filter(|(_, way)| way.leaves(status)).map(|(_, way)| way.name.clone()).collect()
    }

    /// Where a transition leads, or Jira's refusal.
    pub(super) fn go(&self, status: Status, request: &Value) -> Result<Status, String> {
        let id = request["transition"]["id"].as_str().unwrap_or_default();
        let way = self.transitions.iter().find(|(known, way)| known == id && way.leaves(status)).map(|(_, way)| way);
        let Some(way) = way else { return Err(format!("Transition id '{id}' is not valid for this issue.")) };
        let resolution = request["fields"]["resolution"]["name"].as_str();
        match resolution {
            Some(name) if !way.asks_resolution => {
                Err(format!("Field 'resolution' cannot be set to '{name}'. It is not on the appropriate screen."))
            }
            Some(name) if !RESOLUTIONS.contains(&name) => Err(format!("Resolution '{name}' does not exist.")),
            None if way.asks_resolution => Err("Resolution is required.".into()),
            _ => Ok(way.to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offered_ways_can_be_gone_and_a_screen_wants_its_field() {
        let close =
            Transition { from: vec![Status::ToDo], asks_resolution: true, ..Transition::to("Close", Status::Done) };
        let workflow = Workflow::new(&[close], 7);
        let offered = workflow.offers(Status::ToDo, true);
        let id = offered[0]["id"].clone();
        assert_eq!(offered[0]["fields"]["resolution"]["required"], true);
        assert!(workflow.offers(Status::Done, true).is_empty());
        let go = |fields: Value| workflow.go(Status::ToDo, &json!({"transition": {"id": id}, "fields": fields}));
        assert!(go(json!({})).is_err() && go(json!({"resolution": {"name": "Done"}})).is_err());
        assert_eq!(go(json!({"resolution": {"name": "Fixed"}})), Ok(Status::Done));
        assert!(workflow.go(Status::ToDo, &json!({"transition": {"id": "1"}})).is_err());
    }
}
