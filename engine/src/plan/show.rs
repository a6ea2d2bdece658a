//! A plan as lines for people.
//!
//! Comes in: a plan. Goes out: one line a step, and beneath a script its first lines.
//! Never: a line that a name or a value of the account has begun, or a character that a terminal would obey.

use std::fmt;

use serde_json::Value;

use super::record::{Plan, PlanKind, PlannedStep, Round};
use crate::plain::plain;
use crate::resolve::as_text;

/// So much of a script is shown; the reader has the document for the rest.
const SCRIPT_LINES: usize = 8;
const SCRIPT_WIDTH: usize = 100;

/// Columns aligned; the way back after a line of its own.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.steps.iter().chain(&self.undo);
        let width = names.map(|step| step.step.chars().count()).max().unwrap_or(0);
        for (index, step) in self.steps.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{:<3} {:width$}  {step}", index + 1, plain(&step.step))?;
            script(f, step, width)?;
        }
        if !self.undo.is_empty() {
            f.write_str("\nif a step fails or the run is cancelled:")?;
            for step in &self.undo {
                write!(f, "\n    {:width$}  {step}", plain(&step.step))?;
                script(f, step, width)?;
            }
        }
        Ok(())
    }
}

/// What a step runs, beneath its line.
fn script(f: &mut fmt::Formatter<'_>, step: &PlannedStep, width: usize) -> fmt::Result {
    let Some(text) = script_of(step) else { return Ok(()) };
    let lines = text.lines().map(str::trim_end).skip_while(|line| line.is_empty());
    for line in lines.clone().take(SCRIPT_LINES) {
        let line = line.replace('\t', "    ");
        let cut = line.char_indices().nth(SCRIPT_WIDTH).map_or(line.as_str(), |(at, _)| &line[..at]);
        let dots = if cut.len() < line.len() { "..." } else { "" };
        write!(f, "\n    {:width$}          | {}{dots}", "", plain(cut))?;
    }
    match lines.count().saturating_sub(SCRIPT_LINES) {
        0 => Ok(()),
        1 => write!(f, "\n    {:width$}          | ... 1 more line", ""),
        more => write!(f, "\n    {:width$}          | ... {more} more lines", ""),
    }
}

/// The text of a script that is in the document; what is redacted or not known is no script.
fn script_of(step: &PlannedStep) -> Option<&str> {
    let text = step.input.get("Script").filter(|_| step.action == "aws:executeScript")?.as_str()?;
    (!text.trim().is_empty()).then_some(text)
}

/// Everything but the step's name, and a script's lines.
impl fmt::Display for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6}", self.kind.word())?;
        match (&self.service, &self.api) {
            (Some(service), Some(api)) => write!(f, "  {}:{}", plain(service.trim()), plain(api.trim()))?,
            _ if self.kind == PlanKind::Write => write!(f, "  {}", self.action)?,
            _ => {}
        }
        self.members(f)?;
        for (member, before) in self.before.iter().flatten() {
            if self.input.get(member).is_none() {
                write!(f, "  ({} now: {})", plain(member), brief(before))?;
            }
        }
        if let Some(note) = &self.note {
            write!(f, "  {}", plain(note))?;
        }
        match &self.round {
            Some(Round { step, number: Some(number) }) => write!(f, "  [{}, round {number}]", plain(step))?,
            Some(Round { step, number: None }) => write!(f, "  [{}, each round]", plain(step))?,
            None => {}
        }
        match &self.when {
            Some(when) => write!(f, "  [when {}]", plain(when)),
            None => Ok(()),
        }
    }
}

impl PlannedStep {
    /// The input of what it calls, with what was there before.
    fn members(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.service.is_none() && !matches!(self.kind, PlanKind::Write | PlanKind::Runbook) {
            return Ok(());
        }
        for (member, value) in self.input.as_object().into_iter().flatten() {
            write!(f, "  {} ", plain(member))?;
            match (member.as_str(), script_of(self), self.before.as_ref().and_then(|before| before.get(member))) {
                ("Script", Some(script), _) => f.write_str(&size(script))?,
                (_, _, Some(before)) => write!(f, "{} -> {}", brief(before), brief(value))?,
                _ => f.write_str(&brief(value))?,
            }
        }
        Ok(())
    }
}

/// `of 12 lines`.
fn size(script: &str) -> String {
    match script.trim().lines().count() {
        1 => "of 1 line".to_owned(),
        lines => format!("of {lines} lines"),
    }
}

/// `{"Value": x}` is how EC2 wraps attributes, `["x"]` how one resource is named: people read x.
fn brief(value: &Value) -> String {
    let text = match value {
        Value::Object(map) if map.len() == 1 => match map.get("Value") {
            Some(inner) => as_text(inner),
            None => value.to_string(),
        },
        Value::Array(items) => match items.as_slice() {
            [one @ (Value::String(_) | Value::Number(_) | Value::Bool(_))] => as_text(one),
            _ => value.to_string(),
        },
        other => as_text(other),
    };
    plain(&text).into_owned()
}
