//! What a deployment wants of its tickets: labels, people, fields, priorities and words, for all or by binding.
//!
//! Comes in: an SSM parameter, YAML or JSON. Goes out: [`Wishes`], put on a draft. Never: a reason for no ticket; rules
//! that cannot be used are said in the ticket, which is opened without them.
//!
//! ```yaml
//! default:
//!   labels: [sre]
//!   priority: {critical: Highest, high: High, medium: Medium, low: Low}
//!   title: "[{{ account }}] {{ title }}"
//! bindings:
//!   resize-on-cpu-alarm:
//!     component: web
//!     fields: {customfield_10042: {value: Production}}
//! ```

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::draft::{Draft, Severity};
use super::words;
use crate::aws::Services;
use crate::telemetry::chain;

/// Rules are read anew after this time.
const KEPT: Duration = Duration::from_secs(300);
/// Longest title in a deployment's own words.
const TITLE: usize = 250;

/// The names of a desk's priorities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Priorities {
    /// For severity 1.
    pub critical: Option<String>,
    /// For severity 2.
    pub high: Option<String>,
    /// For severity 3.
    pub medium: Option<String>,
    /// For severity 4.
    pub low: Option<String>,
}

impl Priorities {
    /// The desk's name for a severity.
    #[must_use]
    pub fn name(&self, severity: Severity) -> Option<&str> {
        let name = match severity {
            Severity::Critical => &self.critical,
            Severity::High => &self.high,
            Severity::Medium => &self.medium,
            Severity::Low => &self.low,
        };
        name.as_deref()
    }

    /// The severity of the desk's name.
    #[must_use]
    pub fn severity(&self, name: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| self.name(*severity) == Some(name))
    }

    /// Whether the desk has a name for any.
    #[must_use]
    pub fn any(&self) -> bool {
        Severity::ALL.into_iter().any(|severity| self.name(severity).is_some())
    }

    fn or(self, other: &Self) -> Self {
        let pick = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            critical: pick(self.critical, &other.critical),
            high: pick(self.high, &other.high),
            medium: pick(self.medium, &other.medium),
            low: pick(self.low, &other.low),
        }
    }
}

/// What is wanted of tickets. A desk that has no such thing leaves it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Wishes {
    /// More labels.
    pub labels: Vec<String>,
    /// Who gets it: an account id in Jira Cloud, a name elsewhere.
    pub assignee: Option<String>,
    /// A component in Jira, a label in GitHub, an assignment group in ServiceNow.
    pub component: Option<String>,
    /// Names of priorities.
    pub priority: Priorities,
    /// Fields as the desk takes them when a ticket is opened.
    pub fields: Map<String, Value>,
    /// Name of the transition that closes; otherwise the first that leads into a status of the category Done.
    pub close_by: Option<String>,
    /// Name of the transition that opens again; otherwise the first that leads out of the category Done.
    pub reopen_by: Option<String>,
    /// The title, with `{{ title }}` and the like in it.
    pub title: Option<String>,
    /// The whole ticket in a deployment's own words and order: paragraphs with `{{ title }}` and the like in them, and sections
    /// by their headings (`{{ What is left to do }}`, alone in a paragraph).
    pub body: Option<String>,
    /// What stands before everything else.
    pub before: Option<String>,
    /// What stands at the end.
    pub after: Option<String>,
    /// Headings in other words.
    pub headings: BTreeMap<String, String>,
}

impl Wishes {
    fn or(self, other: &Self) -> Self {
        let pick = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        let mut fields = other.fields.clone();
        fields.extend(self.fields);
        let mut headings = other.headings.clone();
        headings.extend(self.headings);
        Self {
            labels: other.labels.iter().cloned().chain(self.labels).collect(),
            assignee: pick(self.assignee, &other.assignee),
            component: pick(self.component, &other.component),
            priority: self.priority.or(&other.priority),
            fields,
            close_by: pick(self.close_by, &other.close_by),
            reopen_by: pick(self.reopen_by, &other.reopen_by),
            title: pick(self.title, &other.title),
            body: pick(self.body, &other.body),
            before: pick(self.before, &other.before),
            after: pick(self.after, &other.after),
            headings,
        }
    }
}

/// What a deployment says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// For all tickets.
    pub default: Wishes,
    /// For those of a binding, or of a function that has its binding in Rust; it goes before what is for all.
    pub bindings: BTreeMap<String, Wishes>,
}

impl Rules {
    /// Reads rules from their text.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rules: Self = engine::yaml::from_str(text).map_err(|error| error.to_string())?;
        for (of, wishes) in std::iter::once(("default", &rules.default))
            .chain(rules.bindings.iter().map(|(name, wishes)| (name.as_str(), wishes)))
        {
            if let Some(label) = wishes.labels.iter().find(|label| !is_label(label)) {
                return Err(format!("{of}: {label:?} is no label; expected 1 to 50 characters without spaces"));
            }
            if let Some(problem) = words::problem(wishes) {
                return Err(format!("{of}: {problem}"));
            }
        }
        Ok(rules)
    }

    /// What holds for tickets of a binding.
    #[must_use]
    pub fn of(&self, binding: Option<&str>) -> Wishes {
        let own = binding.and_then(|name| self.bindings.get(name)).cloned().unwrap_or_default();
        own.or(&self.default)
    }
}

fn is_label(text: &str) -> bool {
    (1..=50).contains(&text.chars().count()) && !text.contains(char::is_whitespace)
}

/// The draft as its deployment wants it.
#[must_use]
pub(super) fn dressed(draft: &Draft, rules: &Rules) -> Draft {
    let wishes = rules.of(draft.binding.as_deref());
    let title = wishes.title.as_ref().map(|title| words::title(title, draft, TITLE));
    let (title, body) = (title.unwrap_or_else(|| draft.title.clone()), words::body(draft, &wishes));
    Draft { title, body, wishes, ..draft.clone() }
}

/// The draft without its deployment's wishes, which says why.
#[must_use]
pub(super) fn undressed(draft: &Draft, problem: &str) -> Draft {
    let body = draft.body.clone().paragraph(format!("The rules for tickets were not used: {problem}"));
    Draft { body, ..draft.clone() }
}

/// The deployment's rules, read when first needed and kept for a while.
#[derive(Default)]
pub(super) struct Keeper(Mutex<Option<(Instant, Result<Rules, String>)>>);

impl Keeper {
    pub(super) async fn get(&self, services: &Services) -> Result<Rules, String> {
        let Some(name) = services.settings.tickets.rules.clone() else { return Ok(Rules::default()) };
        let mut kept = self.0.lock().await;
        if let Some((_, rules)) = kept.as_ref().filter(|(since, _)| since.elapsed() < KEPT) {
            return rules.clone();
        }
        let read = match services.call("ssm", "GetParameter", json!({"Name": name})).await {
            Ok(answer) => Rules::parse(answer["Parameter"]["Value"].as_str().unwrap_or_default()),
            Err(error) => Err(chain(&error)),
        };
        let read = read.map_err(|problem| format!("the parameter {name} cannot be used: {problem}"));
        *kept = Some((Instant::now(), read.clone()));
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::draft::{Block, Body, Category, Fact, News};

    fn draft() -> Draft {
        Draft {
            fingerprint: "0123456789abcdef".into(),
            occurrence: "run-1".into(),
            title: "web-1 is slow".into(),
            severity: Severity::High,
            category: Category::Recovery,
            resources: vec![],
            runbook: None,
            seen: None,
            began: None,
            news: News::Broken,
            kind: "Failed".into(),
            binding: Some("resize-on-cpu-alarm".into()),
            wishes: Wishes::default(),
            body: Body::default().heading("What broke").facts([Fact::new("Account", "123456789012 {{ title }}")]),
        }
    }

    const RULES: &str = r#"
default:
  labels: [sre]
  priority: {critical: P1, high: P2}
  title: "[{{ account }}] {{ title }} ({{severity}}, {{ runbook }})"
  headings: {What broke: Was kaputt ist}
bindings:
  resize-on-cpu-alarm:
    labels: [web]
    assignee: kim
    priority: {high: Urgent}
    before: "First.\n\nSecond."
    after: "See https://wiki.example.com/{{ binding }}"
    fields: {customfield_1: {value: Production}}
"#;

    #[test]
    fn a_bindings_own_wishes_go_before_those_for_all() {
        let rules = Rules::parse(RULES).unwrap();
        let wishes = rules.of(Some("resize-on-cpu-alarm"));
        assert_eq!((wishes.labels, wishes.assignee.as_deref()), (vec!["sre".into(), "web".into()], Some("kim")));
        assert_eq!(wishes.priority.name(Severity::Critical), Some("P1"));
        assert_eq!(wishes.priority.severity("Urgent"), Some(Severity::High));
        assert_eq!(rules.of(None).labels, ["sre"]);
    }

    #[test]
    fn the_words_are_the_deployments_and_what_is_filled_in_is_not_read_again() {
        let dressed = dressed(&draft(), &Rules::parse(RULES).unwrap());
        assert_eq!(dressed.title, "[123456789012 {{ title }}] web-1 is slow (high, -)");
        let Some(
            [Block::Paragraph(first), Block::Paragraph(second), Block::Heading(heading), _, Block::Paragraph(last)],
        ) = dressed.body.blocks().first_chunk()
        else {
            panic!("{:?}", dressed.body);
        };
        assert_eq!((first.as_str(), second.as_str(), heading.as_str()), ("First.", "Second.", "Was kaputt ist"));
        assert_eq!(last, "See https://wiki.example.com/resize-on-cpu-alarm");
    }

    #[test]
    fn what_is_misspelt_is_not_passed_over() {
        for (wrong, expected) in [
            ("defaults: {}", "defaults"),
            ("default: {label: [a]}", "label"),
            ("default: {labels: [\"two words\"]}", "no label"),
            ("bindings: {b: {title: \"{{ title\"}}", "b: "),
            ("default: {after: \"{{ acount }}\"}", "default: no ticket has \"acount\"; did you mean Account?"),
            ("default: {priority: {urgent: P1}}", "urgent"),
        ] {
            let error = Rules::parse(wrong).unwrap_err();
            assert!(error.contains(expected), "{wrong}: {error}");
        }
        assert_eq!(Rules::parse("{}"), Ok(Rules::default()));
    }

    #[test]
    fn rules_that_cannot_be_used_are_said_in_the_ticket() {
        let body = undressed(&draft(), "it has no colon").body;
        assert!(format!("{body:?}").contains("it has no colon"));
    }
}
