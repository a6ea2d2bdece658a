//! What this build can do: its runbooks and the bindings that say when to run which.
//!
//! Both are part of the binary, so an execution that began under one version finishes under it.
//! Comes in: `runbooks/*.yaml`. Goes out: documents and bindings. Never: a file read at run time.

mod ssm_documents;

use std::sync::OnceLock;

use engine::Document;
use engine::yaml::{Yaml, YamlError};
use event_pattern::Pattern;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::alarm::Side;
use crate::approval::Risk;
use crate::approval::policy::Rule;
use crate::guard::{Limits, OptIn};
use crate::lowcode::{Advice, ResourceFrom, Verify};
use crate::settings::{Mode, Settings};

pub use ssm_documents::{SsmDocument, following, is_ssm_document, name_in_ssm, ssm_documents};

/// Name and text of every runbook we ship, in order: the files of `runbooks/`, which `build.rs` lists.
pub const RUNBOOKS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/runbooks.rs"));

const BINDINGS: &str = include_str!(concat!(env!("OUT_DIR"), "/bindings.json"));

/// When this happens, run that, and check it so.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binding {
    /// Unique name.
    pub name: String,
    /// The function that serves it.
    pub function: String,
    /// When it applies.
    pub when: When,
    /// The runbook to run. Empty where only a ticket is opened.
    #[serde(default)]
    pub runbook: String,
    /// The step whose success proves that the undo path put the resource back as it was.
    #[serde(default)]
    pub restored_by: Option<String>,
    /// What to do when the fault is still there after the runbook succeeded.
    #[serde(default)]
    pub if_not_healed: IfNotHealed,
    /// Longest time the runbook may take, in seconds. A plain invocation with less time left does not begin.
    #[serde(default)]
    pub takes_up_to: u64,
    /// How many times as long as elsewhere what noticed the fault may take to see that it is gone.
    #[serde(default)]
    pub patience: Option<u32>,
    /// The most it may do, if less than what the deployment allows: observe, approve or enforce.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// What bounds it, where that differs from what the deployment says.
    #[serde(default)]
    pub guards: Limits,
    /// Who must agree in mode approve; what it does not say, the deployment says.
    #[serde(default)]
    pub approval: Option<Rule>,
    /// Parameters of the runbook, with expressions. A binding without them is decided on in Rust.
    #[serde(default)]
    pub parameters: Option<Map<String, Value>>,
    /// What changes, one line, with expressions.
    #[serde(default)]
    pub change: String,
    /// How bad it would be if it went wrong.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// How a person would look, finish or undo it: sentences and commands, with expressions.
    #[serde(default)]
    pub by_hand: Vec<String>,
    /// Why it cannot be undone, where it cannot.
    #[serde(default)]
    pub irreversible: Option<String>,
    /// Parameters with which the same runbook puts things back.
    #[serde(default)]
    pub undo: Option<Map<String, Value>>,
    /// Which resource the event is about, where AWS Config does not say so itself.
    #[serde(default)]
    pub resource: Option<ResourceFrom>,
    /// How to see that the fault is gone, where neither an alarm nor a Config rule tells.
    #[serde(default)]
    pub verify: Option<Verify>,
    /// Instead of a runbook: a ticket with a diagnosis and advice.
    #[serde(default)]
    pub ticket_only: Option<Advice>,
}

/// What a binding waits for. Exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct When {
    /// An alarm on one metric.
    #[serde(default)]
    pub alarm: Option<AlarmOn>,
    /// A Config rule.
    #[serde(default)]
    pub config_rule: Option<ConfigRuleOn>,
    /// Any event, by an EventBridge pattern.
    #[serde(default)]
    pub event: Option<Pattern>,
}

/// An alarm on one metric, whose dimension names the resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlarmOn {
    /// For example `AWS/EC2`.
    pub namespace: String,
    /// For example `CPUUtilization`; a list where any of several will do.
    #[serde(deserialize_with = "one_or_more")]
    pub metric: Vec<String>,
    /// For example `InstanceId`.
    pub dimension: String,
    /// On which side of its threshold the metric is a fault: `above`, or `below`.
    #[serde(default)]
    pub side: Side,
}

fn one_or_more<'de, D: Deserializer<'de>>(read: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        More(Vec<String>),
    }
    Ok(match Names::deserialize(read)? {
        Names::One(name) => vec![name],
        Names::More(names) => names,
    })
}

/// A managed Config rule, whatever its name in the account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigRuleOn {
    /// Managed rule identifiers, for example `INCOMING_SSH_DISABLED`.
    pub identifiers: Vec<String>,
    /// The resource type it must be about.
    pub resource_type: String,
}

/// What to do when the runbook succeeded and the fault is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IfNotHealed {
    /// Put the resource back as it was, and open a ticket.
    #[default]
    Undo,
    /// Keep the change, because going back would be worse, and open a ticket.
    Keep,
}

impl Binding {
    /// What it may do in a deployment: the most careful of what is said about it.
    #[must_use]
    pub fn mode(&self, settings: &Settings) -> Mode {
        let deployed = settings.named(&self.name, self.guards.opt_in == Some(OptIn::Binding));
        [self.mode, deployed].into_iter().flatten().fold(settings.mode, Mode::min)
    }

    /// Whether it needs no Rust.
    #[must_use]
    pub fn is_low_code(&self) -> bool {
        self.parameters.is_some() || self.ticket_only.is_some()
    }

    /// Every value of it that may hold expressions.
    #[must_use]
    pub fn expressions(&self) -> Vec<Value> {
        let text = |text: &String| Value::from(text.as_str());
        let maps = [&self.parameters, &self.undo].into_iter().flatten().map(|map| Value::Object(map.clone()));
        let lines = self.by_hand.iter().chain([&self.change]).map(text);
        let resource = self.resource.iter().flat_map(|from| [text(&from.kind), text(&from.id)]);
        let verify = self.verify.iter().map(|verify| Value::Object(verify.input.clone()));
        let advice = self.ticket_only.iter().flat_map(|only| {
            let looks = only.diagnosis.iter().flat_map(|one| [Value::Object(one.input.clone()), text(&one.say)]);
            looks.chain(only.advice.iter().map(text))
        });
        maps.chain(lines).chain(resource).chain(verify).chain(advice).collect()
    }

    /// What bounds it in a deployment.
    #[must_use]
    pub fn limits(&self, settings: &Settings) -> Limits {
        self.guards.clone().or(&settings.limits)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BindingsFile {
    bindings: Vec<Binding>,
}

/// The catalogue of this build is broken. Tests keep this from being shipped.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The bindings cannot be read.
    #[error("runbooks/bindings.yaml cannot be read")]
    Bindings(#[source] serde_json::Error),
    /// No binding of that name.
    #[error("there is no binding {0}")]
    NoBinding(String),
    /// A binding names a runbook that is not there.
    #[error("there is no runbook {0}")]
    NoRunbook(String),
    /// What is known of documents in SSM cannot be read.
    #[error("runbooks/ssm-documents.yaml cannot be read")]
    SsmDocuments(#[source] YamlError),
    /// A binding names a document in SSM that nobody wrote down.
    #[error("nobody wrote down what parameters {0} has; add it to runbooks/ssm-documents.yaml")]
    NoSsmDocument(String),
    /// A document in SSM that needs a role is not given one.
    #[error(
        "{0} would work as the function that starts it; give it AutomationAssumeRole: \"{{{{ automation.role }}}}\", which it \
         must take"
    )]
    NoRole(String),
    /// A runbook cannot be read.
    #[error("runbook {name} is not valid: {findings}")]
    Runbook {
        /// Its name.
        name: String,
        /// Everything that is wrong with it.
        findings: String,
    },
}

/// Every binding of this build.
///
/// # Errors
/// The file is not as it should be.
pub fn bindings() -> Result<Vec<Binding>, CatalogueError> {
    // Settings, looks and decisions ask for them; the text is the same for the whole life of the process.
    static READ: OnceLock<Vec<Binding>> = OnceLock::new();
    if let Some(known) = READ.get() {
        return Ok(known.clone());
    }
    let read: BindingsFile = serde_json::from_str(BINDINGS).map_err(CatalogueError::Bindings)?;
    Ok(READ.get_or_init(|| read.bindings).clone())
}

/// The bindings of a text of the form of `runbooks/bindings.yaml`.
///
/// # Errors
/// It is not as it should be.
pub fn read_bindings(yaml: &Yaml) -> Result<Vec<Binding>, YamlError> {
    yaml.to::<BindingsFile>().map(|file| file.bindings)
}

/// The bindings of a function. Should they not be readable, there are none, and every event is refused with a ticket.
#[must_use]
pub fn bindings_of(function: &str) -> Vec<Binding> {
    let all = bindings().unwrap_or_else(|error| {
        tracing::error!(target: "kintsugi", phase = "binding", "{}", crate::telemetry::chain(&error));
        vec![]
    });
    all.into_iter().filter(|binding| binding.function == function).collect()
}

/// The binding `name`.
///
/// # Errors
/// There is none.
pub fn binding(name: &str) -> Result<Binding, CatalogueError> {
    let found = bindings()?.into_iter().find(|binding| binding.name == name);
    found.ok_or_else(|| CatalogueError::NoBinding(name.to_owned()))
}

/// The document that a binding runs: its runbook, or one that runs a document on SSM Automation.
///
/// # Errors
/// There is none, or it is not valid.
pub fn runbook_of(binding: &Binding) -> Result<Document, CatalogueError> {
    if is_ssm_document(&binding.runbook) {
        return following(binding, &ssm_documents(None)?);
    }
    runbook(&binding.runbook)
}

/// The document of runbook `name`.
///
/// # Errors
/// There is none, or it is not valid.
pub fn runbook(name: &str) -> Result<Document, CatalogueError> {
    let text = RUNBOOKS.iter().find(|(known, _)| *known == name).map(|(_, text)| text);
    let text = text.ok_or_else(|| CatalogueError::NoRunbook(name.to_owned()))?;
    engine::parse(text, &format!("runbooks/{name}.yaml"))
        .map_err(|findings| CatalogueError::Runbook { name: name.to_owned(), findings: findings.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runbook_of_the_catalogue_has_no_finding() {
        assert!(RUNBOOKS.is_sorted_by(|a, b| a.0 < b.0), "in order, each once");
        assert!(RUNBOOKS.len() > 25, "{}", RUNBOOKS.len());
        for (name, _) in RUNBOOKS {
            let findings = engine::validate(&runbook(name).unwrap());
            assert!(findings.is_empty(), "{findings}");
        }
    }

    #[test]
    fn every_binding_that_changes_something_says_how_bad_it_would_be() {
        for binding in bindings().unwrap().into_iter().filter(|binding| binding.ticket_only.is_none()) {
            assert!(binding.risk.is_some(), "{}: `risk` is missing", binding.name);
        }
    }

    #[test]
    fn a_binding_may_say_what_bounds_it_and_a_word_that_nobody_knows_is_an_error() {
        let binding = |guards: &str| {
            let text = format!("{{name: b, function: f, when: {{}}, runbook: r, takesUpTo: 1, guards: {{{guards}}}}}");
            engine::yaml::from_str::<Binding>(&text)
        };
        let settings = Settings::read(|name| match name {
            "KINTSUGI_GUARD_TABLE" => Some("guards".to_owned()),
            "KINTSUGI_GUARDS" => Some("perDay: 9, concurrent: 9".to_owned()),
            _ => None,
        });
        let limits = binding("perDay: 2").unwrap().limits(&settings.unwrap());
        assert_eq!((limits.per_day, limits.concurrent), (Some(2), Some(9)));
        assert!(limits.breaker.is_some(), "what nobody says is built in");
        assert!(binding("perDya: 2").unwrap_err().to_string().contains("perDya"));
    }

    #[test]
    fn every_binding_names_a_runbook_a_step_of_it_and_exactly_one_trigger() {
        for binding in bindings().unwrap() {
            let document = binding.ticket_only.is_none().then(|| runbook_of(&binding).unwrap());
            let step = |name: &String| document.as_ref().is_some_and(|document| document.step(name).is_some());
            assert!(binding.restored_by.iter().all(step), "{}", binding.name);
            let flaws = crate::lowcode::check(&binding, document.as_ref(), &[]);
            assert!(flaws.is_empty(), "{flaws:?}");
            assert!(binding.ticket_only.is_some() || binding.takes_up_to > 0, "{}", binding.name);
        }
    }
}
