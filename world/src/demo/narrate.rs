//! Turns what the functions say of themselves into what a person reads.
//!
//! Comes in: log lines in order. Goes out: lines for the screen, with times since the event.
//! Never: words about what was not said; nothing is made up between two lines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::line::Line;
use super::screen::{Style, Told};

/// Remembers which executions were seen, which steps are under way, and what was told.
#[derive(Debug)]
pub(crate) struct Narrator {
    since: Timestamp,
    executions: Vec<String>,
    /// When a step of an execution was begun first.
    begun: BTreeMap<(String, String), Timestamp>,
    /// What was told: a second delivery that says the same, and a look that sees the same, tell nothing new.
    told: BTreeSet<(String, String)>,
}

/// Guards say no in the words that the outcome repeats, right after.
const NO: &str = " says no: ";

impl Narrator {
    /// Times are told from `since` on.
    pub(crate) fn new(since: Timestamp) -> Self {
        Self { since, executions: Vec::new(), begun: BTreeMap::new(), told: BTreeSet::new() }
    }

    /// The line for the screen, if there is something new to show.
    pub(crate) fn tell(&mut self, line: &Line) -> Option<Told> {
        let number = self.number(&line.execution);
        let text = match line.phase.as_str() {
            "step" => self.step(line)?,
            "guard" if line.message.contains(NO) => return None,
            _ => self.with_numbers(&line.message),
        };
        let new = self.told.insert(key(line, &text));
        new.then(|| Told {
            at: seconds(self.since, line.timestamp),
            execution: Some(number),
            phase: line.phase.clone(),
            text,
            style: style(line),
        })
    }

    /// Executions under their numbers here instead of their ids.
    fn with_numbers(&self, text: &str) -> String {
        let numbered = self.executions.iter().enumerate();
        numbered.fold(text.to_owned(), |text, (index, id)| text.replace(id, &format!("#{}", index + 1)))
    }

    fn number(&mut self, execution: &str) -> usize {
        let known = self.executions.iter().position(|known| known == execution);
        known.map_or_else(
            || {
                self.executions.push(execution.to_owned());
                self.executions.len()
            },
            |index| index + 1,
        )
    }

    /// A step is told when it ends, with how long it took from its first begin, and why it failed.
    fn step(&mut self, line: &Line) -> Option<String> {
        let step = line.step.clone()?;
        let key = (line.execution.clone(), step.clone());
        let Some(status) = &line.status else {
            self.begun.entry(key).or_insert(line.timestamp);
            return None;
        };
        let took = self.begun.remove(&key).map_or(0.0, |begun| seconds(begun, line.timestamp));
        let why = if line.message.is_empty() { String::new() } else { format!("\n{}", line.message) };
        Some(format!("{step:<26} {:<8} {took:>5.2} s{why}", status.to_lowercase()))
    }
}

/// What makes a line the same as another: in the phases before a run every delivery says what the first one said; later
/// each execution speaks for itself.
fn key(line: &Line, text: &str) -> (String, String) {
    let shared = matches!(line.phase.as_str(), "incident" | "decision" | "guard");
    let who = if shared { String::new() } else { line.execution.clone() };
    (who, format!("{} {text}", line.phase))
}

fn style(line: &Line) -> Style {
    let status = line.status.as_deref().unwrap_or_default();
    match (line.phase.as_str(), status) {
        ("step", "Success" | "Exited") => Style::Plain,
        ("step", _) => Style::Bad,
        ("outcome", "Remediated") => Style::Gold,
        ("outcome", "AlreadyHealthy" | "Refused" | "Planned") => Style::Bold,
        ("outcome", _) => Style::Bad,
        ("decision", _) => Style::Bold,
        _ => Style::Plain,
    }
}

/// Seconds from one time to another.
pub(crate) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(second: u32, fields: Value) -> Line {
        let mut line =
            json!({"timestamp": format!("2026-11-22T10:00:{second:02}Z"), "target": "kintsugi", "execution": "e"});
        line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Line::read(&line.to_string()).unwrap()
    }

    fn narrator() -> Narrator {
        Narrator::new("2026-11-22T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_step_is_told_once_at_its_end_with_the_time_from_its_first_begin() {
        let mut narrator = narrator();
        let step = |second, status: Option<&str>| {
            line(second, json!({"phase": "step", "step": "stopInstance", "status": status, "message": ""}))
        };
        assert_eq!(narrator.tell(&step(1, None)), None);
        assert_eq!(narrator.tell(&step(2, None)), None);
        let told = narrator.tell(&step(4, Some("Success"))).unwrap();
        assert_eq!((told.at, told.execution), (4.0, Some(1)));
        assert_eq!(told.text, format!("{:<26} success   3.00 s", "stopInstance"));
    }

    #[test]
    fn deliveries_that_say_the_same_are_told_once_until_they_end_differently() {
        let mut narrator = narrator();
        let said = |execution: &str, phase: &str, message: &str| {
            line(1, json!({"phase": phase, "message": message, "execution": execution}))
        };
        let (one, two) = ("1d/0", "2d/0");
        let lines = [
            said(one, "incident", "alarm"),
            said(two, "incident", "alarm"),
            said(two, "guard", "duplicate says no: 1d/0 is dealing with it"),
            said(two, "outcome", "refused by duplicate: 1d/0 is dealing with it"),
            said(one, "outcome", "put right"),
        ];
        let told: Vec<_> = lines.iter().filter_map(|line| narrator.tell(line)).collect();
        let told: Vec<_> = told.iter().map(|told| (told.execution.unwrap(), told.text.as_str())).collect();
        assert_eq!(told, [(1, "alarm"), (2, "refused by duplicate: #1 is dealing with it"), (1, "put right")]);
    }

    #[test]
    fn a_step_that_fails_says_why_below() {
        let mut narrator = narrator();
        let failed = json!({"phase": "step", "step": "startInstance", "status": "Failed", "message": "no capacity"});
        let told = narrator.tell(&line(1, failed)).unwrap();
        assert!(told.text.ends_with("0.00 s\nno capacity"), "{}", told.text);
    }

    #[test]
    fn executions_are_numbered_in_the_order_they_speak() {
        let mut narrator = narrator();
        let said = |execution: &str| line(1, json!({"phase": "outcome", "message": execution, "execution": execution}));
        let numbers: Vec<_> = ["x", "y", "x"].iter().filter_map(|e| narrator.tell(&said(e))?.execution).collect();
        assert_eq!(numbers, [1, 2]);
    }

    #[test]
    fn a_look_that_sees_the_same_again_is_not_told_again() {
        let mut narrator = narrator();
        let look = |second, seen| line(second, json!({"phase": "verify", "message": seen}));
        let told = [look(1, "ALARM"), look(2, "ALARM"), look(3, "OK")];
        let texts: Vec<_> = told.iter().filter_map(|line| narrator.tell(line)).map(|told| told.text).collect();
        assert_eq!(texts, ["ALARM", "OK"]);
    }
}
