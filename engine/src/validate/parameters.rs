//! Parameters and variables: defaults of their type, patterns that can be read.

use serde_json::Value;

use crate::document::{Document, Parameter};
use crate::pattern;
use crate::place::child;
use crate::reference::{Reference, in_value};
use crate::report::{Reporter, Spot};
use crate::run::decode;

pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    for parameter in &document.parameters {
        let spot = Spot::at(child("/parameters", &parameter.name));
        default_type(parameter, &spot, reporter);
        default_references(document, parameter, &spot, reporter);
        default_allowed(parameter, &spot, reporter);
        if let Some(Err(error)) = parameter.allowed_pattern.as_deref().map(pattern::compile) {
            let message = format!("allowedPattern cannot be read and is not applied: {error}");
            reporter.warning("pattern", &spot.key("allowedPattern"), message);
        }
    }
    for variable in &document.variables {
        let spot = Spot::at(child("/variables", &variable.name)).key("default");
        if variable.default.as_ref().is_some_and(|default| !fits(variable.value_type, default)) {
            let message = format!("the default is not of type {}", variable.value_type.name());
            reporter.error("default-type", &spot, message);
        }
    }
}

fn fits(value_type: crate::ValueType, default: &Value) -> bool {
    !in_value(default).is_empty() || decode(value_type, default).is_some()
}

fn default_type(parameter: &Parameter, spot: &Spot, reporter: &mut Reporter<'_>) {
    use crate::ValueType as T;
    let Some(default) = &parameter.default else { return };
    let spot = spot.key("default");
    if parameter.value_type.admits(default) || !in_value(default).is_empty() {
        return;
    }
    let text = default.as_str().unwrap_or_default();
    let reads_as = match parameter.value_type {
        T::Integer => text.parse::<i64>().is_ok(),
        T::Boolean => text.parse::<bool>().is_ok(),
        // `default: ''` and `default: []` are how documents say "not given".
        T::StringList | T::StringMap | T::MapList => text.is_empty() || decode(parameter.value_type, default).is_some(),
        T::String => !default.is_array() && !default.is_object(),
    };
    let message = format!("the default is not of type {}", parameter.declared_type);
    if reads_as {
        let finding = reporter.warning("default-type", &spot, message);
        match parameter.value_type {
            T::Integer | T::Boolean if default.is_string() => finding.unquote("write it without quotes"),
            T::String => finding.hint("write it with quotes"),
            _ => finding.hint("write it without quotes"),
        }
    } else {
        reporter.error("default-type", &spot, message);
    }
}

fn default_references(document: &Document, parameter: &Parameter, spot: &Spot, reporter: &mut Reporter<'_>) {
    let spot = spot.key("default");
    for reference in parameter.default.iter().flat_map(in_value) {
        match &reference {
            Reference::Parameter(name) if *name == parameter.name => {
                reporter.warning("self-reference", &spot, "the default refers to its own parameter and stays text");
            }
            Reference::Parameter(name) if document.parameter(name).is_some() => {
                let message = format!("the default refers to the parameter {name}");
                let hint = "AWS documents this as unsupported, though some of its own runbooks do it";
                reporter.warning("default-reference", &spot, message).hint(hint);
            }
            Reference::Output { .. } | Reference::Variable(_) => {
                let message = format!("{reference} has no value before the first step and stays text");
                reporter.warning("default-reference", &spot, message);
            }
            _ => {}
        }
    }
}

/// A default outside allowedValues is possible, and usually a slip.
fn default_allowed(parameter: &Parameter, spot: &Spot, reporter: &mut Reporter<'_>) {
    let (Some(allowed), Some(default)) = (&parameter.allowed_values, &parameter.default) else { return };
    if default.is_string() && default != "" && in_value(default).is_empty() && !allowed.contains(default) {
        let message = "the default is not one of allowedValues";
        reporter.warning("default-not-allowed", &spot.key("default"), message);
    }
}
