//! What happens, as it happens: a line for each start, each new sight and each end of a step.
//!
//! Comes in: the engine's progress. Goes out: lines with the time since this process began.
//! Never: an error that stops a run; a watcher who left is no reason to leave a resource half-way.

use std::io::Write;
use std::time::Duration;

use engine::{Document, Progress, plain};
use serde_json::Value;

/// Longer sights are cut: what a wait saw may be a whole answer.
const LONGEST_SIGHT: usize = 100;

/// Writes progress to `W`.
pub(super) struct Watch<W, C> {
    out: W,
    /// Time since the beginning.
    elapsed: C,
    /// Width of the longest step name.
    width: usize,
    current: Option<Current>,
}

/// The step that is running.
struct Current {
    step: String,
    begun: Duration,
    seen: Option<Value>,
}

impl<W: Write, C: Fn() -> Duration> Watch<W, C> {
    pub(super) fn new(out: W, document: &Document, elapsed: C) -> Self {
        let width = document.all_steps().iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
        Self { out, elapsed, width, current: None }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        match progress {
            Progress::StepStarted { step, action, attempt } => self.started(step, action, *attempt),
            Progress::StepPolled { step, seen } => self.polled(step, seen),
            Progress::StepPrinted { step, text } => text.lines().for_each(|line| self.line(step, "printed", line)),
            Progress::StepWaiting { step, .. } => self.line(step, "waiting", "for a person"),
            Progress::IterationStarted { step, iteration, value } => {
                self.iteration(step, *iteration, value.as_ref());
            }
            Progress::StepEnded { step, status, message, replayed, .. } => {
                let status = status.to_string();
                self.ended(step, &status, message.as_deref(), *replayed);
            }
            Progress::Warning { step, message } => self.line(step.as_deref().unwrap_or_default(), "warning", message),
        }
    }

    fn started(&mut self, step: &str, action: &str, attempt: u32) {
        self.current(step);
        match attempt {
            1 => self.line(step, "started", action),
            _ => self.line(step, &format!("attempt {attempt}"), action),
        }
    }

    /// A wait looks many times; a person wants to know what changed.
    fn polled(&mut self, step: &str, seen: &Value) {
        let current = self.current(step);
        if current.seen.as_ref() != Some(seen) {
            current.seen = Some(seen.clone());
            self.line(step, "saw", &sight(seen));
        }
    }

    fn iteration(&mut self, step: &str, iteration: u32, value: Option<&Value>) {
        let detail = value.map(sight).unwrap_or_default();
        self.line(step, &format!("round {iteration}"), &detail);
    }

    fn ended(&mut self, step: &str, status: &str, message: Option<&str>, replayed: bool) {
        let begun = self.current.take().filter(|current| current.step == step).map(|current| current.begun);
        if replayed {
            return self.write("before", step, status, message.unwrap_or_default());
        }
        let took = begun.map(|begun| seconds((self.elapsed)().saturating_sub(begun))).unwrap_or_default();
        let detail = message.map_or_else(|| took.clone(), |message| format!("{took}  {message}"));
        self.line(step, status, detail.trim());
    }

    /// The running step; one that began in another process is taken up here.
    fn current(&mut self, step: &str) -> &mut Current {
        let same = self.current.take().filter(|current| current.step == step);
        let begun = (self.elapsed)();
        self.current.insert(same.unwrap_or_else(|| Current { step: step.to_owned(), begun, seen: None }))
    }

    fn line(&mut self, step: &str, what: &str, detail: &str) {
        let time = seconds((self.elapsed)());
        self.write(&time, step, what, detail);
    }

    fn write(&mut self, time: &str, step: &str, what: &str, detail: &str) {
        let (step, what, detail) = (plain(step), plain(what), plain(detail));
        let line = format!("{time:>9}  {step:width$}  {what:9}  {detail}", width = self.width);
        let _ = writeln!(self.out, "{}", line.trim_end());
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn sight(seen: &Value) -> String {
    let text = match seen {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST_SIGHT) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use engine::StepStatus;
    use serde_json::json;

    use super::*;

    fn shown(events: &[Progress]) -> String {
        let text = "schemaVersion: '0.3'\nmainSteps:\n  - {name: stopInstance, action: 'aws:sleep', inputs: {Duration: PT1S}}\n";
        let document = engine::parse(text, "a.yaml").unwrap();
        let clock = Cell::new(0);
        let mut out = Vec::new();
        let mut watch = Watch::new(&mut out, &document, || {
            clock.set(clock.get() + 300);
            Duration::from_millis(clock.get())
        });
        events.iter().for_each(|event| watch.show(event));
        String::from_utf8(out).unwrap()
    }

    fn started(attempt: u32) -> Progress {
        Progress::StepStarted { step: "stopInstance".into(), action: "aws:changeInstanceState".into(), attempt }
    }

    fn saw(seen: Value) -> Progress {
        Progress::StepPolled { step: "stopInstance".into(), seen }
    }

    fn ended(step: &str, status: StepStatus, message: Option<&str>, replayed: bool) -> Progress {
        let message = message.map(str::to_owned);
        Progress::StepEnded { step: step.into(), action: "aws:sleep".into(), status, message, replayed }
    }

    #[test]
    fn a_step_is_told_from_its_start_to_its_end_and_the_same_sight_once() {
        let warning = Progress::Warning { step: Some("stopInstance".into()), message: "looking again".into() };
        insta::assert_snapshot!(shown(&[
            ended("assertType", StepStatus::Success, None, true),
            started(1),
            saw(json!(["running"])),
            saw(json!(["running"])),
            saw(json!(["stopping"])),
            warning,
            started(2),
            ended("stopInstance", StepStatus::Failed, Some("not done after 900 s"), false),
        ]));
    }

    #[test]
    fn a_step_that_began_in_another_process_is_taken_up_where_it_is() {
        let text = shown(&[saw(json!(null)), ended("stopInstance", StepStatus::Success, None, false)]);
        assert!(text.contains("saw        nothing"), "{text}");
        assert!(text.contains("Success    "), "{text}");
    }

    #[test]
    fn a_long_sight_is_cut_between_letters() {
        let text = sight(&json!("ü".repeat(200)));
        assert_eq!(text, format!("{}...", "ü".repeat(LONGEST_SIGHT)));
    }
}
