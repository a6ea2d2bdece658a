//! References: what they name is there, and can be there in time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::action;
use crate::document::{Amount, Document, Step};
use crate::near::nearest;
use crate::reference::{Reference, references};
use crate::report::{Reporter, Spot};
use crate::run::{Followers, Graph};

/// Filled in by maintenance windows and Config remediation, not by the document.
const PSEUDO_PARAMETERS: [&str; 2] = ["TARGET_ID", "RESOURCE_ID"];
const GLOBALS: [&str; 5] = ["DATE", "DATE_TIME", "REGION", "ACCOUNT_ID", "AWS_PARTITION"];

pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    let graph = Graph::new(document);
    let mut checker = Checker { document, graph, followers: BTreeMap::new() };
    if let Some(role) = &document.assume_role {
        checker.text(role, None, &Spot::at("/assumeRole"), reporter);
    }
    for step in document.all_steps() {
        let spot = Spot::of_step(&step.path, &step.name);
        for (key, value) in &step.inputs {
            if key != "Script" {
                checker.value(value, step, &spot.key("inputs").key(key), reporter);
            }
        }
        for (key, amount) in [("timeoutSeconds", &step.timeout), ("maxAttempts", &step.max_attempts)] {
            if let Some(Amount::Reference(text)) = amount {
                checker.text(text, Some(step), &spot.key(key), reporter);
            }
        }
    }
    checker.document_outputs(reporter);
}

struct Checker<'a> {
    document: &'a Document,
    graph: Graph<'a>,
    /// For each step that somebody refers to, the steps that can run after it.
    followers: BTreeMap<usize, Followers>,
}

impl Checker<'_> {
    /// Recursion is bounded by the parser's nesting limit.
    fn value(&mut self, value: &Value, step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
        match value {
            Value::String(text) => self.text(text, Some(step), spot, reporter),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, step, &spot.index(index), reporter);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.value(item, step, &spot.key(key), reporter);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, step: Option<&Step>, spot: &Spot, reporter: &mut Reporter<'_>) {
        for reference in references(text) {
            match &reference {
                Reference::Parameter(name) => self.parameter(name, spot, reporter),
                Reference::Output { step: of, output } => self.output(of, output, step, spot, reporter),
                Reference::Variable(name) if self.document.variable(name).is_none() => {
                    self.variable(name, spot, reporter);
                }
                Reference::Global(name) if !GLOBALS.contains(&name.as_str()) => {
                    let finding = reporter.error("unknown-global", spot, format!("there is no global:{name}"));
                    if let Some(near) = nearest(name, GLOBALS) {
                        finding.replace(format!("global:{name}"), format!("global:{near}"));
                    }
                    finding.hint(format!("known: {}", GLOBALS.join(", ")));
                }
                Reference::Automation(name) if name != "EXECUTION_ID" => {
                    let message = format!("there is no automation:{name}");
                    reporter.error("unknown-global", spot, message).hint("known: EXECUTION_ID");
                }
                Reference::Ssm(name) => {
                    let message = format!("{{{{ ssm:{name} }}}} is possible in defaults of parameters only");
                    reporter.error("ssm-reference", spot, message).hint("add a parameter with this default");
                }
                Reference::Variable(_) | Reference::Global(_) | Reference::Automation(_) => {}
            }
        }
    }

    fn variable(&self, name: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
        let finding = reporter.error("undeclared-variable", spot, format!("the variable {name} is not declared"));
        if let Some(near) = nearest(name, self.document.variables.iter().map(|variable| variable.name.as_str())) {
            finding.meant(name, near, &format!("variable:{name}"), &format!("variable:{near}"));
        }
    }

    fn parameter(&self, name: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
        if PSEUDO_PARAMETERS.contains(&name) || self.document.parameter(name).is_some() {
            return;
        }
        let finding = reporter.error("undeclared-parameter", spot, format!("the parameter {name} is not declared"));
        if self.document.variable(name).is_some() {
            finding.hint(format!("the variable is read with {{{{ variable:{name} }}}}"));
            finding.replace(name, format!("variable:{name}"));
        } else if let Some(near) = nearest(name, self.document.parameters.iter().map(|p| p.name.as_str())) {
            finding.spelt(name, near);
        }
    }

    fn output(&mut self, of: &str, output: &str, step: Option<&Step>, spot: &Spot, reporter: &mut Reporter<'_>) {
        let Some(source) = self.graph.step(of) else {
            let finding = reporter.error("unknown-step", spot, format!("there is no step {of}"));
            if let Some(near) = nearest(of, self.graph.steps().iter().map(|step| step.name.as_str())) {
                finding.meant(of, near, &format!("{of}.{output}"), &format!("{near}.{output}"));
            }
            return;
        };
        if let Some(step) = step
            && !self.can_follow(of, &step.name)
            && !of_one_loop(source, step)
        {
            let message = format!("the step {of} cannot have run before {}", step.name);
            if of == step.name || self.can_follow(&step.name, of) {
                reporter.error("reference-too-early", spot, message);
            } else {
                // On another branch: the text stays as it is, which some documents ask for.
                reporter.warning("reference-elsewhere", spot, message);
            }
        }
        declared(source, output, spot, reporter);
    }

    /// Whether there is a way from one step to another.
    fn can_follow(&mut self, first: &str, second: &str) -> bool {
        let (Some(first), Some(second)) = (self.graph.position(first), self.graph.position(second)) else {
            return false;
        };
        let followers = self.followers.entry(first).or_insert_with(|| Followers::of(&self.graph, first));
        followers.contains(&self.graph, second)
    }

    fn document_outputs(&mut self, reporter: &mut Reporter<'_>) {
        let document = self.document;
        for (index, name) in document.outputs.iter().enumerate() {
            let spot = Spot::at(format!("/outputs/{index}"));
            match name.split_once('.') {
                Some((step, output)) if !output.is_empty() => self.output(step, output, None, &spot, reporter),
                _ => {
                    reporter.error("output-name", &spot, format!("{name} is not of the form step.Output"));
                }
            }
        }
    }
}

/// A reference to an output that neither the step nor its action has.
fn declared(source: &Step, output: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let built_in = action::spec(&source.action).map(|spec| spec.outputs).unwrap_or_default();
    if source.outputs.iter().any(|declared| declared.name == output) || built_in.contains(&output) {
        return;
    }
    // A function's result may have any key.
    if matches!(source.action.as_str(), "aws:invokeLambdaFunction") {
        return;
    }
    let message = format!("the step {} has no output {output}", source.name);
    let names = source.outputs.iter().map(|declared| declared.name.as_str()).chain(built_in.iter().copied());
    let names: Vec<&str> = names.collect();
    let finding = reporter.warning("undeclared-output", spot, message);
    match nearest(output, names.iter().copied()) {
        Some(near) => finding.spelt(&format!("{}.{output}", source.name), &format!("{}.{near}", source.name)),
        None if names.is_empty() => return,
        None => {}
    }
    finding.hint(format!("it has {}", names.join(", ")));
}

/// Loop variables are read inside the loop's own body, outputs of the body by the loop's condition.
fn of_one_loop(source: &Step, step: &Step) -> bool {
    let inside = |inner: &Step, outer: &Step| inner.path.starts_with(&format!("{}/", outer.path));
    (source.action == "aws:loop" && (inside(step, source) || source.path == step.path)) || inside(source, step)
}
