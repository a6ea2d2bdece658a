//! A rule set as types, parsed once per service.
//!
//! Comes in: the JSON of `endpoint-rule-set-1`.
//! Goes out: [`RuleSet`].
//! Never: a parameter's value.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Partitions;
use super::error::RulesError;
use super::functions::Function;

/// The endpoint rules of one service.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(crate) parameters: Vec<Parameter>,
    pub(super) rules: Vec<Rule>,
    pub(super) partitions: Arc<Partitions>,
}

/// A parameter the rules look at.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// Where its value comes from, if not from the input.
    pub(crate) built_in: Option<BuiltIn>,
    pub(super) required: bool,
    pub(super) default: Option<Value>,
}

/// A parameter's value that the configuration gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    Region,
    UseFips,
    UseDualStack,
    Endpoint,
    S3ForcePathStyle,
    /// S3 and S3 Control: whether the Region of a bucket's ARN may differ from the configured one.
    UseArnRegion,
    S3DisableMultiRegionAccessPoints,
    /// The account the credentials belong to.
    AccountId,
    AccountIdEndpointMode,
    /// S3's acceleration and the global endpoints of S3 and STS: left at their defaults.
    Other,
}

/// Conditions and what follows when all hold.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) conditions: Vec<Condition>,
    pub(super) outcome: Outcome,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Endpoint { url: Expression, properties: Expression, headers: Expression },
    Error(Expression),
    Rules(Vec<Rule>),
}

/// Holds when its value is neither absent nor false.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) call: Call,
    pub(super) assign: Option<String>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Expression>,
}

#[derive(Debug)]
pub(super) enum Expression {
    Literal(Value),
    Reference(String),
    Template(Vec<Piece>),
    Call(Call),
    List(Vec<Expression>),
    Object(Vec<(String, Expression)>),
}

/// A part of a text with `{references#in.it}`.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Reference { name: String, path: Option<String> },
}

impl RuleSet {
    /// The parameter that takes this part of the configuration.
    pub(crate) fn parameter_of(&self, built_in: BuiltIn) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.built_in == Some(built_in))
    }

    /// Understands a rule set.
    pub(crate) fn parse(raw: &Value, partitions: Arc<Partitions>) -> Result<Self, RulesError> {
        let parameters = object(raw, "parameters")?.iter().map(|(name, spec)| parameter(name, spec));
        Ok(Self { parameters: parameters.collect::<Result<_, _>>()?, rules: rules(raw)?, partitions })
    }
}

fn parameter(name: &str, spec: &Value) -> Result<Parameter, RulesError> {
    Ok(Parameter {
        name: name.to_owned(),
        built_in: spec["builtIn"].as_str().map(built_in).transpose()?,
        required: spec["required"] == true,
        default: spec.get("default").cloned(),
    })
}

fn built_in(name: &str) -> Result<BuiltIn, RulesError> {
    Ok(match name {
        "AWS::Region" => BuiltIn::Region,
        "AWS::UseFIPS" => BuiltIn::UseFips,
        "AWS::UseDualStack" => BuiltIn::UseDualStack,
        "SDK::Endpoint" => BuiltIn::Endpoint,
        "AWS::S3::ForcePathStyle" => BuiltIn::S3ForcePathStyle,
        "AWS::S3::UseArnRegion" | "AWS::S3Control::UseArnRegion" => BuiltIn::UseArnRegion,
        "AWS::S3::DisableMultiRegionAccessPoints" => BuiltIn::S3DisableMultiRegionAccessPoints,
        "AWS::Auth::AccountId" => BuiltIn::AccountId,
        "AWS::Auth::AccountIdEndpointMode" => BuiltIn::AccountIdEndpointMode,
        known if known.starts_with("AWS::") => BuiltIn::Other,
        unknown => return Err(RulesError::BuiltIn(unknown.to_owned())),
    })
}

fn rules(raw: &Value) -> Result<Vec<Rule>, RulesError> {
    list(raw, "rules")?.iter().map(rule).collect()
}

fn rule(raw: &Value) -> Result<Rule, RulesError> {
    let conditions = list(raw, "conditions")?.iter().map(condition).collect::<Result<_, _>>()?;
    let outcome = match raw["type"].as_str() {
        Some("endpoint") => {
            let endpoint = &raw["endpoint"];
            let part = |name: &str| endpoint.get(name).map_or(Ok(Expression::Object(Vec::new())), expression);
            let url = endpoint.get("url").ok_or(RulesError::Malformed("endpoint.url"))?;
            Outcome::Endpoint { url: expression(url)?, properties: part("properties")?, headers: part("headers")? }
        }
        Some("error") => Outcome::Error(expression(&raw["error"])?),
        Some("tree") => Outcome::Rules(rules(raw)?),
        _ => return Err(RulesError::Malformed("type")),
    };
    Ok(Rule { conditions, outcome })
}

fn condition(raw: &Value) -> Result<Condition, RulesError> {
    let object = raw.as_object().ok_or(RulesError::Malformed("condition"))?;
    Ok(Condition { call: call(object)?, assign: raw["assign"].as_str().map(str::to_owned) })
}

fn call(raw: &Map<String, Value>) -> Result<Call, RulesError> {
    let name = raw.get("fn").and_then(Value::as_str).ok_or(RulesError::Malformed("fn"))?;
    let function = Function::named(name).ok_or_else(|| RulesError::Function(name.to_owned()))?;
    let arguments = raw.get("argv").and_then(Value::as_array).ok_or(RulesError::Malformed("argv"))?;
    Ok(Call { function, arguments: arguments.iter().map(expression).collect::<Result<_, _>>()? })
}

fn expression(raw: &Value) -> Result<Expression, RulesError> {
    Ok(match raw {
        Value::Object(o) if o.contains_key("fn") => Expression::Call(call(o)?),
        Value::Object(o) if o.contains_key("ref") => {
            let name = raw["ref"].as_str().ok_or(RulesError::Malformed("ref"))?;
            Expression::Reference(name.to_owned())
        }
        Value::Object(o) => {
            let members = o.iter().map(|(name, value)| Ok((name.clone(), expression(value)?)));
            Expression::Object(members.collect::<Result<_, RulesError>>()?)
        }
        Value::Array(items) => Expression::List(items.iter().map(expression).collect::<Result<_, _>>()?),
        Value::String(text) if text.contains(['{', '}']) => Expression::Template(template(text)?),
        literal => Expression::Literal(literal.clone()),
    })
}

fn template(text: &str) -> Result<Vec<Piece>, RulesError> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..];
        if brace.starts_with("{{") || brace.starts_with("}}") {
            plain.push_str(&brace[..1]);
            rest = &brace[2..];
            continue;
        }
        let end = brace.find('}').filter(|end| *end > 0).ok_or_else(|| RulesError::Template(text.to_owned()))?;
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(reference(&brace[1..end]));
        rest = &brace[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

fn reference(inner: &str) -> Piece {
    match inner.split_once('#') {
        Some((name, path)) => Piece::Reference { name: name.to_owned(), path: Some(path.to_owned()) },
        None => Piece::Reference { name: inner.to_owned(), path: None },
    }
}

fn list<'v>(raw: &'v Value, name: &'static str) -> Result<&'v [Value], RulesError> {
    raw[name].as_array().map(Vec::as_slice).ok_or(RulesError::Malformed(name))
}

fn object<'v>(raw: &'v Value, name: &'static str) -> Result<&'v Map<String, Value>, RulesError> {
    raw[name].as_object().ok_or(RulesError::Malformed(name))
}
