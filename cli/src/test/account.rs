//! The fake account: it remembers a state, and answers calls as the case says.
//!
//! Comes in: calls of a run, and the time. Goes out: answers and faults; every call that was made.
//! Never: an answer the case does not have, a wall clock, or anything that differs from run to run.

use engine::{ApiCall, CallFault, FaultKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::catalog::{Catalog, Operation};
use super::compare::{brief, missing};
use super::file::{Answer, Case};
use super::template::{Known, fill, fill_map};

/// Codes by which AWS asks to slow down, whatever the service.
const THROTTLES: [&str; 8] = [
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Beginnings of codes by which AWS says that permissions are the problem.
const DENIALS: [&str; 3] = ["AccessDenied", "UnauthorizedOperation", "UnrecognizedClient"];

/// A call that was made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    pub(super) operation: Operation,
    pub(super) input: Value,
    pub(super) write: bool,
}

/// An account that exists for one case.
pub(super) struct Account {
    catalog: Catalog,
    parameters: Map<String, Value>,
    answers: Vec<Prepared>,
    pub(super) now: Timestamp,
    pub(super) state: Map<String, Value>,
    due: Vec<(Timestamp, Map<String, Value>)>,
    pub(super) made: Vec<Made>,
}

/// An answer, with how often it was given.
struct Prepared {
    answer: Answer,
    operation: Operation,
    given: u32,
}

/// Something is wrong with the case, not with the runbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotSaid(pub(super) String);

impl Account {
    /// # Errors
    /// An answer to a call that AWS does not have.
    pub(super) fn new(case: &Case, catalog: Catalog, now: Timestamp) -> Result<Self, NotSaid> {
        let mut answers = Vec::new();
        for answer in &case.answers {
            let (service, api) = answer.call.split_once(':').unwrap_or((&answer.call, ""));
            let operation = catalog.operation(service, api);
            let operation = operation.map_err(|error| NotSaid(format!("the answer to {}: {error}", answer.call)))?;
            answers.push(Prepared { answer: answer.clone(), operation, given: 0 });
        }
        let (parameters, state) = (case.parameters.clone(), case.state.clone());
        Ok(Self { catalog, parameters, answers, now, state, due: Vec::new(), made: Vec::new() })
    }

    /// Time passes.
    pub(super) fn pass(&mut self, seconds: u64) {
        let pause = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.until(self.now.checked_add(pause).unwrap_or(Timestamp::MAX));
    }

    /// Time passes until then; what became due on the way has happened.
    pub(super) fn until(&mut self, then: Timestamp) {
        self.now = self.now.max(then);
        let mut due = std::mem::take(&mut self.due);
        due.sort_by_key(|(at, _)| *at);
        for (at, set) in due {
            if at <= self.now { self.state.extend(set) } else { self.due.push((at, set)) }
        }
    }

    /// Answers one call.
    pub(super) fn call(&mut self, call: &ApiCall) -> Result<Result<Value, CallFault>, NotSaid> {
        let operation = match self.catalog.operation(&call.service, &call.api) {
            Ok(operation) => operation,
            Err(error) => return Ok(Err(not_sent(call, error.to_string()))),
        };
        if let Some(refusal) = self.catalog.refuses(&operation, &call.input) {
            return Ok(Err(not_sent(call, refusal)));
        }
        let write = !self.catalog.is_read(&operation.service, &operation.api);
        self.made.push(Made { operation: operation.clone(), input: call.input.clone(), write });
        let fitting = self.answers.iter().position(|prepared| self.fits(prepared, &operation, &call.input));
        let Some(index) = fitting else { return Err(NotSaid(self.no_answer(&operation, &call.input))) };
        self.answers[index].given += 1;
        let answer = self.answers[index].answer.clone();
        self.pass(answer.takes);
        self.give(&answer, &operation, call)
    }

    fn fits(&self, prepared: &Prepared, operation: &Operation, input: &Value) -> bool {
        let Prepared { answer, operation: of, given } = prepared;
        of == operation
            && answer.times.is_none_or(|times| *given < times)
            && self.unlike(answer, input).is_empty()
            && missing(&Value::Object(self.filled(&answer.when, input)), &Value::Object(self.state.clone())).is_empty()
    }

    /// Where a call's input is not what an answer is for.
    fn unlike(&self, answer: &Answer, input: &Value) -> Vec<String> {
        answer.input.as_ref().map_or_else(Vec::new, |wanted| missing(&self.fill(wanted, input), input))
    }

    fn give(
        &mut self,
        answer: &Answer,
        operation: &Operation,
        call: &ApiCall,
    ) -> Result<Result<Value, CallFault>, NotSaid> {
        if let Some(code) = &answer.error {
            return Ok(Err(fault(answer, operation, code)));
        }
        let said = self.fill(answer.answer.as_ref().unwrap_or(&json!({})), &call.input);
        let impossible = self.catalog.impossible(operation, &said);
        if !impossible.is_empty() {
            return Err(NotSaid(format!("AWS does not answer {operation} so: {}", impossible.join("; "))));
        }
        self.set(self.filled(&answer.set, &call.input));
        for later in &answer.later {
            let pause = SignedDuration::from_secs(i64::try_from(later.after).unwrap_or(i64::MAX));
            self.due
                .push((self.now.checked_add(pause).unwrap_or(Timestamp::MAX), self.filled(&later.set, &call.input)));
        }
        if !answer.lost {
            return Ok(Ok(said));
        }
        // The caller waits as long as it may.
        self.pass(call.timeout.map_or(0, |timeout| timeout.as_secs()));
        let message = format!("{operation} was carried out, but its answer was lost");
        Ok(Err(CallFault {
            kind: FaultKind::NoAnswer,
            code: "NoAnswer".into(),
            message,
            ..not_sent(call, String::new())
        }))
    }

    /// Changes the state; what was still to come for the same names is overtaken.
    fn set(&mut self, set: Map<String, Value>) {
        for (_, due) in &mut self.due {
            due.retain(|name, _| !set.contains_key(name));
        }
        self.state.extend(set);
    }

    fn fill(&self, value: &Value, input: &Value) -> Value {
        fill(value, &Known { parameters: &self.parameters, state: &self.state, input })
    }

    fn filled(&self, map: &Map<String, Value>, input: &Value) -> Map<String, Value> {
        fill_map(map, &Known { parameters: &self.parameters, state: &self.state, input })
    }

    /// Why no answer fits, with those that nearly do.
    fn no_answer(&self, operation: &Operation, input: &Value) -> String {
        let mut message = format!("the case has no answer to {operation} {}", brief(input));
        let state = Value::Object(self.state.clone());
        for prepared in self.answers.iter().filter(|prepared| prepared.operation == *operation) {
            let answer = &prepared.answer;
            let used_up = answer.times.filter(|times| prepared.given >= *times);
            let when = Value::Object(self.filled(&answer.when, input));
            let why = match used_up {
                Some(times) => format!("was given {times} times already"),
                None => {
                    let not_so = missing(&when, &state).into_iter().map(|line| format!("state {line}"));
                    self.unlike(answer, input).into_iter().chain(not_so).collect::<Vec<_>>().join(", ")
                }
            };
            message.push_str(&format!("\n  near: {}: {why}", brief(&json!({"input": answer.input, "when": when}))));
        }
        message
    }

    /// Answers of the case's own that nobody asked for.
    pub(super) fn unused(&self) -> impl Iterator<Item = String> {
        let unused = self.answers.iter().filter(|prepared| prepared.given == 0 && !prepared.answer.common);
        unused.map(|prepared| prepared.operation.to_string())
    }
}

/// A call that botocore would not have sent either.
fn not_sent(call: &ApiCall, message: String) -> CallFault {
    CallFault {
        service: call.service.clone(),
        api: call.api.clone(),
        kind: FaultKind::InvalidInput,
        code: "InvalidInput".into(),
        message,
        request_id: None,
        http_status: None,
    }
}

fn fault(answer: &Answer, operation: &Operation, code: &str) -> CallFault {
    let status = answer.status.unwrap_or(400);
    let kind = if THROTTLES.contains(&code) {
        FaultKind::Throttled
    } else if DENIALS.iter().any(|denial| code.starts_with(denial)) {
        FaultKind::Denied
    } else if status >= 500 {
        FaultKind::ServiceFault
    } else {
        FaultKind::Refused
    };
    CallFault {
        service: operation.service.clone(),
        api: operation.api.clone(),
        kind,
        code: code.to_owned(),
        message: answer.message.clone().unwrap_or_else(|| "as the case says".to_owned()),
        request_id: None,
        http_status: Some(status),
    }
}
