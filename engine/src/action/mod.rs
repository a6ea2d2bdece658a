//! The 23 actions of Automation: what each takes, gives, may do, and does.
//!
//! Comes in: an action's name. Goes out: its [`Spec`], and for those that run here, how.
//! Never: an action that is half there. One that does not run here is known to the parser and the validator, and
//! refused before anything is done.

mod api;
mod approve;
mod assert_property;
mod branch;
mod change_instance_state;
mod command;
mod copy_image;
mod create_image;
mod create_stack;
mod create_tags;
mod delete_image;
mod delete_stack;
mod elsewhere;
mod execute_api;
mod execute_automation;
mod execute_script;
mod execute_state_machine;
mod field;
mod image;
mod instances;
mod invoke_lambda_function;
mod invoke_webhook;
mod loop_steps;
mod pause;
mod property;
mod run_command;
mod run_instances;
mod sleep;
mod stack;
mod update_variable;
mod wait_property;
mod watch;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::document::{Document, Step};
use crate::host::Ability;
use crate::reference::Reference;
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Stop};

pub use api::pascal;
pub(crate) use api::split as split_api;
pub(crate) use branch::{choice_targets, choices};
pub(crate) use change_instance_state::{DesiredState, request as instance_request};
pub(crate) use execute_automation::{Children, asks_for_targets, family};
pub(crate) use loop_steps::Iterations;
pub(crate) use property::{Expectation, Verdict, check_selector};
pub(crate) use sleep::until as sleep_pause;
pub(crate) use update_variable::{target as variable_target, update as variable_update};

/// What an action is, once and for all.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) required: &'static [&'static str],
    /// `None`: any further key (they are the API's own).
    pub(crate) optional: Option<&'static [&'static str]>,
    /// Built-in outputs.
    pub(crate) outputs: &'static [&'static str],
    /// Seconds for an attempt where the step does not say.
    pub(crate) timeout: Option<u64>,
    /// The most seconds that an attempt can have.
    pub(crate) longest: Option<u64>,
    /// What its host must be able to do.
    pub(crate) needs: Option<Ability>,
    /// Whether onCancel may name such a step.
    pub(crate) cancel_target: bool,
    pub(crate) check: fn(&Step, &Spot, &mut Reporter<'_>),
    /// The API calls a step makes, with inputs as far as they are known.
    pub(crate) calls: fn(&Map<String, Value>) -> Vec<Call>,
    pub(crate) runs: Runs,
}

/// One API call: service, operation, input.
pub(crate) type Call = (String, String, Value);

/// Where an action runs.
pub(crate) enum Runs {
    Here(&'static dyn Run),
    /// The interpreter itself runs it: its steps are the document's.
    Flow,
    /// On SSM Automation only, so far.
    OnSsm,
    /// In AWS's own documents only.
    Private,
}

/// What an attempt gives.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// What the step's selectors look into.
    pub(crate) root: Value,
    /// Where a branch goes.
    pub(crate) jump: Option<String>,
    /// The variable that takes a new value.
    pub(crate) variable: Option<(String, Value)>,
}

impl Answer {
    /// What selectors look into, and nothing else.
    pub(crate) fn of(root: Value) -> Self {
        Self { root, ..Self::default() }
    }
}

/// How an action runs.
#[async_trait]
pub(crate) trait Run: Sync {
    /// One attempt, inputs resolved.
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop>;

    /// The built-in output `name`, of an answer's root; `None` where it has none.
    fn output(&self, name: &str, root: &Value) -> Option<Value> {
        root.get(name).filter(|value| !value.is_null()).cloned()
    }

    /// The call with which a step changes something, for a plan, from inputs as far as they are known.
    fn request(&self, _: &Map<String, Value>) -> Option<Call> {
        None
    }
}

/// Whether steps of this action have steps of their own.
pub(crate) fn is_loop(action: &str) -> bool {
    spec(action).is_some_and(|spec| matches!(spec.runs, Runs::Flow))
}

/// The built-in outputs that an answer of this action gives.
pub(crate) fn built_in(action: &str, root: &Value) -> BTreeMap<String, Value> {
    let Some(Spec { outputs, runs, .. }) = spec(action) else { return BTreeMap::new() };
    let output = |name: &str| match runs {
        Runs::Here(action) => action.output(name, root),
        Runs::Flow | Runs::OnSsm | Runs::Private => root.get(name).cloned(),
    };
    outputs.iter().filter_map(|name| Some(((*name).to_owned(), output(name)?))).collect()
}

/// The call of a step that is known before it runs.
pub(crate) fn request(action: &str, inputs: &Map<String, Value>) -> Option<Call> {
    match spec(action)?.runs {
        Runs::Here(action) => action.request(inputs),
        Runs::Flow | Runs::OnSsm | Runs::Private => None,
    }
}

/// Whether this engine runs an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It runs here.
    Here,
    /// It is valid and runs on SSM Automation.
    OnSsm,
    /// Only AWS's own documents may use it.
    Private,
    /// There is no such action.
    Unknown,
}

/// Whether this engine runs the action of this name (`aws:…`).
#[must_use]
pub fn support(action: &str) -> Support {
    match spec(action).map(|spec| &spec.runs) {
        Some(Runs::Here(_) | Runs::Flow) => Support::Here,
        Some(Runs::OnSsm) => Support::OnSsm,
        Some(Runs::Private) => Support::Private,
        None => Support::Unknown,
    }
}

/// What a host must be able to do to run a step.
pub(crate) fn needs(step: &Step) -> Option<Ability> {
    match spec(&step.action)?.needs? {
        Ability::Script => Some(execute_script::ability(&step.inputs)),
        other => Some(other),
    }
}

/// All actions, in alphabetical order; the last ones are private to AWS.
pub(crate) fn specs() -> impl Iterator<Item = &'static Spec> {
    HERE.iter().copied().chain(elsewhere::SPECS.iter())
}

/// What differs between actions is said by each; everything else is common.
const COMMON: Spec = Spec {
    name: "",
    required: &[],
    optional: Some(&[]),
    outputs: &[],
    timeout: None,
    longest: None,
    needs: None,
    cancel_target: true,
    check: no_check,
    calls: no_calls,
    runs: Runs::OnSsm,
};

static HERE: &[&Spec] = &[
    &approve::SPEC,
    &assert_property::SPEC,
    &branch::SPEC,
    &change_instance_state::SPEC,
    &copy_image::SPEC,
    &create_image::SPEC,
    &create_stack::SPEC,
    &create_tags::SPEC,
    &delete_image::SPEC,
    &delete_stack::SPEC,
    &execute_api::SPEC,
    &execute_automation::SPEC,
    &execute_script::SPEC,
    &execute_state_machine::SPEC,
    &invoke_lambda_function::SPEC,
    &invoke_webhook::SPEC,
    &loop_steps::SPEC,
    &pause::SPEC,
    &run_command::SPEC,
    &run_instances::SPEC,
    &sleep::SPEC,
    &update_variable::SPEC,
    &wait_property::SPEC,
];

pub(crate) fn spec(action: &str) -> Option<&'static Spec> {
    specs().find(|spec| spec.name == action)
}

/// Every API call the document can make, for deriving permissions: service and operation as written, inputs as
/// written (references unresolved). Actions that run only on SSM are included.
#[must_use]
pub fn api_calls(document: &Document) -> Vec<(String, String, Value)> {
    let mut all: Vec<Call> = Vec::new();
    let mut add = |call: Call| {
        if !all.contains(&call) {
            all.push(call);
        }
    };
    for parameter in &document.parameters {
        for reference in parameter.default.iter().flat_map(crate::reference::in_value) {
            if let Reference::Ssm(name) = reference {
                add(("ssm".into(), "GetParameter".into(), serde_json::json!({ "Name": name })));
            }
        }
    }
    for step in document.all_steps() {
        if let Some(spec) = spec(&step.action) {
            (spec.calls)(&step.inputs).into_iter().for_each(&mut add);
        }
    }
    all
}

/// An action that makes no API call.
fn no_calls(_: &Map<String, Value>) -> Vec<Call> {
    Vec::new()
}

/// An action whose inputs need no check beyond their names.
fn no_check(_: &Step, _: &Spot, _: &mut Reporter<'_>) {}

/// Whether a written value may turn out to be anything, because it is or holds a reference.
pub(crate) fn is_dynamic(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("{{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_three_public_actions_and_their_names_are_unique() {
        let mut names: Vec<&str> = specs().filter(|s| !matches!(s.runs, Runs::Private)).map(|s| s.name).collect();
        assert_eq!(names.len(), 23);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 23);
    }

    /// What AWS documents; an action that is not listed has neither.
    #[test]
    fn every_default_and_maximum_of_time_is_the_documented_one() {
        let documented = [
            ("aws:approve", Some(604_800), Some(2_592_000)),
            ("aws:changeInstanceState", Some(3600), None),
            ("aws:executeScript", Some(600), Some(600)),
            ("aws:invokeLambdaFunction", Some(300), Some(300)),
            // The guide says so of a failed launch.
            ("aws:runInstances", Some(3600), None),
            ("aws:waitForAwsResourceProperty", Some(3600), None),
        ];
        for spec in specs() {
            let known = documented.iter().find(|(name, ..)| *name == spec.name);
            let (timeout, longest) = known.map_or((None, None), |(_, timeout, longest)| (*timeout, *longest));
            assert_eq!((spec.timeout, spec.longest), (timeout, longest), "{}", spec.name);
        }
    }

    #[test]
    fn no_input_is_both_required_and_optional() {
        for spec in specs() {
            let optional = spec.optional.unwrap_or_default();
            assert!(spec.required.iter().all(|key| !optional.contains(key)), "{}", spec.name);
        }
    }
}
