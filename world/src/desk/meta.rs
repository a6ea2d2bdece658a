//! What a desk says about itself: who asks, which issue types there are, which fields they take.

use serde_json::{Map, Value, json};

use super::server::DeskConfig;
use super::state::Flavour;

/// Fields of the screen on which issues are created; the first four are required.
pub(super) const FIELDS: [(&str, &str); 8] = [
    ("project", "Project"),
    ("issuetype", "Issue Type"),
    ("summary", "Summary"),
    ("description", "Description"),
    ("labels", "Labels"),
    ("priority", "Priority"),
    ("assignee", "Assignee"),
    ("components", "Components"),
];
const REQUIRED: [&str; 3] = ["project", "issuetype", "summary"];

/// What somebody may do in a project, as far as tickets need it.
pub(super) const PERMISSIONS: [&str; 6] =
    ["BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "ASSIGN_ISSUES"];

/// Which of these the one user has.
pub(super) fn permissions(config: &DeskConfig, names: &[&str]) -> Value {
    let one = |name: &&str| {
        let has = !config.withheld.iter().any(|withheld| withheld == name);
        (name.to_string(), json!({"key": name, "type": "PROJECT", "havePermission": has}))
    };
    json!({"permissions": names.iter().map(one).collect::<Map<_, _>>()})
}

/// Whose credentials these are.
pub(super) fn myself(config: &DeskConfig, flavour: Flavour) -> Value {
    match flavour {
        Flavour::Cloud => json!({"accountId": "5b10a2844c20165700ede21g", "accountType": "atlassian", "active": true,
                                 "displayName": "Kintsugi", "emailAddress": config.email}),
        Flavour::DataCenter => json!({"name": "kintsugi", "key": "kintsugi", "active": true,
                                      "displayName": "Kintsugi", "emailAddress": config.email}),
    }
}

fn page(name: &str, values: &[Value]) -> Value {
    json!({name: values, "startAt": 0, "maxResults": 200, "total": values.len()})
}

/// The issue types of the project.
pub(super) fn types(config: &DeskConfig, flavour: Flavour) -> Value {
    let types = config.issue_types.iter().enumerate();
    let types: Vec<Value> =
        types.map(|(at, name)| json!({"id": type_id(at), "name": name, "subtask": false})).collect();
    page(if flavour == Flavour::Cloud { "issueTypes" } else { "values" }, &types)
}

/// The fields of one issue type; none if there is no such type.
pub(super) fn fields(config: &DeskConfig, flavour: Flavour, id: &str) -> Option<Value> {
    (0..config.issue_types.len()).find(|at| type_id(*at) == id)?;
    let own = FIELDS.iter().map(|(id, name)| {
        let mut field = field(id, name, REQUIRED.contains(id));
        let allowed = match *id {
            "priority" => &config.priorities,
            "components" => &config.components,
            _ => return field,
        };
        field["allowedValues"] = allowed.iter().map(|name| json!({"name": name})).collect();
        field
    });
    let custom = config.fields.iter().map(|custom| field(&custom.id, &custom.name, custom.required));
    let fields: Vec<Value> = own.chain(custom).collect();
    Some(page(if flavour == Flavour::Cloud { "fields" } else { "values" }, &fields))
}

fn field(id: &str, name: &str, required: bool) -> Value {
    json!({"fieldId": id, "key": id, "name": name, "required": required, "hasDefaultValue": false,
           "operations": ["set"], "schema": {"type": "any"}})
}

fn type_id(at: usize) -> String {
    (10_001 + at).to_string()
}
