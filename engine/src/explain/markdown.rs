//! An explanation for people, as Markdown.
//!
//! Comes in: an explanation. Goes out: a page that reads well as plain text too.
//! Never: a section with nothing in it.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{count, list, time};
use super::{ExplainedStep, Explanation, Longest, Part};

impl Explanation {
    /// The page.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut page = format!("# {}\n\n", self.document);
        if let Some(purpose) = &self.purpose {
            page.push_str(&format!("{}\n\n", quoted(purpose)));
        }
        page.push_str(&section("In short", &self.in_short()));
        page.push_str(&section("Parameters", &self.parameter_lines()));
        page.push_str(&section(
            "Variables",
            &lines(&self.variables.iter().map(|line| format!("{line}.")).collect::<Vec<_>>()),
        ));
        page.push_str(&self.steps_of(Part::Forward, "Step by step", PLAIN));
        page.push_str(&self.steps_of(Part::WayBack, "After a failure or a cancellation", ""));
        page.push_str(&self.steps_of(Part::Never, "Never reached", ""));
        page.push_str(&section("What it gives", &lines(&self.outputs)));
        page.trim_end().to_owned()
    }

    fn in_short(&self) -> String {
        let changes = &self.changes;
        let mut points = Vec::new();
        points.push(match (changes.writes.is_empty(), changes.unseen.is_empty()) {
            (false, _) => format!("Changes, by {}.", calls(&changes.writes)),
            (true, true) => "Changes nothing.".to_owned(),
            (true, false) => "Changes nothing by calls of its own.".to_owned(),
        });
        if !changes.reads.is_empty() {
            points.push(format!("Reads, by {}.", calls(&changes.reads)));
        }
        if !changes.unseen.is_empty() {
            points.push(format!("What {} cannot be seen from here.", of_steps(&changes.unseen, "does", "do")));
        }
        if !changes.final_steps.is_empty() {
            let said = changes.final_steps.iter().map(|(step, effect)| format!("{step} {effect}"));
            points.push(format!("Cannot be undone: {}.", list(&said.collect::<Vec<_>>(), "and")));
        }
        if !changes.without_way_back.is_empty() {
            points.push(format!("If {}, nothing is put back.", of_steps(&changes.without_way_back, "fails", "fail")));
        }
        if !self.asks_people.is_empty() {
            points.push(format!("Waits for people at {}.", list(&self.asks_people, "and")));
        }
        points.push(longest(&self.longest));
        if let Some(role) = &self.role {
            points.push(format!("On SSM Automation it runs as {role}."));
        }
        if !self.files.is_empty() {
            points.push(format!("Has the attached files {}.", list(&self.files, "and")));
        }
        lines(&points)
    }

    fn parameter_lines(&self) -> String {
        let line = |parameter: &super::ExplainedParameter| {
            let needed = if parameter.required { "required" } else { "optional" };
            format!("**{}** ({}, {needed}). {}", parameter.name, parameter.r#type, parameter.sentence)
                .trim_end()
                .to_owned()
        };
        lines(&self.parameters.iter().map(line).collect::<Vec<_>>())
    }

    fn steps_of(&self, part: Part, title: &str, before: &str) -> String {
        let mut text = String::new();
        for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| step.part == part) {
            write_step(&mut text, step, &(index + 1).to_string(), 0);
        }
        if text.is_empty() {
            return text;
        }
        let before = if before.is_empty() { String::new() } else { format!("{before}\n\n") };
        section(title, &format!("{before}{text}"))
    }
}

/// The plain case, said once.
const PLAIN: &str = "Unless a step says otherwise, the next one follows, and a failure or a cancellation ends the run.";

/// Recursion is bounded by the document's nesting limit.
fn write_step(text: &mut String, step: &ExplainedStep, number: &str, depth: usize) {
    let indent = "    ".repeat(depth);
    let more = step.more.iter().map(|sentence| format!(" {sentence}")).collect::<String>();
    text.push_str(&format!("{indent}{number}. **{}**: {}{more}\n", step.name, step.sentence));
    if let Some(note) = &step.note {
        text.push_str(&format!("{indent}    *{}*\n", note.replace('*', "\\*")));
    }
    for point in step.choices.iter().chain(&step.on_failure).chain(&step.on_cancel) {
        text.push_str(&format!("{indent}    - {point}\n"));
    }
    for (index, inner) in step.steps.iter().enumerate() {
        write_step(text, inner, &(index + 1).to_string(), depth + 1);
    }
}

fn section(title: &str, text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!("## {title}\n\n{}\n\n", text.trim_end()) }
}

fn lines(points: &[String]) -> String {
    points.iter().map(|point| format!("- {point}\n")).collect()
}

/// The author's own words; headings in them must not become ours.
fn quoted(text: &str) -> String {
    let text = text.trim();
    if !text.lines().any(|line| line.trim_start().starts_with('#')) {
        return text.to_owned();
    }
    text.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// `ec2: ModifyInstanceAttribute, StopInstances; s3: PutObject`.
fn calls(by_service: &BTreeMap<String, BTreeSet<String>>) -> String {
    let of = |(service, apis): (&String, &BTreeSet<String>)| {
        format!("{service}: {}", apis.iter().cloned().collect::<Vec<_>>().join(", "))
    };
    by_service.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// `the step a does`, `the steps a and b do`.
fn of_steps(names: &[String], one: &str, many: &str) -> String {
    match names {
        [name] => format!("the step {name} {one}"),
        names if names.len() > 6 => {
            format!("{} ({} and others) {many}", count(names.len() as u64, "step"), names[..3].join(", "))
        }
        names => format!("the steps {} {many}", list(names, "and")),
    }
}

/// Hours do not come with seconds; rounded up, because it is a limit.
fn roughly(seconds: u64) -> String {
    time(if seconds > 3600 { seconds.div_ceil(60) * 60 } else { seconds })
}

fn longest(longest: &Longest) -> String {
    let mut text = format!("Takes at most {} by its time-outs", roughly(longest.seconds));
    if longest.with_failures > longest.seconds {
        text.push_str(&format!(", or {} with the ways after failures", roughly(longest.with_failures)));
    }
    if !longest.unbounded.is_empty() {
        text.push_str(&format!("; {} without a limit", of_steps(&longest.unbounded, "is", "are")));
    }
    text.push('.');
    text
}
