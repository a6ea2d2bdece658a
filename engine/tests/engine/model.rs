//! The interpreter against a naive one, on generated documents with loops, branches, variables, failures and ends:
//! same steps, same attempts, same values, same status.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::{Execution, ExecutionStatus, FaultKind, StepStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::host::{Scripted, fault};

/// A step of a generated document.
#[derive(Debug, Clone)]
struct Step {
    does: Does,
    attempts: u32,
    next: Option<Way>,
    end: bool,
    on_failure: OnFailure,
    critical: Option<bool>,
}

#[derive(Debug, Clone)]
enum Does {
    /// A call, so many of whose attempts fail each time.
    Call(u32),
    /// A branch that goes this way if the counter has at least this value.
    Branch(i64, Way),
    /// Adds its text to the variable.
    Note,
    /// A loop over so many items, or while the variable is shorter than so many characters, at most five times.
    Loop(Vec<Step>, Rounds),
}

#[derive(Debug, Clone, Copy)]
enum Rounds {
    Items(usize),
    While(usize),
}

/// A later step, counted from the next one, of the same list; or out of the loop to one of the list around.
#[derive(Debug, Clone, Copy)]
struct Way {
    offset: usize,
    out: bool,
}

#[derive(Debug, Clone, Copy)]
enum OnFailure {
    Abort,
    Continue,
    Step(Way),
}

fn way() -> impl Strategy<Value = Way> {
    (0_usize..4, prop::bool::weighted(0.3)).prop_map(|(offset, out)| Way { offset, out })
}

fn leaf() -> impl Strategy<Value = Does> {
    prop_oneof![
        4 => (0_u32..4).prop_map(Does::Call),
        2 => (0_i64..4, way()).prop_map(|(least, way)| Does::Branch(least, way)),
        2 => Just(Does::Note),
    ]
}

fn step(does: impl Strategy<Value = Does>) -> impl Strategy<Value = Step> {
    let on_failure = prop_oneof![
        2 => Just(OnFailure::Abort),
        2 => Just(OnFailure::Continue),
        3 => way().prop_map(OnFailure::Step)
    ];
    let ends = (prop::option::of(way()), prop::bool::weighted(0.3));
    (does, 1_u32..4, ends, on_failure, prop::option::of(any::<bool>())).prop_map(
        // nextStep and isEnd exclude each other.
        |(does, attempts, (next, end), on_failure, critical)| Step {
            does,
            attempts,
            end: end && next.is_none(),
            next,
            on_failure,
            critical,
        },
    )
}

fn document() -> impl Strategy<Value = Vec<Step>> {
    let rounds = || prop_oneof![(0_usize..4).prop_map(Rounds::Items), (0_usize..8).prop_map(Rounds::While)];
    let inner = (prop::collection::vec(step(leaf()), 1..4), rounds());
    let inner = inner.prop_map(|(body, rounds)| Does::Loop(body, rounds));
    let middle = prop_oneof![4 => leaf(), 1 => inner];
    let outer = (prop::collection::vec(step(middle), 1..5), rounds());
    let outer = outer.prop_map(|(body, rounds)| Does::Loop(body, rounds));
    prop::collection::vec(step(prop_oneof![3 => leaf(), 1 => outer]), 1..7)
}

/// A list of steps with names: `s2`, in its body `s2_1`, and the lists around it.
struct Place<'a> {
    steps: &'a [Step],
    name: String,
    around: Option<(&'a Place<'a>, usize)>,
}

impl Place<'_> {
    fn step(&self, index: usize) -> String {
        format!("{}{index}", self.name)
    }

    /// Where a way leads; jumps go forward only, which is why there are no circles.
    fn target(&self, index: usize, way: Way) -> Option<String> {
        if let (true, Some((around, at))) = (way.out, self.around) {
            return around.target(at, Way { out: false, ..way });
        }
        (index + 1 < self.steps.len()).then(|| self.step((index + 1 + way.offset).min(self.steps.len() - 1)))
    }

    fn next(&self, index: usize) -> Option<String> {
        (index + 1 < self.steps.len()).then(|| self.step(index + 1))
    }

    fn position(&self, name: &str) -> Option<usize> {
        (0..self.steps.len()).find(|index| self.step(*index) == name)
    }

    fn body(&self, index: usize) -> (&[Step], String) {
        match &self.steps[index].does {
            Does::Loop(body, _) => (body, format!("{}_", self.step(index))),
            _ => (&[], String::new()),
        }
    }
}

fn text(steps: &[Step]) -> String {
    let head =
        "variables:\n  V: {type: String, default: ''}\n  N: {type: Integer, default: 2}\nmainSteps:\n".to_owned();
    let mut text = head;
    write_list(&Place { steps, name: "s".into(), around: None }, 0, &mut text);
    text
}

fn write_list(place: &Place<'_>, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    for (index, step) in place.steps.iter().enumerate() {
        let name = place.step(index);
        writeln!(text, "{pad}- name: {name}").unwrap();
        write_does(place, index, &pad, text);
        if !matches!(step.does, Does::Loop(..)) {
            writeln!(text, "{pad}  maxAttempts: {}", step.attempts).unwrap();
        }
        writeln!(text, "{pad}  isEnd: {}", step.end).unwrap();
        if let Some(to) = step.next.and_then(|way| place.target(index, way)) {
            writeln!(text, "{pad}  nextStep: {to}").unwrap();
        }
        match step.on_failure {
            OnFailure::Abort => {}
            OnFailure::Continue => writeln!(text, "{pad}  onFailure: Continue").unwrap(),
            OnFailure::Step(way) => {
                if let Some(to) = place.target(index, way) {
                    writeln!(text, "{pad}  onFailure: step:{to}").unwrap();
                }
            }
        }
        if let Some(critical) = step.critical {
            writeln!(text, "{pad}  isCritical: {critical}").unwrap();
        }
    }
}

fn write_does(place: &Place<'_>, index: usize, pad: &str, text: &mut String) {
    let name = place.step(index);
    match &place.steps[index].does {
        Does::Branch(least, way) => match place.target(index, *way) {
            Some(to) => {
                let choice =
                    format!("{{NextStep: {to}, Variable: '{{{{ variable:N }}}}', NumericGreaterOrEquals: {least}}}");
                writeln!(text, "{pad}  action: aws:branch\n{pad}  inputs: {{Choices: [{choice}]}}").unwrap();
            }
            None => write_note(&name, pad, text),
        },
        Does::Call(_) => {
            let inputs = format!("{{Service: s3, Api: Put{name}, V: '{{{{ variable:V }}}}'}}");
            writeln!(text, "{pad}  action: aws:executeAwsApi\n{pad}  inputs: {inputs}").unwrap();
        }
        Does::Note => write_note(&name, pad, text),
        Does::Loop(body, rounds) => {
            writeln!(text, "{pad}  action: aws:loop\n{pad}  inputs:").unwrap();
            match rounds {
                Rounds::Items(count) => {
                    let items: Vec<String> = (1..=*count).map(|item| format!("'{item}'")).collect();
                    writeln!(text, "{pad}    Iterators: [{}]", items.join(", ")).unwrap();
                }
                Rounds::While(length) => {
                    let least = "x".repeat(*length);
                    let condition = format!("{{Not: {{Variable: '{{{{ variable:V }}}}', StartsWith: '{least}'}}}}");
                    writeln!(text, "{pad}    LoopCondition: {condition}\n{pad}    MaxIterations: 5").unwrap();
                }
            }
            writeln!(text, "{pad}    Steps:").unwrap();
            let around = Some((place, index));
            let inner = Place { steps: body, name: format!("{name}_"), around };
            write_list(&inner, pad.len() + 6, text);
        }
    }
}

fn write_note(_: &str, pad: &str, text: &mut String) {
    let inputs = "{Name: 'variable:V', Value: 'x{{ variable:V }}'}";
    writeln!(text, "{pad}  action: aws:updateVariable\n{pad}  inputs: {inputs}").unwrap();
}

/// Step, iteration of the loop around it, attempts, success.
type Visited = (String, Option<u32>, u32, bool);

/// What a naive reader of the rules does with a document.
#[derive(Default)]
struct Model {
    /// A loop is there when it ends.
    visited: Vec<Visited>,
    variable: String,
    calls: BTreeMap<String, u32>,
    /// What each call saw of the variable.
    seen: Vec<String>,
    failed: bool,
}

/// How a list ends.
enum Out {
    End,
    Abort,
    To(String),
}

impl Model {
    fn run(steps: &[Step]) -> Self {
        let mut model = Self::default();
        model.list(&Place { steps, name: "s".into(), around: None }, None);
        model
    }

    fn list(&mut self, place: &Place<'_>, iteration: Option<u32>) -> Out {
        let mut index = 0;
        loop {
            let to = match self.step(place, index, iteration) {
                Out::To(to) => to,
                other => return other,
            };
            match place.position(&to) {
                Some(found) => index = found,
                None => return Out::To(to),
            }
        }
    }

    fn step(&mut self, place: &Place<'_>, index: usize, iteration: Option<u32>) -> Out {
        let step = &place.steps[index];
        let name = place.step(index);
        let in_order = match step.end {
            true => None,
            false => step.next.and_then(|way| place.target(index, way)).or_else(|| place.next(index)),
        };
        let in_order = || in_order.clone().map_or(Out::End, Out::To);
        match &step.does {
            Does::Branch(least, way) if place.target(index, *way).is_some() => {
                self.visited.push((name, iteration, 1, true));
                if 2 >= *least { place.target(index, *way).map_or(Out::End, Out::To) } else { in_order() }
            }
            Does::Branch(..) | Does::Note => {
                self.variable = format!("x{}", self.variable);
                self.visited.push((name, iteration, 1, true));
                in_order()
            }
            Does::Call(fails) => {
                // The script of failures is used up by the first visits.
                let done = *self.calls.get(&name).unwrap_or(&0);
                let left = fails.saturating_sub(done);
                let attempts = step.attempts.min(left + 1);
                self.calls.insert(name.clone(), done + attempts);
                self.seen.extend((0..attempts).map(|_| self.variable.clone()));
                let succeeds = left < step.attempts;
                self.visited.push((name, iteration, attempts, succeeds));
                if succeeds { in_order() } else { self.failure(place, index, in_order) }
            }
            Does::Loop(_, rounds) => match self.rounds(place, index, *rounds) {
                Out::End => {
                    self.visited.push((name, iteration, 1, true));
                    in_order()
                }
                other => {
                    self.visited.push((name, iteration, 1, false));
                    other
                }
            },
        }
    }

    fn rounds(&mut self, place: &Place<'_>, index: usize, rounds: Rounds) -> Out {
        let most = match rounds {
            Rounds::Items(count) => u32::try_from(count).unwrap(),
            Rounds::While(_) => 5,
        };
        let (steps, name) = place.body(index);
        for round in 1..=most {
            let body = Place { steps, name: name.clone(), around: Some((place, index)) };
            match self.list(&body, Some(round)) {
                Out::End => {}
                other => return other,
            }
            if matches!(rounds, Rounds::While(length) if self.variable.len() >= length) {
                break;
            }
        }
        Out::End
    }

    fn failure(&mut self, place: &Place<'_>, index: usize, in_order: impl Fn() -> Out) -> Out {
        let step = &place.steps[index];
        let jump = match step.on_failure {
            OnFailure::Step(way) => place.target(index, way),
            OnFailure::Abort | OnFailure::Continue => None,
        };
        let continues = matches!(step.on_failure, OnFailure::Continue);
        let aborts = !continues && jump.is_none();
        self.failed |= aborts || step.critical.unwrap_or(!continues);
        match jump {
            _ if aborts => Out::Abort,
            Some(to) => Out::To(to),
            None => in_order(),
        }
    }

    fn status(&self) -> ExecutionStatus {
        if self.failed { ExecutionStatus::Failed } else { ExecutionStatus::Success }
    }
}

fn host(place: &Place<'_>, mut host: Scripted) -> Scripted {
    for (index, step) in place.steps.iter().enumerate() {
        let name = place.step(index);
        match &step.does {
            Does::Call(fails) => {
                let refused = (0..*fails).map(|_| fault(FaultKind::Refused, "No"));
                host = host.answers(&format!("Put{name}"), refused).always(&format!("Put{name}"), Ok(json!({})));
            }
            Does::Loop(body, _) => {
                let inner = Place { steps: body, name: format!("{name}_"), around: None };
                host = self::host(&inner, host);
            }
            Does::Branch(..) | Does::Note => {}
        }
    }
    host
}

/// The record's steps as the model has them: a loop after what it did.
fn visited(execution: &Execution) -> Vec<Visited> {
    let mut list = Vec::new();
    let mut loops: Vec<(String, Visited)> = Vec::new();
    for step in execution.steps.iter().filter(|step| step.status != StepStatus::Pending) {
        while let Some((name, _)) = loops.last() {
            if step.name.starts_with(&format!("{name}_")) {
                break;
            }
            list.extend(loops.pop().map(|(_, entry)| entry));
        }
        let iteration = step.parent.as_ref().map(|parent| parent.iteration);
        let entry = (step.name.clone(), iteration, step.attempts, step.status == StepStatus::Success);
        if step.action == "aws:loop" {
            loops.push((step.name.clone(), entry));
        } else {
            list.push(entry);
        }
    }
    list.extend(loops.into_iter().rev().map(|(_, entry)| entry));
    list
}

fn count(steps: &[Step]) -> usize {
    steps.iter().map(|step| 1 + if let Does::Loop(body, _) = &step.does { count(body) } else { 0 }).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_interpreter_does_what_the_model_does(steps in document()) {
        let host = host(&Place { steps: &steps, name: "s".into(), around: None }, Scripted::new());
        let text = text(&steps);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let execution = runtime.block_on(crate::host::run(&text, &host));
        let model = Model::run(&steps);
        prop_assert_eq!(visited(&execution), model.visited.clone(), "{}", &text);
        prop_assert_eq!(execution.status, model.status(), "{}", &text);
        prop_assert_eq!(execution.failure.is_some(), execution.status == ExecutionStatus::Failed);
        let names: std::collections::BTreeSet<&str> = execution.steps.iter().map(|step| step.name.as_str()).collect();
        prop_assert_eq!(names.len(), count(&steps), "every step has a record");
        let seen: Vec<Value> = host.calls().iter().map(|call| call.input["V"].clone()).collect();
        prop_assert_eq!(json!(seen), json!(model.seen), "{}", &text);
        let mut calls: BTreeMap<String, u32> = BTreeMap::new();
        for api in host.apis() {
            *calls.entry(api["Put".len()..].to_owned()).or_default() += 1;
        }
        prop_assert_eq!(calls, model.calls);
        if let Err(illegal) = crate::states::check(&execution, &host.told()) {
            prop_assert!(false, "{}\n{}", illegal, &text);
        }
    }
}
