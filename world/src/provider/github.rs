//! GitHub's REST API for issues, as far as we use it.

use serde_json::{Value, json};

use super::server::{Provider, Said, Seen};

const ISSUES: &str = "/repos/acme/ops/issues";

/// One issue.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "GitHub's own words")]
pub struct Issue {
    pub title: String,
    pub body: String,
    pub labels: Vec<String>,
    /// By login.
    pub assignees: Vec<String>,
    pub comments: Vec<String>,
    pub open: bool,
    closed_at: Option<&'static str>,
}

/// The repository `acme/ops`.
#[derive(Debug, Default)]
pub struct GitHub {
    /// Its issues, oldest first; the first is number 1.
    pub issues: Vec<Issue>,
}

/// When people close an issue.
const JUST_NOW: &str = "2999-01-01T00:00:00Z";

impl Issue {
    fn bean(&self, number: usize) -> Value {
        let labels: Vec<Value> = self.labels.iter().map(|name| json!({"name": name})).collect();
        let people: Vec<Value> = self.assignees.iter().map(|login| json!({"login": login})).collect();
        let state = if self.open { "open" } else { "closed" };
        json!({"number": number, "title": self.title, "body": self.body, "labels": labels, "assignees": people,
               "state": state, "closed_at": self.closed_at, "html_url": format!("https://github.com/acme/ops/issues/{number}")})
    }

    /// Closes it, as a person would.
    pub fn close(&mut self) {
        (self.open, self.closed_at) = (false, Some(JUST_NOW));
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn invalid(field: &str) -> Said {
    let error = json!({"resource": "Issue", "field": field, "code": "invalid"});
    Said(422, json!({"message": "Validation Failed", "errors": [error]}))
}

fn text(value: &Value, most: usize) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty() && text.chars().count() <= most).map(str::to_owned)
}

impl GitHub {
    /// The one user's.
    pub const TOKEN: &str = "github-token";
    /// The one repository.
    pub const REPOSITORY: &str = "acme/ops";
}

impl Provider for GitHub {
    fn answer(&mut self, seen: &Seen) -> Said {
        if seen.header("authorization") != format!("Bearer {}", Self::TOKEN) {
            return Said(401, json!({"message": "Bad credentials"}));
        }
        if seen.header("user-agent").is_empty() {
            return Said(403, "Request forbidden by administrative rules.".into());
        }
        if seen.path == "/repos/acme/ops" {
            return Said(200, json!({"has_issues": true, "permissions": {"push": true}}));
        }
        if seen.path == "/repos/acme/ops/assignees/kim" {
            return Said(204, Value::Null);
        }
        if seen.path == "/repos/acme/ops/milestones/3" {
            return Said(200, milestone());
        }
        let Some(rest) = seen.path.strip_prefix(ISSUES) else { return not_found() };
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("GET", []) => self.list(&seen.parameter("labels")),
            ("POST", []) => self.create(&seen.body),
            (method, [number, more @ ..]) => {
                match number.parse::<usize>().ok().filter(|n| (1..=self.issues.len()).contains(n)) {
                    Some(number) => self.one(method, number, more, &seen.body),
                    None => not_found(),
                }
            }
            _ => not_found(),
        }
    }
}

/// Every member that GitHub's description requires.
fn milestone() -> Value {
    let url = "https://api.github.com/repos/acme/ops/milestones/3";
    json!({"url": url, "html_url": "https://github.com/acme/ops/milestone/3", "labels_url": format!("{url}/labels"), "id": 3,
           "node_id": "MI_3", "number": 3, "state": "open", "title": "Quiet nights", "description": null, "creator": null,
           "open_issues": 0, "closed_issues": 0, "created_at": "2026-01-01T00:00:00Z",
           "updated_at": "2026-01-01T00:00:00Z", "closed_at": null, "due_on": null})
}

fn not_found() -> Said {
    Said(404, json!({"message": "Not Found"}))
}

impl GitHub {
    /// The latest first, as it is asked for.
    fn list(&self, label: &str) -> Said {
        let with_label = |(_, issue): &(usize, &Issue)| issue.labels.iter().any(|known| known == label);
        let numbered = self.issues.iter().enumerate().map(|(at, issue)| (at + 1, issue));
        let mut found: Vec<Value> = numbered.filter(with_label).map(|(number, issue)| issue.bean(number)).collect();
        found.reverse();
        Said(200, json!(found))
    }

    fn create(&mut self, body: &Value) -> Said {
        let (Some(title), Some(text)) = (text(&body["title"], 256), text(&body["body"], 65_536)) else {
            return invalid("title");
        };
        let (labels, assignees) = (texts(&body["labels"]), texts(&body["assignees"]));
        let (comments, open, closed_at) = (Vec::new(), true, None);
        self.issues.push(Issue { title, body: text, labels, assignees, comments, open, closed_at });
        let number = self.issues.len();
        Said(201, self.issues[number - 1].bean(number))
    }

    fn one(&mut self, method: &str, number: usize, more: &[&str], body: &Value) -> Said {
        let issue = &mut self.issues[number - 1];
        match (method, more) {
            ("GET", []) => Said(200, issue.bean(number)),
            ("PATCH", []) => match (body["state"].as_str(), body["state_reason"].as_str()) {
                (Some("closed"), Some("completed" | "not_planned")) => {
                    issue.close();
                    Said(200, issue.bean(number))
                }
                (Some("open"), Some("reopened")) => {
                    (issue.open, issue.closed_at) = (true, None);
                    Said(200, issue.bean(number))
                }
                _ => invalid("state"),
            },
            ("POST", ["comments"]) => match text(&body["body"], 65_536) {
                Some(text) => {
                    issue.comments.push(text);
                    Said(201, json!({"id": issue.comments.len()}))
                }
                None => invalid("body"),
            },
            ("POST", ["labels"]) => {
                issue.labels.extend(texts(&body["labels"]));
                Said(200, json!([]))
            }
            ("DELETE", ["labels", name]) => {
                let before = issue.labels.len();
                issue.labels.retain(|label| label != name);
                if issue.labels.len() == before { not_found() } else { Said(200, json!([])) }
            }
            _ => not_found(),
        }
    }
}
