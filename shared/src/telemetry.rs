//! What people and machines read while a function works: JSON lines, and one metric line per outcome.
//!
//! Comes in: the phases of an incident. Goes out: structured log events with target `kintsugi`, and CloudWatch's
//! embedded metric format (EMF) on standard output. Never: inputs or outputs of calls, which may hold secrets.

use std::error::Error;

use engine::Progress;
use serde_json::json;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::host::RunHost;
use crate::outcome::Outcome;
use crate::record::Record;

/// Sends JSON lines to standard output, at the level of `RUST_LOG` (default `info`).
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let json =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(filter).with(json).try_init();
}

/// An error and its causes, outermost first, each once.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// One phase of an incident: `incident`, `decision`, `guard`, `verify`, `ticket`. Told once, not on replay.
pub fn phase(host: &dyn RunHost, phase: &str, message: &str) {
    if host.replaying() {
        return;
    }
    let execution = host.execution();
    info!(target: "kintsugi", execution, phase, "{message}");
}

/// Progress of a runbook, as a `step` phase.
pub fn progress(execution: &str, progress: &Progress) {
    match progress {
        Progress::StepStarted { step, action, attempt } => {
            info!(target: "kintsugi", execution, phase = "step", step, action, attempt, "started");
        }
        Progress::StepPolled { step, seen } => {
            info!(target: "kintsugi", execution, phase = "step", step, seen = %seen, "looked");
        }
        // What a script prints may be anything; it is in its own log.
        Progress::StepPrinted { .. } => {}
        Progress::StepWaiting { step, action } => {
            info!(target: "kintsugi", execution, phase = "step", step, action, "waits for a person");
        }
        Progress::IterationStarted { step, iteration, value: _ } => {
            info!(target: "kintsugi", execution, phase = "step", step, iteration, "iteration");
        }
        Progress::StepEnded { step, action, status, message, replayed: _ } => {
            let message = message.as_deref().unwrap_or_default();
            info!(target: "kintsugi", execution, phase = "step", step, action, status = ?status, "{message}");
        }
        Progress::Warning { step, message } => {
            warn!(target: "kintsugi", execution, phase = "step", step, "{message}");
        }
    }
}

/// The outcome as a log line and as metrics: one count per status, and time to remediate.
pub fn outcome(record: &Record) {
    let incident = record.incident.as_ref().map_or("", |incident| incident.fingerprint.as_str());
    let line = record.outcome.line();
    let (execution, status, seconds) = (record.execution.as_str(), record.outcome.status(), record.seconds());
    info!(target: "kintsugi", execution, phase = "outcome", incident, status, seconds, "{line}");
    #[expect(clippy::print_stdout, reason = "EMF is read from standard output")]
    {
        println!("{}", metrics(record));
    }
}

/// One EMF line. Dimensions: function and status, so that an alarm can watch `Failed` alone.
fn metrics(record: &Record) -> serde_json::Value {
    let mut names = vec![json!({"Name": "Outcomes", "Unit": "Count"})];
    if matches!(record.outcome, Outcome::Remediated { .. }) {
        names.push(json!({"Name": "TimeToRemediate", "Unit": "Seconds"}));
    }
    json!({
        "_aws": {
            "Timestamp": record.ended_at.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "Kintsugi", "Dimensions": [["Function", "Status"]], "Metrics": names}],
        },
        "Function": record.function,
        "Status": record.outcome.status(),
        "Outcomes": 1,
        "TimeToRemediate": record.seconds(),
    })
}
