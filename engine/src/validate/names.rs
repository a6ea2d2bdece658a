//! Names: well formed and unique.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Document;
use crate::place::child;
use crate::report::{Reporter, Spot};

pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    step_names(document, reporter);
    output_names(document, reporter);
    for parameter in &document.parameters {
        if !is_alphanumeric(&parameter.name) {
            let spot = Spot::at(child("/parameters", &parameter.name));
            let message = format!("the parameter name {} is not alphanumeric", parameter.name);
            reporter.key_error("parameter-name", &spot, message).hint("letters and digits only");
        }
    }
}

fn step_names(document: &Document, reporter: &mut Reporter<'_>) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for step in document.all_steps().into_iter().filter(|step| !step.name.is_empty()) {
        let spot = Spot::of_step(&step.path, &step.name).key("name");
        if !step.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let message = format!("the step name {} is not valid", step.name);
            reporter.error("step-name", &spot, message).hint("letters, digits and _ only");
        }
        if first.insert(&step.name, &step.path).is_some() {
            let message = format!("there is more than one step {}", step.name);
            reporter.error("duplicate-step", &spot, message).hint("names are unique, steps inside loops included");
        }
    }
}

fn output_names(document: &Document, reporter: &mut Reporter<'_>) {
    for step in document.all_steps() {
        let mut seen = BTreeSet::new();
        for (index, output) in step.outputs.iter().enumerate() {
            if !output.name.is_empty() && !seen.insert(&output.name) {
                let spot = Spot::of_step(&step.path, &step.name).key("outputs").index(index);
                reporter.error("duplicate-output", &spot, format!("there is more than one output {}", output.name));
            }
        }
    }
}

fn is_alphanumeric(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
}
