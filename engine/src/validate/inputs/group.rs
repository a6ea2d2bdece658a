//! Inputs that belong together, and inputs that exclude each other.
//!
//! Comes in: a step. Goes out: a finding where there are too many, or too few, of a group.
//! Never: a look at their values.

use crate::document::Step;
use crate::report::{Reporter, Spot};

/// How the inputs of a group stand to each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Group {
    AtMostOne(&'static [&'static str]),
    AtLeastOne(&'static [&'static str]),
    /// All of them or none.
    Together(&'static [&'static str]),
}

impl Group {
    pub(super) fn check(self, step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
        let (Self::AtMostOne(names) | Self::AtLeastOne(names) | Self::Together(names)) = self;
        let given: Vec<&str> = names.iter().copied().filter(|name| is_given(step, name)).collect();
        match self {
            Self::AtMostOne(_) if given.len() > 1 => {
                let message = format!("only one of {} is possible", given.join(" and "));
                reporter.key_error("exclusive-inputs", &spot.key(given[1]), message);
            }
            Self::AtLeastOne(_) if given.is_empty() => {
                let message = format!("{} needs {}", step.action, names.join(" or "));
                reporter.error("missing-input", spot, message);
            }
            Self::Together(_) if !given.is_empty() && given.len() < names.len() => {
                let missing: Vec<&str> = names.iter().copied().filter(|name| !given.contains(name)).collect();
                let message = format!("{} needs {} beside it", given.join(" and "), missing.join(" and "));
                reporter.error("missing-input", &spot.key(given[0]), message);
            }
            _ => {}
        }
    }
}

fn is_given(step: &Step, name: &str) -> bool {
    step.inputs.get(name).is_some_and(|value| !value.is_null())
}
