//! What people and machines read while a function works: JSON lines, and one metric line per outcome.
//!
//! Comes in: the phases of an incident. Goes out: structured log events with target `kintsugi`, and CloudWatch's
//! embedded metric format (EMF) on standard output. Never: inputs or outputs of calls, which may hold secrets.

use std::error::Error;

use engine::Progress;
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::{Level, Metadata, Subscriber, info, warn};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::guard::RELEASE;
use crate::host::{RunHost, wall_clock};
use crate::outcome::Outcome;
use crate::record::Record;

/// Sends JSON lines to standard output, at the levels of `RUST_LOG` (`warn,kintsugi=debug`; default `info`); of crates that
/// are not ours nothing below `debug`, whatever it says.
pub fn start() {
    #[expect(clippy::disallowed_methods, reason = "what is logged is said before there are settings")]
    let wanted = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    let filter = wanted.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    // A second start in one process (tests) keeps the first.
    let _ = lines(filter, std::io::stdout).try_init();
}

fn lines<W>(filter: Targets, writer: W) -> impl Subscriber + Send + Sync
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

/// The outcome as a log line and as metrics: one count per status, time to remediate, and locks and places that could not be
/// given back.
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

/// How long a ticket has been waiting for its desk, as a metric: an alarm watches that it is not more than a day.
pub fn ticket_waits(function: &str, now: jiff::Timestamp, seconds: f64) {
    let line = wait(function, now, seconds);
    #[expect(clippy::print_stdout, reason = "EMF is read from standard output")]
    {
        println!("{line}");
    }
}

fn wait(function: &str, now: jiff::Timestamp, seconds: f64) -> serde_json::Value {
    let names = json!([{"Name": "TicketWait", "Unit": "Seconds"}]);
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "Kintsugi", "Dimensions": [["Function"]], "Metrics": names}],
        },
        "Function": function,
        "TicketWait": seconds,
    })
}

/// One EMF line. Dimensions: function and status, so that an alarm can watch `Failed` alone.
fn metrics(record: &Record) -> serde_json::Value {
    let kept = record.guards.iter().filter(|note| note.guard == RELEASE).count();
    let mut names = vec![json!({"Name": "Outcomes", "Unit": "Count"})];
    if matches!(record.outcome, Outcome::Remediated { .. }) {
        names.push(json!({"Name": "TimeToRemediate", "Unit": "Seconds"}));
    }
    if kept > 0 {
        names.push(json!({"Name": "NotReleased", "Unit": "Count"}));
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
        "NotReleased": kept,
    })
}

/// Counts of a function that has no outcome of its own, as metrics by function. Told once, not on replay.
pub fn counts(host: &dyn RunHost, function: &str, counts: &[(&str, usize)]) {
    if host.replaying() {
        return;
    }
    #[expect(clippy::print_stdout, reason = "EMF is read from standard output")]
    {
        println!("{}", counted(function, counts, wall_clock()));
    }
}

fn counted(function: &str, counts: &[(&str, usize)], at: Timestamp) -> Value {
    let names: Vec<Value> = counts.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": "Kintsugi", "Dimensions": [["Function"]], "Metrics": names}],
        },
        "Function": function,
    });
    for (name, count) in counts {
        line[*name] = json!(count);
    }
    line
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

    /// The alarm of the stack asks for this namespace, this name and this dimension.
    #[test]
    fn how_long_a_ticket_waits_is_a_metric_that_the_alarm_of_the_stack_asks_for() {
        let line = wait("open-ticket", "2026-11-22T10:00:00Z".parse().unwrap(), 90_000.0);
        let metric = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_795_341_600_000_i64);
        assert_eq!((&metric["Namespace"], &metric["Dimensions"]), (&json!("Kintsugi"), &json!([["Function"]])));
        assert_eq!(metric["Metrics"], json!([{"Name": "TicketWait", "Unit": "Seconds"}]));
        assert_eq!((&line["Function"], &line["TicketWait"]), (&json!("open-ticket"), &json!(90_000.0)));
        let template = include_str!("../../template.yaml");
        let alarm = template.split("\n  TicketsWait:").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
        for words in ["Namespace: Kintsugi", "MetricName: TicketWait", "- Name: Function", "Value: open-ticket"] {
            assert!(alarm.contains(words), "{words}");
        }
    }

    #[test]
    fn a_line_of_the_log_is_one_line_of_json_whatever_is_in_it() {
        let log = Log::default();
        let writer = log.clone();
        let guard = lines(Targets::new().with_default(Level::INFO), move || writer.clone()).set_default();
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
    fn an_outcome_is_metrics_by_function_and_status_with_its_time_only_where_it_healed() {
        let line = |outcome: Value, guards: Value| {
            let record = serde_json::from_value(json!({
                "schema": 1, "function": "f", "execution": "e", "mode": "enforce", "incident": null, "action": null,
                "guards": guards, "run": null, "undo": null, "verification": null, "outcome": outcome, "needsTicket": false,
                "startedAt": "2026-01-01T00:00:00Z", "endedAt": "2026-01-01T00:00:07Z",
            }));
            metrics(&record.unwrap())
        };
        let names = |line: &Value| -> Vec<String> {
            let metrics = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(metrics["Dimensions"], json!([["Function", "Status"]]));
            metrics["Metrics"]
                .as_array()
                .unwrap()
                .iter()
                .map(|metric| metric["Name"].as_str().unwrap().into())
                .collect()
        };
        let healed = line(json!({"status": "Remediated", "change": "a -> b"}), json!([]));
        assert_eq!(names(&healed), ["Outcomes", "TimeToRemediate"]);
        assert_eq!(
            (&healed["Status"], &healed["Outcomes"], &healed["TimeToRemediate"]),
            (&json!("Remediated"), &json!(1), &json!(7.0))
        );
        let kept = json!([{"guard": "release", "passed": false, "note": "the lock"}]);
        let failed = line(json!({"status": "Failed", "step": "s", "cause": "c", "byHand": []}), kept);
        assert_eq!(names(&failed), ["Outcomes", "NotReleased"]);
        assert_eq!((&failed["Status"], &failed["NotReleased"]), (&json!("Failed"), &json!(1)));
    }

    #[test]
    fn counts_are_metrics_of_their_function() {
        let line = counted("find-faults", &[("FaultsFound", 3), ("FaultsWaiting", 1)], Timestamp::UNIX_EPOCH);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Dimensions"], json!([["Function"]]));
        for metric in metrics["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{line}");
        }
        assert_eq!((line["FaultsFound"].as_u64(), line["Function"].as_str()), (Some(3), Some("find-faults")));
    }

    #[test]
    fn requests_that_the_sdk_prints_at_trace_are_never_written() {
        let log = Log::default();
        let writer = log.clone();
        let guard = lines(Targets::new().with_default(Level::TRACE), move || writer.clone()).set_default();
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
