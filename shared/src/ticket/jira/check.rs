//! Looks at everything that an issue needs before one is needed: address, credentials, project, issue type, permissions,
//! fields.

use serde_json::Value;

use super::{Jira, fields};
use crate::telemetry::chain;
use crate::ticket::desk::Check;
use crate::ticket::draft::{Draft, Severity};
use crate::ticket::error::TicketError;
use crate::ticket::http::encode;

/// What a ticket's life needs of a project, by Jira's keys, and for what.
const NEEDED: [(&str, &str); 5] = [
    ("BROWSE_PROJECTS", "find tickets again"),
    ("CREATE_ISSUES", "open them"),
    ("EDIT_ISSUES", "raise their priority"),
    ("ADD_COMMENTS", "tell them of repeats"),
    ("TRANSITION_ISSUES", "close and reopen them"),
];
/// What it needs besides, where the rules say who gets a ticket.
const TO_ASSIGN: (&str, &str) = ("ASSIGN_ISSUES", "give them to somebody");
/// More fields or types than these no project has.
const MOST: &str = "maxResults=200";

impl Jira {
    /// Stops at the first that is wrong: what comes after it cannot be seen.
    pub(super) async fn look(&self, draft: &Draft) -> Vec<Check> {
        let mut checks = Vec::new();
        let _ = self.look_on(draft, &mut checks).await;
        checks
    }

    async fn look_on(&self, draft: &Draft, checks: &mut Vec<Check>) -> Option<()> {
        let myself = self.http.get(&self.path("/myself")).await;
        let myself = who(&self.settings.url, myself, checks)?;
        let name = ["displayName", "name", "accountId"].iter().find_map(|key| myself[*key].as_str());
        checks.push(Check::right("credentials", format!("taken as those of {}", name.unwrap_or("somebody"))));
        let issue_type = self.issue_type(checks).await?;
        checks.push(self.permissions(draft).await);
        self.required_fields(&issue_type, draft, checks).await
    }

    /// The id of the issue type, which is asked for by its name.
    async fn issue_type(&self, checks: &mut Vec<Check>) -> Option<String> {
        let (project, wanted) = (&self.settings.project, &self.settings.issue_type);
        let path = self.path(&format!("/issue/createmeta/{}/issuetypes?{MOST}", encode(project)));
        let types = match self.http.get(&path).await {
            Ok(Some(types)) => types,
            Ok(None) => {
                let says =
                    format!("there is no project {project:?} in which we may create issues (KINTSUGI_TICKET_PROJECT)");
                checks.push(Check::wrong("project", says));
                return None;
            }
            Err(error) => {
                checks.push(Check::wrong("project", format!("{project}: {}", chain(&error))));
                return None;
            }
        };
        let known: Vec<&Value> = types[self.flavour.types].as_array().into_iter().flatten().collect();
        checks.push(Check::right("project", project.clone()));
        let found =
            known.iter().find(|known| known["name"].as_str() == Some(wanted)).and_then(|known| known["id"].as_str());
        if found.is_none() {
            let names: Vec<&str> = known.iter().filter_map(|known| known["name"].as_str()).collect();
            let says =
                format!("{project} has no issue type {wanted:?}; it has {} (KINTSUGI_TICKET_TYPE)", names.join(", "));
            checks.push(Check::wrong("issue type", says));
        }
        let id = found?.to_owned();
        checks.push(Check::right("issue type", wanted.clone()));
        Some(id)
    }

    /// Whether the project withholds what a ticket needs later than when it is opened.
    async fn permissions(&self, draft: &Draft) -> Check {
        let needed: Vec<_> = NEEDED.into_iter().chain(draft.wishes.assignee.is_some().then_some(TO_ASSIGN)).collect();
        let keys: Vec<&str> = needed.iter().map(|(key, _)| *key).collect();
        let (project, keys) = (encode(&self.settings.project), keys.join(","));
        let path = self.path(&format!("/mypermissions?projectKey={project}&permissions={keys}"));
        let about = match self.http.get(&path).await {
            Ok(about) => about.unwrap_or_default(),
            Err(error) => return Check::wrong("permissions", chain(&error)),
        };
        let missing = needed.iter().filter(|(key, _)| about["permissions"][*key]["havePermission"] != true);
        let missing: Vec<String> = missing.map(|(key, why)| format!("{key}, to {why}")).collect();
        if missing.is_empty() {
            return Check::right("permissions", "all that a ticket's life needs");
        }
        let says = format!(
            "{} does not let us: {}; grant it in its permission scheme",
            self.settings.project,
            missing.join("; ")
        );
        Check::wrong("permissions", says)
    }

    /// Fields that Jira requires and we do not give, and fields that we give and Jira does not take.
    async fn required_fields(&self, issue_type: &str, draft: &Draft, checks: &mut Vec<Check>) -> Option<()> {
        let project = encode(&self.settings.project);
        let path = self.path(&format!("/issue/createmeta/{project}/issuetypes/{}?{MOST}", encode(issue_type)));
        let about = match self.http.get(&path).await {
            Ok(about) => about.unwrap_or_default(),
            Err(error) => {
                checks.push(Check::wrong("fields", chain(&error)));
                return None;
            }
        };
        // Cloud says `fields`, Data Center `values`.
        let known = ["fields", "values"].iter().find_map(|name| about[*name].as_array());
        let known: Vec<&Value> = known.into_iter().flatten().collect();
        let given = fields(&self.settings, self.flavour, draft);
        let mut problems = complaints(&known, &given.keys().map(String::as_str).collect::<Vec<_>>());
        problems.extend(unknown_names(&known, draft));
        if problems.is_empty() {
            checks.push(Check::right("fields", format!("{} are given, and no other is required", given.len())));
        }
        checks.extend(problems.into_iter().map(|problem| Check::wrong("fields", problem)));
        if let Some(person) = &draft.wishes.assignee {
            checks.push(self.person(person).await);
        }
        Some(())
    }

    /// Whether issues of the project can be given to this person.
    async fn person(&self, id: &str) -> Check {
        let (kind, project) = (self.flavour.person_id, encode(&self.settings.project));
        let path = self.path(&format!("/user/assignable/search?project={project}&{kind}={}", encode(id)));
        let found = match self.http.get(&path).await {
            Ok(found) => found.unwrap_or_default(),
            Err(error) => return Check::wrong("assignee", chain(&error)),
        };
        // Data Center searches by the beginning of a name.
        let mut people = found.as_array().into_iter().flatten();
        if people.any(|person| ["accountId", "name"].iter().any(|key| person[*key].as_str() == Some(id))) {
            return Check::right("assignee", id);
        }
        let (project, what) = (&self.settings.project, self.flavour.person_says);
        Check::wrong(
            "assignee",
            format!(
                "{id:?} is nobody whom issues of {project} can be given to; it must be {what} (assignee in the rules for tickets)"
            ),
        )
    }
}

/// Names in the rules that Jira does not know, where it says which it knows.
fn unknown_names(known: &[&Value], draft: &Draft) -> Vec<String> {
    let wishes = &draft.wishes;
    let priorities = Severity::ALL.into_iter().filter_map(|severity| wishes.priority.name(severity));
    let named = priorities.map(|name| ("priority", "priority", name));
    let named = named.chain(wishes.component.as_deref().map(|name| ("components", "component", name)));
    let unknown = named.filter_map(|(field, rule, name)| {
        let about = known.iter().find(|about| id(about) == field)?;
        let allowed: Vec<&str> = about["allowedValues"].as_array()?.iter().filter_map(|v| v["name"].as_str()).collect();
        let others = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
        let says = format!("there is no {rule} {name:?}; Jira has {others} ({rule} in the rules for tickets)");
        (!allowed.contains(&name)).then_some(says)
    });
    let mut unknown: Vec<String> = unknown.collect();
    unknown.dedup();
    unknown
}

/// Cloud names a field `fieldId` or `key`.
fn id(field: &Value) -> &str {
    ["fieldId", "key"].iter().find_map(|key| field[*key].as_str()).unwrap_or_default()
}

/// Who Jira says we are, or what that says of address and credentials.
fn who(url: &str, myself: Result<Option<Value>, TicketError>, checks: &mut Vec<Check>) -> Option<Value> {
    let wrong_address = |why: String| Check::wrong("address", format!("{url}: {why} (KINTSUGI_TICKET_URL)"));
    let check = match myself {
        Ok(Some(myself)) if myself.is_object() => {
            checks.push(Check::right("address", url));
            return Some(myself);
        }
        Ok(_) => wrong_address("there is no Jira with this API".into()),
        Err(error @ (TicketError::Credentials { .. } | TicketError::Denied { .. })) => {
            Check::wrong("credentials", format!("{} (KINTSUGI_TICKET_CREDENTIALS)", chain(&error)))
        }
        Err(error) => wrong_address(chain(&error)),
    };
    checks.push(check);
    None
}

fn complaints(known: &[&Value], given: &[&str]) -> Vec<String> {
    let required = known.iter().filter(|field| field["required"] == true && field["hasDefaultValue"] != true);
    let missing = required.filter(|field| !given.contains(&id(field))).map(|field| {
        let name = field["name"].as_str().unwrap_or_default();
        format!("{:?} ({name}) is required; give it by `fields` in the rules for tickets", id(field))
    });
    let unknown = given.iter().filter(|name| !known.iter().any(|field| id(field) == **name)).map(|name| {
        format!("{name:?} is not on the screen on which issues of this type are created; put it there or take it out of the rules")
    });
    missing.chain(unknown).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_required_field_and_one_that_is_not_on_the_screen_are_named() {
        let known = [
            json!({"fieldId": "summary", "name": "Summary", "required": true}),
            json!({"fieldId": "reporter", "name": "Reporter", "required": true, "hasDefaultValue": true}),
            json!({"key": "customfield_1", "name": "Cost centre", "required": true}),
        ];
        let said = complaints(&known.iter().collect::<Vec<_>>(), &["summary", "priority"]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("customfield_1") && said[0].contains("Cost centre"), "{said:?}");
        assert!(said[1].contains("priority"), "{said:?}");
    }
}
