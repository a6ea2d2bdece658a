//! Jira Data Center: REST API v2, wiki markup, personal access tokens.

use serde_json::{Value, json};

use super::Flavour;
use crate::ticket::draft::Body;
use crate::ticket::http::Shape;
use crate::ticket::wiki;

pub(super) static FLAVOUR: Flavour = Flavour {
    api: "/rest/api/2",
    search: "/search",
    changelog: || json!(["changelog"]),
    types: "values",
    shape: &Shape {
        says: r#"it must be JSON with "token", or with "user" and "password", all non-empty text"#,
        one_of: &[&["token"], &["user", "password"]],
    },
    own_site: false,
    text,
    person,
    person_id: "username",
    person_says: "a user's name",
};

fn text(body: &Body) -> Value {
    json!(wiki::render(body))
}

fn person(name: &str) -> Value {
    json!({"name": name})
}
