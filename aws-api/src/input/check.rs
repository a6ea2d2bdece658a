//! Compares an input with its shapes, as strictly as botocore does before it sends.
//!
//! Comes in: the operation's shapes and the members given.
//! Goes out: every finding.
//! Never: a coercion, and no check that botocore leaves to the service (patterns, enums, upper limits).

use aws_smithy_schema::ShapeType;
use serde_json::{Map, Value};

use super::finding::{Finding, Problem, type_name};
use crate::names::nearest;
use crate::schema::{CompiledOperation, Kind, Member, Shape};
use crate::value::{bytes, given, parse_timestamp};

const BLOB: &str = r#"a string, or bytes as {"$base64": "..."}"#;

/// All that is wrong with the input; empty if nothing is.
pub(super) fn check(operation: &CompiledOperation, input: &Map<String, Value>) -> Vec<Finding> {
    check_root(operation, operation.input, input)
}

/// What the operation could never answer: members it does not have, values of other types. What is missing is fine:
/// AWS leaves out much, and whoever writes an answer down wants to write only what matters.
pub(super) fn check_output(operation: &CompiledOperation, output: &Map<String, Value>) -> Vec<Finding> {
    let mut findings = check_root(operation, operation.output, output);
    findings.retain(|finding| !matches!(finding.problem, Problem::Missing | Problem::TooShort { .. }));
    findings
}

fn check_root<'a>(
    operation: &'a CompiledOperation,
    root: Option<usize>,
    value: &'a Map<String, Value>,
) -> Vec<Finding> {
    let mut checker = Checker { operation, path: Vec::new(), findings: Vec::new() };
    match root.map(|root| &operation.shapes[root]) {
        Some(Shape { kind: Kind::Structure { members, union }, .. }) => checker.structure(members, *union, value),
        _ => checker.structure(&[], false, value),
    }
    checker.findings
}

struct Checker<'a> {
    operation: &'a CompiledOperation,
    path: Vec<Step<'a>>,
    findings: Vec<Finding>,
}

/// One step from the input's root to a value. It becomes text only where something is wrong.
#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> Checker<'a> {
    fn report(&mut self, problem: Problem) {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Name(name) if path.is_empty() => path.push_str(name),
                Step::Name(name) => path.extend([".", name]),
            }
        }
        self.findings.push(Finding { path, problem });
    }

    /// Looks one step deeper.
    fn within(&mut self, step: Step<'a>, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }

    fn structure(&mut self, members: &'a [Member], union: bool, value: &'a Map<String, Value>) {
        if union && value.len() != 1 {
            self.report(Problem::NotExactlyOne { found: value.len() });
        }
        for member in members.iter().filter(|m| m.required && given(value, m.name).is_none()) {
            self.within(Step::Name(member.name), |c| c.report(Problem::Missing));
        }
        for (name, value) in value {
            match members.iter().find(|m| m.name == name) {
                Some(member) => self.within(Step::Name(name), |c| c.member(member, value)),
                None => {
                    let near = nearest(name, members.iter().map(|m| m.name));
                    self.within(Step::Name(name), |c| c.report(Problem::UnknownMember { near }));
                }
            }
        }
    }

    fn member(&mut self, member: &Member, value: &'a Value) {
        if member.schema.http_label().is_some() && value.as_str() == Some("") {
            // In a path, nothing names the collection: `GetFunction` of "" would be `ListFunctions`.
            return self.report(Problem::TooShort { min: 1, found: 0 });
        }
        // JSON inside a string may be given as JSON.
        if !member.json_value || value.is_null() {
            self.value(&self.operation.shapes[member.target], value);
        }
    }

    fn value(&mut self, shape: &'a Shape, value: &'a Value) {
        match (&shape.kind, value) {
            (Kind::Structure { members, union }, Value::Object(value)) => self.structure(members, *union, value),
            (Kind::List { element, .. }, Value::Array(items)) => self.list(shape, *element, items),
            (Kind::Map { key, value: element, .. }, Value::Object(entries)) => self.map((*key, *element), entries),
            (Kind::Simple(kind), value) => self.simple(*kind, shape, value),
            (Kind::Structure { .. } | Kind::Map { .. }, _) => self.wrong_type("an object", value),
            (Kind::List { .. }, _) => self.wrong_type("a list", value),
        }
    }

    fn list(&mut self, shape: &Shape, element: usize, items: &'a [Value]) {
        self.length(shape, || items.len());
        let element = &self.operation.shapes[element];
        for (index, item) in items.iter().enumerate() {
            self.within(Step::Index(index), |c| c.value(element, item));
        }
    }

    fn map(&mut self, (key, element): (usize, usize), entries: &'a Map<String, Value>) {
        let (key_shape, element) = (&self.operation.shapes[key], &self.operation.shapes[element]);
        for (key, value) in entries {
            self.within(Step::Name(key), |c| {
                c.length(key_shape, || key.chars().count());
                c.value(element, value);
            });
        }
    }

    fn simple(&mut self, kind: ShapeType, shape: &Shape, value: &Value) {
        match kind {
            ShapeType::String => match value {
                Value::String(text) => self.length(shape, || text.chars().count()),
                _ => self.wrong_type("a string", value),
            },
            // botocore does not count a blob's length.
            ShapeType::Blob if bytes(value).is_none() => self.wrong_type(BLOB, value),
            ShapeType::Boolean if !value.is_boolean() => self.wrong_type("a boolean", value),
            ShapeType::Byte => self.integer(shape, value, (i8::MIN.into(), i8::MAX.into())),
            ShapeType::Short => self.integer(shape, value, (i16::MIN.into(), i16::MAX.into())),
            ShapeType::Integer => self.integer(shape, value, (i32::MIN.into(), i32::MAX.into())),
            ShapeType::Long => self.integer(shape, value, (i64::MIN, i64::MAX)),
            ShapeType::Float | ShapeType::Double => self.float(shape, value),
            ShapeType::Timestamp => self.timestamp(value),
            _ => {}
        }
    }

    fn integer(&mut self, shape: &Shape, value: &Value, (low, high): (i64, i64)) {
        let Value::Number(number) = value else { return self.wrong_type("an integer", value) };
        if number.is_f64() {
            return self.wrong_type("an integer", value);
        }
        match number.as_i64().filter(|n| (low..=high).contains(n)) {
            Some(_) => self.minimum(shape, number.as_f64()),
            None => self.report(Problem::OutOfRange { allowed: format!("from {low} to {high}") }),
        }
    }

    fn float(&mut self, shape: &Shape, value: &Value) {
        match value {
            Value::Number(number) => self.minimum(shape, number.as_f64()),
            // JSON has no word for these; AWS's protocols write them so.
            Value::String(text) if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {}
            _ => self.wrong_type("a number", value),
        }
    }

    fn timestamp(&mut self, value: &Value) {
        match value {
            Value::String(_) | Value::Number(_) if parse_timestamp(value).is_some() => {}
            Value::String(_) | Value::Number(_) => self.report(Problem::NotATimestamp),
            _ => self.wrong_type("a timestamp", value),
        }
    }

    fn minimum(&mut self, shape: &Shape, number: Option<f64>) {
        if let (Some(min), Some(number)) = (shape.min, number)
            && number < min
        {
            self.report(Problem::OutOfRange { allowed: format!("at least {min}") });
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lengths in models are small whole numbers"
    )]
    fn length(&mut self, shape: &Shape, found: impl FnOnce() -> usize) {
        // Most shapes have no least length: nothing is counted for them.
        let Some(min) = shape.min.map(|min| min as u64) else { return };
        let found = found() as u64;
        if found < min {
            self.report(Problem::TooShort { min, found });
        }
    }

    fn wrong_type(&mut self, expected: &'static str, value: &Value) {
        self.report(Problem::WrongType { expected, found: type_name(value) });
    }
}
