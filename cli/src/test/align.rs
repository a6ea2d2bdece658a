//! Expected calls beside those that were made.
//!
//! Comes in: both lists. Goes out: nothing if they fit, else the lists side by side, as a diff.
//! Never: only the first difference.

use serde_json::{Map, Value};

use super::account::Made;
use super::catalog::Operation;
use super::compare::{brief, differing, missing};
use super::short::ExpectedCall;
use super::template::{Known, fill};

/// An expected call, ready to be compared.
pub(super) struct Wanted {
    pub(super) operation: Operation,
    pub(super) input: Option<Value>,
    pub(super) exactly: bool,
}

impl Wanted {
    pub(super) fn new(call: &ExpectedCall, operation: Operation, known: &Known<'_>) -> Self {
        let input = call.exactly.as_ref().or(call.input.as_ref()).map(|input| fill(input, known));
        Self { operation, input, exactly: call.exactly.is_some() }
    }

    /// Where a call of this operation is not as wanted.
    fn unlike(&self, made: &Made) -> Vec<String> {
        match &self.input {
            None => Vec::new(),
            Some(input) if self.exactly => differing(input, &made.input),
            Some(input) => missing(input, &made.input),
        }
    }

    fn is(&self, made: &Made) -> bool {
        self.operation == made.operation && self.unlike(made).is_empty()
    }
}

/// A line of the comparison.
enum Line<'a> {
    Both(&'a Wanted, &'a Made),
    NotMade(&'a Wanted),
    NotWanted(&'a Made),
}

/// All lines of the comparison, if any call is missing, too much or different.
pub(super) fn compare(wanted: &[Wanted], made: &[&Made]) -> Option<String> {
    let lines = align(wanted, made);
    let fits = |line: &Line<'_>| matches!(line, Line::Both(wanted, made) if wanted.is(made));
    if lines.iter().all(fits) {
        return None;
    }
    let lines: Vec<String> = lines.iter().map(Line::show).collect();
    Some(lines.join("\n"))
}

/// Pairs calls of the same operation so that as many as possible are paired, in order.
fn align<'a>(wanted: &'a [Wanted], made: &[&'a Made]) -> Vec<Line<'a>> {
    let (rows, columns) = (wanted.len(), made.len());
    // best[i][j]: how well what is left from i and j can be paired; a pair that fits entirely counts more.
    let mut best = vec![vec![0_u32; columns + 1]; rows + 1];
    let worth = |i: usize, j: usize| match wanted[i].operation == made[j].operation {
        false => 0,
        true => 2 + u32::from(wanted[i].is(made[j])),
    };
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let paired = if worth(i, j) > 0 { best[i + 1][j + 1] + worth(i, j) } else { 0 };
            best[i][j] = paired.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < rows || j < columns {
        if i < rows && j < columns && worth(i, j) > 0 && best[i][j] == best[i + 1][j + 1] + worth(i, j) {
            lines.push(Line::Both(&wanted[i], made[j]));
            (i, j) = (i + 1, j + 1);
        } else if i < rows && (j == columns || best[i][j] == best[i + 1][j]) {
            lines.push(Line::NotMade(&wanted[i]));
            i += 1;
        } else {
            lines.push(Line::NotWanted(made[j]));
            j += 1;
        }
    }
    lines
}

impl Line<'_> {
    fn show(&self) -> String {
        match self {
            Self::NotMade(wanted) => {
                let input = wanted.input.as_ref().map(|input| format!(" {}", brief(input))).unwrap_or_default();
                format!("- {}{input}  expected, not made", wanted.operation)
            }
            Self::NotWanted(made) => format!("+ {} {}  made, not expected", made.operation, brief(&made.input)),
            Self::Both(wanted, made) => match wanted.unlike(made).as_slice() {
                [] => format!("  {}", made.operation),
                unlike => format!("~ {}  {}", made.operation, unlike.join("; ")),
            },
        }
    }
}

/// The first wanted call that does not come after those before it, and what comes nearest.
pub(super) fn in_order(wanted: &[Wanted], made: &[Made]) -> Option<String> {
    let mut from = 0;
    for (index, wanted) in wanted.iter().enumerate() {
        if let Some(at) = made[from..].iter().position(|made| wanted.is(made)) {
            from += at + 1;
            continue;
        }
        let place = if index == 0 { "was not made".to_owned() } else { format!("was not made after call {index}") };
        let mut message = format!("call {} {place}: {}", index + 1, wanted.operation);
        if let Some(input) = &wanted.input {
            message.push_str(&format!(" {}", brief(input)));
        }
        let near =
            made.iter().filter(|made| made.operation == wanted.operation).map(|made| (wanted.unlike(made), made));
        if let Some((unlike, _)) = near.min_by_key(|(unlike, _)| unlike.len()) {
            let near = if unlike.is_empty() { "it was made earlier".to_owned() } else { unlike.join("; ") };
            message.push_str(&format!("\n  near: {near}"));
        }
        return Some(message);
    }
    None
}

/// Values that expectations may name.
pub(super) fn known<'a>(parameters: &'a Map<String, Value>, state: &'a Map<String, Value>) -> Known<'a> {
    Known { parameters, state, input: &Value::Null }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(api: &str) -> Operation {
        Operation { service: "ec2".into(), api: api.into() }
    }

    fn wanted(api: &str, input: Value) -> Wanted {
        Wanted { operation: operation(api), input: Some(input), exactly: false }
    }

    fn made(api: &str, input: Value) -> Made {
        Made { operation: operation(api), input, write: true }
    }

    #[test]
    fn what_fits_says_nothing() {
        let calls = [made("Stop", json!({"Id": "i-1"})), made("Start", json!({}))];
        let all: Vec<&Made> = calls.iter().collect();
        assert_eq!(compare(&[wanted("Stop", json!({"Id": "i-1"})), wanted("Start", json!({}))], &all), None);
    }

    #[test]
    fn missing_further_and_different_calls_stand_in_one_list() {
        let calls =
            [made("Stop", json!({"Id": "i-1"})), made("Delete", json!({})), made("Start", json!({"Id": "i-1"}))];
        let all: Vec<&Made> = calls.iter().collect();
        let expected =
            [wanted("Stop", json!({})), wanted("Modify", json!({"Type": "a"})), wanted("Start", json!({"Id": "i-2"}))];
        insta::assert_snapshot!(compare(&expected, &all).unwrap(), @r#"
          ec2:Stop
        - ec2:Modify {"Type":"a"}  expected, not made
        + ec2:Delete {}  made, not expected
        ~ ec2:Start  Id: expected i-2, got i-1
        "#);
    }

    #[test]
    fn calls_in_order_may_have_others_between_them() {
        let calls = [made("A", json!({})), made("B", json!({"n": 1})), made("C", json!({}))];
        assert_eq!(in_order(&[wanted("A", json!({})), wanted("C", json!({}))], &calls), None);
        let wrong = in_order(&[wanted("C", json!({})), wanted("B", json!({"n": 2}))], &calls).unwrap();
        assert_eq!(wrong, "call 2 was not made after call 1: ec2:B {\"n\":2}\n  near: n: expected 2, got 1");
        let early = in_order(&[wanted("C", json!({})), wanted("A", json!({}))], &calls).unwrap();
        assert!(early.ends_with("near: it was made earlier"), "{early}");
    }
}
