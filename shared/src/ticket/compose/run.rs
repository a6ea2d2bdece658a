//! What a runbook did, step by step. Names, status and times; never inputs or outputs, which may hold anything.

use engine::{Execution, StepRecord, StepStatus};
use jiff::Timestamp;

use crate::ticket::draft::Body;
use crate::ticket::text::time;

/// Adds the steps of `run` under `heading`, if there was a run.
pub(super) fn steps(body: Body, heading: &str, run: Option<&Execution>) -> Body {
    let Some(run) = run.filter(|run| !run.steps.is_empty()) else { return body };
    let (left, ran): (Vec<_>, Vec<_>) = run.steps.iter().partition(|step| step.status == StepStatus::Pending);
    let rows = ran.into_iter().map(row).collect();
    let body = body.heading(heading).table(&["Step", "Action", "Status", "Started", "Took", "What it said"], rows);
    match left.len() {
        0 => body,
        1 => body.paragraph("One other step of the runbook was not run."),
        n => body.paragraph(format!("{n} other steps of the runbook were not run.")),
    }
}

fn row(step: &StepRecord) -> Vec<String> {
    let attempts = if step.attempts > 1 { format!(" ({} attempts)", step.attempts) } else { String::new() };
    vec![
        step.name.clone(),
        step.action.clone(),
        format!("{}{attempts}", step.status),
        time(step.started),
        took(step.started, step.ended),
        step.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default(),
    ]
}

fn took(started: Option<Timestamp>, ended: Option<Timestamp>) -> String {
    let (Some(started), Some(ended)) = (started, ended) else { return String::new() };
    format!("{:.1} s", ended.duration_since(started).as_secs_f64())
}
