//! What a script seems to call, for a person who writes its policy.
//!
//! Comes in: the text of a Python script, and the models. Goes out: IAM actions of calls that look like boto3's.
//! Never: a promise. A call whose name is made at run time, or in an attachment, is not seen; a method of the same
//! name on something else is. So it is told in a note and never put into the policy.

use std::collections::BTreeSet;

use aws_api::Models;
use engine::Document;
use serde_json::Value;

/// A step that runs a script, and the actions that its text shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ScriptCalls {
    pub(crate) step: String,
    pub(crate) actions: BTreeSet<String>,
}

/// For each script of a document.
pub(crate) fn of(document: &Document, models: &Models) -> Vec<ScriptCalls> {
    let scripts = document.all_steps().into_iter().filter(|step| step.action == "aws:executeScript");
    let calls = scripts.map(|step| {
        let text = step.inputs.get("Script").and_then(Value::as_str).unwrap_or_default();
        ScriptCalls { step: step.name.clone(), actions: actions(text, models) }
    });
    calls.collect()
}

/// Every method that is an operation of a service whose client the text makes.
fn actions(text: &str, models: &Models) -> BTreeSet<String> {
    let services: BTreeSet<&str> = ["client(", "resource("].iter().flat_map(|made| quoted_after(text, made)).collect();
    let methods: BTreeSet<&str> = methods(text).into_iter().chain(quoted_after(text, "get_paginator(")).collect();
    let pairs = services.iter().flat_map(|service| methods.iter().map(move |method| (*service, *method)));
    pairs.filter_map(|(service, method)| models.iam_actions(service, method).ok()).flatten().collect()
}

/// The texts in quotes that directly follow `before`.
fn quoted_after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(|rest| {
        let rest = rest.trim_start();
        let rest = rest.strip_prefix("service_name").map_or(rest, |rest| rest.trim_start_matches(['=', ' ']));
        let quote = rest.chars().next().filter(|first| ['"', '\''].contains(first))?;
        rest[1..].split_once(quote).map(|(name, _)| name)
    })
}

/// Names with a dot before and a bracket behind.
fn methods(text: &str) -> Vec<&str> {
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let parts = text.split('.').skip(1).filter_map(|rest| {
        let end = rest.find(|c| !named(c))?;
        rest[end..].starts_with('(').then(|| &rest[..end])
    });
    // A method without an underscore may be anybody's; an operation of one word (`publish`, `invoke`) is still one.
    parts.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_methods_are_read_where_they_are_written() {
        let text =
            "ec2 = boto3.client('ec2')\ns = session.resource( \"s3\", region_name='x')\nec2.describe_instances(\n)";
        assert_eq!(quoted_after(text, "client(").collect::<Vec<_>>(), ["ec2"]);
        assert_eq!(quoted_after(text, "resource(").collect::<Vec<_>>(), ["s3"]);
        assert_eq!(methods(text), ["client", "resource", "describe_instances"]);
        let named = "boto3.client(service_name='ssm').get_paginator('describe_parameters')";
        assert_eq!(quoted_after(named, "client(").collect::<Vec<_>>(), ["ssm"]);
        assert_eq!(quoted_after(named, "get_paginator(").collect::<Vec<_>>(), ["describe_parameters"]);
    }

    #[test]
    fn what_looks_like_a_call_of_boto3_is_an_action() {
        let pack = crate::models::settings().unwrap().models;
        let Ok(models) = Models::open(&pack) else {
            return eprintln!("SKIPPED: no service models at {}: `make models` makes them", pack.display());
        };
        let text = "c = boto3.client('ec2')\nc.describe_instances()\nc.modify_instance_attribute(A=1)\n'{}'.format(1)";
        let expected = ["ec2:DescribeInstances", "ec2:ModifyInstanceAttribute"].map(str::to_owned);
        assert_eq!(actions(text, &models), expected.into());
        assert_eq!(actions("print('ec2')", &models), BTreeSet::new());
    }
}
