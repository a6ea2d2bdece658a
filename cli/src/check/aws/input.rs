//! The input of a call: members, types, what is required.
//!
//! Comes in: a call whose operation is there. Goes out: everything that the model refuses, at its place.
//! Never: a judgement of a reference beyond its declared type.

use aws_api::{InvalidCall, Models, Problem};
use engine::{StaticCall, ValueType};

use super::dynamic::Probe;
use super::path::{Paths, last};
use super::{Report, did_you_mean};

pub(super) fn check(call: &StaticCall, models: &Models, report: &mut Report<'_>) {
    let probe = Probe::of(report.document, &call.input);
    let found = match models.check_input(&call.service, &call.api, &probe.input) {
        Ok(()) => return,
        Err(InvalidCall::Input { findings, .. }) => findings,
        Err(other) => {
            report.add("unusable-api", "/inputs/Api", other.to_string());
            return;
        }
    };
    let paths = Paths::of(&call.input, &report.step.inputs);
    for finding in &found {
        let of_reference = probe.reference_at(&finding.path);
        let unknown = matches!(finding.problem, Problem::UnknownMember { .. });
        match of_reference {
            Some((place, _)) if unknown && *place == finding.path => literal(call, finding, &paths, report),
            // The actions that are not API calls read the numbers and flags in texts themselves.
            Some((_, Some(ValueType::String))) if !call.whole => {}
            Some((place, Some(known))) if *place == finding.path => {
                if let Problem::WrongType { expected, .. } = &finding.problem {
                    let message = format!("{} takes {expected}; the reference gives {}", last(place), known.name());
                    report.add("reference-type", paths.pointer(place), message);
                }
            }
            // A sample is no value, and a reference of an unknown type may be anything.
            Some(_) => {}
            None => literal(call, finding, &paths, report),
        }
    }
}

fn literal(call: &StaticCall, finding: &aws_api::Finding, paths: &Paths, report: &mut Report<'_>) {
    let pointer = paths.pointer(&finding.path).to_owned();
    let operation = format!("{}:{}", call.service.trim(), call.api.trim());
    match &finding.problem {
        // What an action adds by itself is not missing, and what it does not know it keeps.
        Problem::Missing | Problem::UnknownMember { .. } if !call.whole => {}
        Problem::UnknownMember { near } => {
            let name = last(&finding.path);
            let finding = report.add("unknown-member", &pointer, format!("{operation} has no input {name}"));
            did_you_mean(finding, name, near);
        }
        Problem::Missing => {
            report.add("missing-member", &pointer, format!("{operation} needs {}", finding.path));
        }
        Problem::WrongType { .. } => {
            report.add("member-type", &pointer, finding.to_string());
        }
        _ => {
            report.add("member-value", &pointer, finding.to_string());
        }
    }
}
