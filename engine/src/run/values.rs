//! The values a run has: parameters, variables, outputs, identity and time.
//!
//! Comes in: what was supplied, and outputs as steps end. Goes out: values for references.
//! Never: a value of its own making. A default that refers to itself stays text.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::context::Context;
use crate::document::{Document, Step, ValueType};
use crate::reference::Reference;
use crate::resolve::{Found, Scope, resolve};

/// Everything a reference can name.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    supplied: BTreeMap<String, Value>,
    defaults: BTreeMap<String, Value>,
    /// Parameter Store values for `{{ ssm:… }}` in defaults.
    store: BTreeMap<String, Value>,
    variables: BTreeMap<String, Value>,
    variable_types: BTreeMap<String, ValueType>,
    outputs: BTreeMap<String, BTreeMap<String, Value>>,
    /// Steps whose outputs a plan cannot know.
    later: BTreeSet<String>,
    /// Variables that a plan cannot know, with a step that changes them.
    later_variables: BTreeMap<String, String>,
    /// Parameters of a child that a plan cannot know, with the step of the parent that gives them.
    later_parameters: BTreeMap<String, String>,
    /// Before the names of its steps where a plan says that a value is known after one of them.
    label: String,
    context: Context,
    now: Timestamp,
    /// Whether these are of a plan, whose run has another time.
    planned: bool,
}

impl Values {
    pub(crate) fn new(
        document: &Document,
        context: &Context,
        supplied: BTreeMap<String, Value>,
        store: BTreeMap<String, Value>,
    ) -> Self {
        let parameters = document.parameters.iter();
        let defaults = parameters.filter_map(|p| Some((p.name.clone(), p.default.clone()?))).collect();
        let variables = document.variables.iter();
        let variables = variables.filter_map(|v| {
            let default = v.default.as_ref()?;
            Some((v.name.clone(), super::parameters::decoded(v.value_type, default)))
        });
        Self {
            supplied,
            defaults,
            store,
            variables: variables.collect(),
            variable_types: document.variables.iter().map(|v| (v.name.clone(), v.value_type)).collect(),
            outputs: BTreeMap::new(),
            later: BTreeSet::new(),
            later_variables: BTreeMap::new(),
            later_parameters: BTreeMap::new(),
            label: String::new(),
            context: context.clone(),
            now: Timestamp::UNIX_EPOCH,
            planned: false,
        }
    }

    /// The time for `global:DATE` and `global:DATE_TIME` from now on.
    pub(crate) fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// For a plan made now: the time of day is known when it is run. A plan of the same thing is the same a minute later.
    pub(crate) fn planned_at(&mut self, now: Timestamp) {
        (self.now, self.planned) = (now, true);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn put_outputs(&mut self, step: &str, outputs: BTreeMap<String, Value>) {
        self.outputs.insert(step.to_owned(), outputs);
    }

    /// A step's outputs as they are now.
    pub(crate) fn outputs_of(&self, step: &str) -> BTreeMap<String, Value> {
        self.outputs.get(step).cloned().unwrap_or_default()
    }

    /// These steps' outputs are of a time that is over.
    pub(crate) fn forget<'s>(&mut self, steps: impl IntoIterator<Item = &'s Step>) {
        for step in steps {
            self.outputs.remove(&step.name);
        }
    }

    pub(crate) fn put_variable(&mut self, name: &str, value: Value) {
        self.variables.insert(name.to_owned(), value);
    }

    /// The type of a declared variable.
    pub(crate) fn variable_type(&self, name: &str) -> Option<ValueType> {
        self.variable_types.get(name).copied()
    }

    /// For a plan: what this variable has is known only once the step has run.
    pub(crate) fn variable_known_later(&mut self, name: &str, step: &str) {
        self.later_variables.insert(name.to_owned(), step.to_owned());
    }

    /// For a plan of a child: parameters that are known only once these steps around it have run, and what is before
    /// the names of its own steps.
    pub(crate) fn within(self, label: &str, later: BTreeMap<String, String>) -> Self {
        Self { label: label.to_owned(), later_parameters: later, ..self }
    }

    /// A step of this execution, as the plan around it names it.
    fn later(&self, step: &str) -> Found {
        Found::Later(format!("{}{step}", self.label))
    }

    /// For a plan: outputs that are known after all.
    pub(crate) fn known_now(&mut self, step: &str, outputs: BTreeMap<String, Value>) {
        self.later.remove(step);
        self.put_outputs(step, outputs);
    }

    /// For a plan: this step's outputs are known only once it has run.
    pub(crate) fn known_later(&mut self, step: &str) {
        self.later.insert(step.to_owned());
    }

    fn global(&self, name: &str) -> Found {
        let text = match name {
            "DATE_TIME" if self.planned => return Found::Later("it begins".to_owned()),
            "DATE" => self.now.strftime("%Y-%m-%d").to_string(),
            "DATE_TIME" => self.now.strftime("%Y-%m-%d_%H.%M.%S").to_string(),
            "REGION" => self.context.region.clone(),
            "ACCOUNT_ID" => self.context.account_id.clone(),
            "AWS_PARTITION" => self.context.partition.clone(),
            _ => return Found::Missing,
        };
        Found::Value(Value::String(text))
    }

    fn automation(&self, name: &str) -> Found {
        match name {
            "EXECUTION_ID" => Found::Value(Value::String(self.context.execution_id.clone())),
            _ => Found::Missing,
        }
    }

    /// A supplied value as it is; a default with its own references resolved, when it is used.
    fn parameter(&self, name: &str, within: &[&str]) -> Found {
        if let Some(step) = self.later_parameters.get(name) {
            return Found::Later(step.clone());
        }
        if let Some(value) = self.supplied.get(name) {
            return Found::Value(value.clone());
        }
        let Some(default) = self.defaults.get(name).filter(|_| !within.contains(&name)) else {
            return Found::Missing;
        };
        let mut within = within.to_vec();
        within.push(name);
        Found::Value(resolve(default, &InDefault { values: self, within }).value)
    }

    fn variable(&self, name: &str) -> Found {
        match (self.later_variables.get(name), self.variables.get(name)) {
            (Some(step), _) => self.later(step),
            (None, Some(value)) => Found::Value(value.clone()),
            (None, None) => Found::Missing,
        }
    }

    fn output(&self, step: &str, output: &str) -> Found {
        match self.outputs.get(step).and_then(|outputs| outputs.get(output)) {
            _ if self.later.contains(step) => self.later(step),
            Some(value) => Found::Value(value.clone()),
            None => Found::Missing,
        }
    }
}

impl Scope for Values {
    fn find(&self, reference: &Reference) -> Found {
        match reference {
            Reference::Parameter(name) => self.parameter(name, &[]),
            Reference::Output { step, output } => self.output(step, output),
            Reference::Variable(name) => self.variable(name),
            Reference::Global(name) => self.global(name),
            Reference::Automation(name) => self.automation(name),
            Reference::Ssm(_) => Found::Missing,
        }
    }
}

/// Inside a parameter's default: other parameters, the Parameter Store, identity and time.
struct InDefault<'a> {
    values: &'a Values,
    within: Vec<&'a str>,
}

impl Scope for InDefault<'_> {
    fn find(&self, reference: &Reference) -> Found {
        match reference {
            Reference::Parameter(name) => self.values.parameter(name, &self.within),
            Reference::Ssm(name) => self.values.store.get(name).map_or(Found::Missing, |v| Found::Value(v.clone())),
            Reference::Global(name) => self.values.global(name),
            Reference::Automation(name) => self.values.automation(name),
            Reference::Output { .. } | Reference::Variable(_) => Found::Missing,
        }
    }
}
