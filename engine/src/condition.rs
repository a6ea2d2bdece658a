//! The conditions of aws:branch and aws:loop.
//!
//! Comes in: a condition as written, and values. Goes out: true, false, or not known yet (in a plan).
//! Never: a conversion. A comparison of the wrong types is an error, so that `Not` cannot turn it into a yes.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use crate::report::{Reporter, Spot};

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Test { variable: Value, operator: Operator, operand: Value },
}

/// How a variable is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    StringEquals,
    EqualsIgnoreCase,
    StartsWith,
    EndsWith,
    Contains,
    NumericEquals,
    NumericGreater,
    NumericLesser,
    NumericGreaterOrEquals,
    NumericLesserOrEquals,
    BooleanEquals,
}

pub(crate) const OPERATORS: [(&str, Operator); 11] = [
    ("StringEquals", Operator::StringEquals),
    ("EqualsIgnoreCase", Operator::EqualsIgnoreCase),
    ("StartsWith", Operator::StartsWith),
    ("EndsWith", Operator::EndsWith),
    ("Contains", Operator::Contains),
    ("NumericEquals", Operator::NumericEquals),
    ("NumericGreater", Operator::NumericGreater),
    ("NumericLesser", Operator::NumericLesser),
    ("NumericGreaterOrEquals", Operator::NumericGreaterOrEquals),
    ("NumericLesserOrEquals", Operator::NumericLesserOrEquals),
    ("BooleanEquals", Operator::BooleanEquals),
];

impl Operator {
    pub(crate) fn name(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }
}

impl Condition {
    /// Reads a condition; what is wrong with it goes to the reporter. `NextStep` beside it is the branch's own.
    /// Recursion is bounded by the document's nesting limit.
    pub(crate) fn parse(value: &Value, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<Self> {
        let Value::Object(map) = value else {
            reporter.error("condition", spot, "a condition is a mapping with Variable and an operator, And, Or or Not");
            return None;
        };
        let keys: Vec<&String> = map.keys().filter(|key| !matches!(key.as_str(), "NextStep" | "Variable")).collect();
        let [key] = keys.as_slice() else {
            let hint = "combine several with And or Or";
            reporter.error("condition", spot, "a condition has exactly one operator, And, Or or Not").hint(hint);
            return None;
        };
        let inner = &map[key.as_str()];
        let inner_spot = spot.key(key);
        match key.as_str() {
            "And" => Some(Self::And(Self::list(inner, &inner_spot, reporter)?)),
            "Or" => Some(Self::Or(Self::list(inner, &inner_spot, reporter)?)),
            "Not" => Some(Self::Not(Box::new(Self::parse(inner, &inner_spot, reporter)?))),
            name => Self::test(map, name, spot, reporter),
        }
    }

    fn list(value: &Value, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<Vec<Self>> {
        let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
            reporter.error("condition", spot, "And and Or take a list of conditions");
            return None;
        };
        let read: Vec<Option<Self>> =
            items.iter().enumerate().map(|(i, item)| Self::parse(item, &spot.index(i), reporter)).collect();
        read.into_iter().collect()
    }

    fn test(map: &Map<String, Value>, name: &str, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<Self> {
        let known = OPERATORS.iter().find(|(known, _)| *known == name);
        let Some((_, operator)) = known else {
            let all: Vec<&str> = OPERATORS.iter().map(|(name, _)| *name).collect();
            reporter
                .key_error("unknown-operator", &spot.key(name), format!("the operator {name} is not known"))
                .hint(format!("known: {}; negate with Not", all.join(", ")));
            return None;
        };
        let Some(variable) = map.get("Variable") else {
            reporter.error("condition", spot, "Variable is missing");
            return None;
        };
        Some(Self::Test { variable: variable.clone(), operator: *operator, operand: map[name].clone() })
    }

    /// Evaluates with the values that `resolve` gives; `None` from it means not known yet, and the answer is `None`
    /// only where it depends on such a value.
    ///
    /// # Errors
    /// A comparison of types that the operator does not compare.
    pub(crate) fn evaluate(&self, resolve: &dyn Fn(&Value) -> Option<Value>) -> Result<Option<bool>, String> {
        match self {
            Self::And(list) => combine(list, resolve, false),
            Self::Or(list) => combine(list, resolve, true),
            Self::Not(inner) => Ok(inner.evaluate(resolve)?.map(|holds| !holds)),
            Self::Test { variable, operator, operand } => match (resolve(variable), resolve(operand)) {
                (Some(left), Some(right)) => compare(*operator, &left, &right).map(Some),
                _ => Ok(None),
            },
        }
    }

    /// In words, for a plan.
    pub(crate) fn describe(&self) -> String {
        let joined = |list: &[Self], word: &str| list.iter().map(Self::describe).collect::<Vec<_>>().join(word);
        match self {
            Self::And(list) => format!("({})", joined(list, " and ")),
            Self::Or(list) => format!("({})", joined(list, " or ")),
            Self::Not(inner) => format!("not {}", inner.describe()),
            Self::Test { variable, operator, operand } => {
                let variable = crate::resolve::as_text(variable);
                format!("{} {} {operand}", variable.trim(), operator.name())
            }
        }
    }
}

/// And stops at the first false, Or at the first true.
fn combine(
    list: &[Condition],
    resolve: &dyn Fn(&Value) -> Option<Value>,
    decisive: bool,
) -> Result<Option<bool>, String> {
    let mut unknown = false;
    for condition in list {
        match condition.evaluate(resolve)? {
            Some(holds) if holds == decisive => return Ok(Some(decisive)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok((!unknown).then_some(!decisive))
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Result<bool, String> {
    use Operator as Op;
    let wrong = || format!("{} cannot compare {} with {}", operator.name(), kind(left), kind(right));
    match operator {
        Op::Contains if left.is_array() => Ok(left.as_array().is_some_and(|items| items.contains(right))),
        Op::StringEquals | Op::EqualsIgnoreCase | Op::StartsWith | Op::EndsWith | Op::Contains => {
            let (Some(left), Some(right)) = (left.as_str(), right.as_str()) else { return Err(wrong()) };
            Ok(compare_text(operator, left, right))
        }
        Op::BooleanEquals => match (left, right) {
            (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
            _ => Err(wrong()),
        },
        _ => {
            let Value::Number(left) = left else { return Err(wrong()) };
            let order = number(right).and_then(|right| order(left, &right)).ok_or_else(wrong)?;
            Ok(match operator {
                Op::NumericGreater => order.is_gt(),
                Op::NumericLesser => order.is_lt(),
                Op::NumericGreaterOrEquals => order.is_ge(),
                Op::NumericLesserOrEquals => order.is_le(),
                _ => order.is_eq(),
            })
        }
    }
}

fn compare_text(operator: Operator, left: &str, right: &str) -> bool {
    match operator {
        Operator::EqualsIgnoreCase => left.to_lowercase() == right.to_lowercase(),
        Operator::StartsWith => left.starts_with(right),
        Operator::EndsWith => left.ends_with(right),
        Operator::Contains => left.contains(right),
        _ => left == right,
    }
}

/// The operand of a numeric operator: a number, or the text of one.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => serde_json::from_str(text.trim()).ok(),
        _ => None,
    }
}

/// Integers exactly, anything with a fraction as floating point.
fn order(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text '{text}'"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Places;
    use serde_json::json;

    fn parse(value: &Value) -> (Option<Condition>, Vec<&'static str>) {
        let places = Places::default();
        let mut reporter = Reporter::new("test", &places);
        let condition = Condition::parse(value, &Spot::at(""), &mut reporter);
        (condition, reporter.into_findings().iter().map(|f| f.rule).collect())
    }

    fn holds(value: Value) -> Result<Option<bool>, String> {
        let known = |value: &Value| (value != &json!("?")).then(|| value.clone());
        parse(&value).0.unwrap().evaluate(&known)
    }

    #[test]
    fn each_operator_compares_its_own_type() {
        for (operator, left, right, expected) in [
            ("StringEquals", json!("a"), json!("a"), true),
            ("StringEquals", json!("a"), json!("A"), false),
            ("EqualsIgnoreCase", json!("aB"), json!("Ab"), true),
            ("StartsWith", json!("abc"), json!("ab"), true),
            ("EndsWith", json!("abc"), json!("ab"), false),
            ("Contains", json!("abc"), json!("b"), true),
            ("Contains", json!(["a", "b"]), json!("b"), true),
            ("NumericEquals", json!(3), json!("3"), true),
            ("NumericEquals", json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64), false),
            ("NumericGreater", json!(3), json!(2.5), true),
            ("NumericLesser", json!(3), json!(3), false),
            ("NumericGreaterOrEquals", json!(3), json!(3), true),
            ("NumericLesserOrEquals", json!(4), json!(3), false),
            ("BooleanEquals", json!(true), json!(true), true),
        ] {
            let condition = json!({"Variable": left, operator: right});
            assert_eq!(holds(condition.clone()), Ok(Some(expected)), "{condition}");
        }
    }

    #[test]
    fn a_wrong_type_is_an_error_even_under_not() {
        for (operator, left, right) in [
            ("NumericGreater", json!("{{ step.Count }}"), json!(3)),
            ("BooleanEquals", json!("true"), json!(true)),
            ("StringEquals", json!(true), json!("true")),
            ("NumericEquals", json!(3), json!("three")),
        ] {
            let condition = json!({"Not": {"Variable": left, operator: right}});
            assert!(holds(condition.clone()).is_err(), "{condition}");
        }
    }

    #[test]
    fn and_or_not_combine_with_what_is_not_known_yet() {
        let test = |text: &str| json!({"Variable": text, "StringEquals": "yes"});
        assert_eq!(holds(json!({"And": [test("yes"), test("?")]})), Ok(None));
        assert_eq!(holds(json!({"And": [test("?"), test("no")]})), Ok(Some(false)));
        assert_eq!(holds(json!({"Or": [test("?"), test("yes")]})), Ok(Some(true)));
        assert_eq!(holds(json!({"Or": [test("no"), test("no")]})), Ok(Some(false)));
        assert_eq!(holds(json!({"Not": test("?")})), Ok(None));
        assert_eq!(holds(json!({"Not": test("no")})), Ok(Some(true)));
    }

    #[test]
    fn a_malformed_condition_is_found() {
        for (condition, rule) in [
            (json!("x"), "condition"),
            (json!({"Variable": "a"}), "condition"),
            (json!({"StringEquals": "a"}), "condition"),
            (json!({"Variable": "a", "StringEquals": "a", "Contains": "b"}), "condition"),
            (json!({"Variable": "a", "StringNotEquals": "a"}), "unknown-operator"),
            (json!({"And": []}), "condition"),
            (json!({"Not": [1]}), "condition"),
        ] {
            assert_eq!(parse(&condition).1, [rule], "{condition}");
        }
    }
}
