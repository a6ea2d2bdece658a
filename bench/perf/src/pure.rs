//! The parts that need nothing but a processor, one by one.
//!
//! Comes in: texts, made before. Goes out: a number that depends on all of the work, so that none of it is left out.
//! Never: a file, a clock or a socket inside of what is measured; the models are read from their file as in a function.

use std::sync::Arc;

use aws_api::{CallOptions, Client, Models};
use engine::{Document, Findings};
use serde_json::{Map, Value, json};
use shared::catalogue::Binding;
use shared::{catalogue, event, lowcode};
use tokio::runtime::Runtime;

use crate::answers::described_instances;
use crate::canned::configuration;
use crate::instant::{Instant, context};

/// What cannot be measured.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A document, read.
///
/// # Errors
/// Its findings.
pub fn parse(text: &str) -> Result<Document, Findings> {
    engine::parse(text, "measured.yaml")
}

/// A document, checked: how many findings there are.
#[must_use]
pub fn validate(document: &Document) -> usize {
    engine::validate(document).len()
}

/// A document, run on a host that answers at once: how many steps there were.
///
/// # Errors
/// The run was refused, or did not succeed.
pub fn run(runtime: &Runtime, document: &Document) -> Result<usize, Trouble> {
    let context = context("measured");
    let execution = runtime.block_on(engine::run(document, Map::new(), &context, &Instant))?;
    match execution.failure {
        Some(failure) => Err(failure.to_string().into()),
        None => Ok(execution.steps.len()),
    }
}

/// Events, read, and for each the binding that wants it looked for: how many are wanted.
///
/// # Errors
/// One is none.
pub fn recognise(events: &[String], bindings: &[Binding]) -> Result<usize, Trouble> {
    let mut wanted = 0;
    for text in events {
        let text: Value = serde_json::from_str(text)?;
        std::hint::black_box(event::parse(&text)?);
        wanted += usize::from(lowcode::bound(bindings, &text).is_some());
    }
    Ok(wanted)
}

/// The bindings of `run-runbook`, read.
#[must_use]
pub fn bindings() -> Vec<Binding> {
    catalogue::bindings_of("run-runbook")
}

/// A client whose every answer describes so many instances.
///
/// # Errors
/// There are no models.
pub fn client(instances: usize) -> Result<Client, Trouble> {
    let models = Arc::new(Models::open(crate::models())?);
    Ok(Client::new(models, configuration(described_instances(instances))))
}

/// One call by name, from JSON to JSON: how many reservations came back.
///
/// # Errors
/// As the call.
pub fn call(runtime: &Runtime, client: &Client) -> Result<usize, Trouble> {
    let input = json!({"Filters": [{"Name": "instance-state-name", "Values": ["running"]}], "MaxResults": 1000});
    let answer = runtime.block_on(client.call("ec2", "DescribeInstances", input, CallOptions::default()))?;
    Ok(answer["Reservations"].as_array().map_or(0, Vec::len))
}
