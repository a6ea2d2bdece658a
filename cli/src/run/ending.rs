//! The end of a run, for people and for scripts.
//!
//! Comes in: the record. Goes out: how it ended, why, what it gave; the exit code.
//! Never: another status than the engine's.

use std::io::{self, Write};

use engine::{Execution, ExecutionStatus, StepStatus, plain, plain_lines};

use crate::exit::Exit;

/// Only Success is done.
pub(super) fn exit(status: ExecutionStatus) -> Exit {
    match status {
        ExecutionStatus::Success => Exit::Done,
        ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Cancelled => Exit::NotDone,
    }
}

/// Writes the end.
pub(super) fn write(out: &mut impl Write, execution: &Execution) -> io::Result<()> {
    let took = execution.ended.duration_since(execution.started).as_secs_f64();
    writeln!(out, "{} after {took:.1} s, execution {}", execution.status, execution.execution_id)?;
    if let Some(failure) = &execution.failure {
        // What a service answered, or a script printed, begins no line of its own.
        writeln!(out, "  {}", plain_lines(&failure.to_string()).replace('\n', "\n    "))?;
    }
    if execution.status != ExecutionStatus::Success {
        write_steps(out, execution)?;
    }
    write_outputs(out, execution)
}

/// Which steps of a run that did not succeed were done, so that a person sees what is left.
fn write_steps(out: &mut impl Write, execution: &Execution) -> io::Result<()> {
    let names = |wanted: fn(StepStatus) -> bool| -> Vec<&str> {
        let steps = execution.steps.iter().filter(|step| wanted(step.status));
        steps.map(|step| step.name.as_str()).collect()
    };
    let groups = [
        ("succeeded", names(|status| status == StepStatus::Success)),
        ("failed", names(|status| matches!(status, StepStatus::Failed | StepStatus::TimedOut))),
        ("cancelled", names(|status| status == StepStatus::Cancelled)),
        ("not run", names(|status| status == StepStatus::Pending)),
    ];
    for (what, names) in groups.iter().filter(|(_, names)| !names.is_empty()) {
        writeln!(out, "  {what}: {}", names.join(", "))?;
    }
    Ok(())
}

fn write_outputs(out: &mut impl Write, execution: &Execution) -> io::Result<()> {
    let width = execution.outputs.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, values) in &execution.outputs {
        writeln!(out, "  {:width$}  {}", plain(name), plain(&values.join(", ")))?;
    }
    Ok(())
}
