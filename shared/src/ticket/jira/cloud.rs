//! Jira Cloud: REST API v3, the search of 2025 (`/search/jql`), Atlassian Document Format.

use serde_json::{Value, json};

use super::Flavour;
use crate::ticket::adf;
use crate::ticket::http::Shape;

pub(super) static FLAVOUR: Flavour = Flavour {
    api: "/rest/api/3",
    search: "/search/jql",
    changelog: || json!("changelog"),
    types: "issueTypes",
    shape: &Shape {
        says: r#"it must be JSON with "email" and "token", both non-empty text"#,
        one_of: &[&["email", "token"]],
    },
    own_site: true,
    text: adf::document,
    person,
    person_id: "accountId",
    person_says: "an account id",
};

fn person(id: &str) -> Value {
    json!({"accountId": id})
}
