//! The checks Jira makes before it takes an issue or a comment.
//!
//! Lengths and rules as Jira has them: a summary of at most 255 characters on one line, labels without spaces and of at
//! most 255 characters, text fields of at most 32,767 characters.

use serde_json::{Map, Value, json};

use super::document;
use super::meta::FIELDS;
use super::server::DeskConfig;
use super::state::Flavour;

/// Longest text of a description or comment.
const TEXT: usize = 32_767;
const SUMMARY: usize = 255;
const LABEL: usize = 255;

/// Everything Jira would say against creating an issue of these fields, by field.
pub(super) fn complaints(config: &DeskConfig, flavour: Flavour, fields: &Value) -> Map<String, Value> {
    let mut said = Map::new();
    let mut complain = |field: &str, complaint: Option<String>| {
        if let Some(complaint) = complaint {
            said.insert(field.to_owned(), json!(complaint));
        }
    };
    complain("project", project(config, &fields["project"]));
    complain("issuetype", issue_type(config, &fields["issuetype"]));
    complain("summary", summary(&fields["summary"]));
    complain("labels", labels(&fields["labels"]));
    complain("description", text(flavour, &fields["description"]));
    complain("priority", known("Priority", &fields["priority"], &config.priorities));
    complain("assignee", assignee(config, flavour, &fields["assignee"]));
    complain("components", components(config, &fields["components"]));
    for custom in config.fields.iter().filter(|custom| custom.required && fields[&custom.id].is_null()) {
        complain(&custom.id, Some(format!("{} is required.", custom.name)));
    }
    let is_known = |name: &str| {
        FIELDS.iter().any(|(known, _)| *known == name) || config.fields.iter().any(|custom| custom.id == name)
    };
    for unknown in fields.as_object().into_iter().flat_map(Map::keys).filter(|name| !is_known(name)) {
        let text = format!("Field '{unknown}' cannot be set. It is not on the appropriate screen, or unknown.");
        complain(unknown, Some(text));
    }
    said
}

fn project(config: &DeskConfig, project: &Value) -> Option<String> {
    match project["key"].as_str() {
        Some(key) if key == config.project => None,
        Some(_) => Some("Specify a valid project ID or key".into()),
        None => Some("Specify a project ID or key".into()),
    }
}

fn issue_type(config: &DeskConfig, issue_type: &Value) -> Option<String> {
    match issue_type["name"].as_str() {
        Some(name) if config.issue_types.iter().any(|known| known == name) => None,
        Some(_) => Some("Specify a valid issue type".into()),
        None => Some("Specify an issue type".into()),
    }
}

fn summary(summary: &Value) -> Option<String> {
    let text = summary.as_str().map(str::trim).unwrap_or_default();
    if text.is_empty() {
        Some("You must specify a summary of the issue.".into())
    } else if text.contains(['\n', '\r']) {
        Some("The summary is invalid because it contains newline characters.".into())
    } else if text.chars().count() > SUMMARY {
        Some(format!("Summary can't exceed {SUMMARY} characters."))
    } else {
        None
    }
}

fn labels(labels: &Value) -> Option<String> {
    let Some(labels) = labels.as_array() else {
        return (!labels.is_null()).then(|| "data was not an array".to_owned());
    };
    labels.iter().find_map(|label| match label.as_str() {
        None => Some("string expected at index 0".to_owned()),
        Some(label) if label.contains(char::is_whitespace) => {
            Some(format!("The label '{label}' contains spaces which is invalid."))
        }
        Some(label) if label.chars().count() > LABEL => {
            Some(format!("The label '{label}' exceeds {LABEL} characters."))
        }
        Some(_) => None,
    })
}

/// Jira's complaint about a description or a comment: a document in the cloud, wiki markup elsewhere.
pub(super) fn text(flavour: Flavour, text: &Value) -> Option<String> {
    let wrong = match flavour {
        Flavour::Cloud if text.is_null() => None,
        Flavour::Cloud => document::check(text).err().map(|why| format!("INVALID_INPUT: {why}")),
        Flavour::DataCenter => {
            (!text.is_string() && !text.is_null()).then(|| "Operation value must be a string".to_owned())
        }
    };
    wrong.or_else(|| too_long(text))
}

fn too_long(text: &Value) -> Option<String> {
    let length = text.as_str().map_or_else(|| text.to_string().chars().count(), |text| text.chars().count());
    (length > TEXT).then(|| format!("The entered text is too long. It exceeds the allowed limit of {TEXT} characters."))
}

fn known(what: &str, named: &Value, names: &[String]) -> Option<String> {
    let name = named["name"].as_str();
    let right = named.is_null() || name.is_some_and(|name| names.iter().any(|known| known == name));
    (!right).then(|| format!("{what} name '{}' is not valid", name.unwrap_or_default()))
}

fn assignee(config: &DeskConfig, flavour: Flavour, person: &Value) -> Option<String> {
    let id = person[if flavour == Flavour::Cloud { "accountId" } else { "name" }].as_str();
    let right = person.is_null() || id.is_some_and(|id| config.people.iter().any(|known| known == id));
    (!right).then(|| format!("User '{}' does not exist.", id.unwrap_or_default()))
}

fn components(config: &DeskConfig, components: &Value) -> Option<String> {
    components.as_array().into_iter().flatten().find_map(|one| known("Component", one, &config.components))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Value {
        json!({
            "project": {"key": "OPS"},
            "issuetype": {"name": "Task"},
            "summary": "s",
            "labels": ["kintsugi"],
            "description": {"type": "doc", "version": 1, "content": []},
        })
    }

    #[test]
    fn a_right_issue_is_taken_and_each_wrong_field_is_named() {
        let config = DeskConfig::default();
        assert_eq!(complaints(&config, Flavour::Cloud, &good()), Map::new());
        let cases = [
            ("project", json!({"key": "NOPE"})),
            ("issuetype", json!({"name": "Epic"})),
            ("summary", json!("")),
            ("summary", json!("two\nlines")),
            ("summary", json!("x".repeat(256))),
            ("labels", json!(["two words"])),
            ("description", json!("plain text")),
            ("priority", json!({"name": "Urgent"})),
            ("assignee", json!({"name": "kim"})),
            ("components", json!([{"name": "nothing"}])),
            ("customfield_1", json!("x")),
        ];
        for (field, value) in cases {
            let mut fields = good();
            fields[field] = value.clone();
            let said = complaints(&config, Flavour::Cloud, &fields);
            assert_eq!(said.keys().collect::<Vec<_>>(), [field], "{value}");
        }
    }
}
