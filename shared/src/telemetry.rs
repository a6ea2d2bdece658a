//! What people and machines read while a function works: JSON lines, and one metric line per outcome.
//!
//! Comes in: the phases of an incident. Goes out: structured log events with target `kintsugi`, and CloudWatch's
//! embedded metric format (EMF) on standard output. Never: inputs or outputs of calls, which may hold secrets.

use std::error::Error;

use engine::Progress;
use serde_json::json;
use tracing::{Level, Metadata, Subscriber, info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::host::RunHost;
use crate::outcome::Outcome;
use crate::record::Record;

/// Sends JSON lines to standard output, at the level of `RUST_LOG` (default `info`); of crates that are not ours
/// nothing below `debug`, whatever it says.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start in one process (tests) keeps the first.
    let _ = lines(filter, std::io::stdout).try_init();
}

fn lines<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let json =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    tracing_subscriber::registry().with(filter).with(filter_fn(is_harmless)).with(json.with_writer(writer))
}

/// At `trace` AWS's signer prints the headers of each request, a customer's key for S3 among them; HTTP crates more.
fn is_harmless(event: &Metadata<'_>) -> bool {
    *event.level() != Level::TRACE || event.target() == "kintsugi"
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

/// A run waits for a person's word, which is given under this id (SendDurableExecutionCallbackSuccess).
pub fn waiting(execution: &str, step: &str, callback: &str) {
    info!(target: "kintsugi", execution, phase = "step", step, callback, "waits for a word");
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, words: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(words);
            Ok(words.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_of_the_log_is_one_line_of_json_whatever_is_in_it() {
        let log = Log::default();
        let writer = log.clone();
        let guard = lines(EnvFilter::new("info"), move || writer.clone()).set_default();
        let odd = "a\n{\"level\":\"ERROR\",\"message\":\"forged\"}\r\n\u{1b}[2J\0\u{7f}\" {} {execution} %s";
        info!(target: "kintsugi", execution = odd, phase = odd, step = odd, "{odd}");
        warn!(target: "kintsugi", execution = odd, "{odd}");
        drop(guard);
        let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(said.lines().count(), 2, "{said}");
        for line in said.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!((line["message"].as_str(), line["execution"].as_str()), (Some(odd), Some(odd)));
        }
        assert!(!said.contains('\u{1b}') && !said.contains('\0'), "{said:?}");
    }

    #[test]
    fn requests_that_the_sdk_prints_at_trace_are_never_written() {
        let log = Log::default();
        let writer = log.clone();
        let guard = lines(EnvFilter::new("trace"), move || writer.clone()).set_default();
        tracing::trace!(target: "aws_sigv4::http_request::sign", request = "hunter2");
        tracing::trace!(target: "aws_smithy_runtime::client::orchestrator", response = "hunter2");
        tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "retrying");
        tracing::trace!(target: "kintsugi", "ours");
        drop(guard);
        let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(said.contains("retrying") && said.contains("ours"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
