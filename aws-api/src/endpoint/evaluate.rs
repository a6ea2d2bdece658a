//! Walks a rule set with the parameters of one call.
//!
//! Comes in: parameter values by name.
//! Goes out: [`Resolved`]: address, signing properties, headers.
//! Never: a change of the rules.

use serde_json::{Map, Value};

use super::error::EndpointError;
use super::functions::attribute;
use super::rules::{Call, Expression, Outcome, Piece, Rule, RuleSet};

/// What the rules answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) url: String,
    /// `authSchemes` and the like.
    pub(crate) properties: Map<String, Value>,
    pub(crate) headers: Map<String, Value>,
}

impl RuleSet {
    /// The endpoint for these parameters; absent ones take the rules' defaults.
    pub(crate) fn resolve(&self, given: &Map<String, Value>) -> Result<Resolved, EndpointError> {
        let mut scope = Scope { set: self, values: Vec::new() };
        for parameter in &self.parameters {
            let value = given.get(&parameter.name).filter(|v| !v.is_null()).or(parameter.default.as_ref());
            match value {
                Some(value) => scope.values.push((&parameter.name, value.clone())),
                None if parameter.required => return Err(EndpointError::MissingParameter(parameter.name.clone())),
                None => {}
            }
        }
        scope.rules(&self.rules)?.ok_or(EndpointError::NoRule)
    }
}

struct Scope<'r> {
    set: &'r RuleSet,
    /// Parameters and assigned values; a later one hides an earlier one.
    values: Vec<(&'r str, Value)>,
}

impl<'r> Scope<'r> {
    fn rules(&mut self, rules: &'r [Rule]) -> Result<Option<Resolved>, EndpointError> {
        for rule in rules {
            let mark = self.values.len();
            if self.holds(rule)?
                && let Some(resolved) = self.outcome(&rule.outcome)?
            {
                return Ok(Some(resolved));
            }
            self.values.truncate(mark);
        }
        Ok(None)
    }

    fn holds(&mut self, rule: &'r Rule) -> Result<bool, EndpointError> {
        for condition in &rule.conditions {
            let value = self.call(&condition.call)?;
            if value.is_null() || value == false {
                return Ok(false);
            }
            if let Some(name) = &condition.assign {
                self.values.push((name, value));
            }
        }
        Ok(true)
    }

    fn outcome(&mut self, outcome: &'r Outcome) -> Result<Option<Resolved>, EndpointError> {
        match outcome {
            Outcome::Rules(rules) => self.rules(rules),
            Outcome::Error(message) => Err(EndpointError::Refused(self.text(message)?)),
            Outcome::Endpoint { url, properties, headers } => Ok(Some(Resolved {
                url: self.text(url)?,
                properties: self.object(properties)?,
                headers: self.object(headers)?,
            })),
        }
    }

    fn call(&self, call: &Call) -> Result<Value, EndpointError> {
        let arguments = call.arguments.iter().map(|a| self.value(a)).collect::<Result<Vec<_>, _>>()?;
        Ok(call.function.apply(&arguments, &self.set.partitions))
    }

    fn value(&self, expression: &Expression) -> Result<Value, EndpointError> {
        match expression {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Reference(name) => Ok(self.lookup(name).cloned().unwrap_or_default()),
            Expression::Template(pieces) => self.template(pieces).map(Value::String),
            Expression::Call(call) => self.call(call),
            Expression::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Expression::Object(members) => {
                members.iter().map(|(name, member)| Ok((name.clone(), self.value(member)?))).collect()
            }
        }
    }

    fn lookup(&self, name: &str) -> Option<&Value> {
        self.values.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    fn template(&self, pieces: &[Piece]) -> Result<String, EndpointError> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Reference { name, path } => {
                    let value = self.lookup(name);
                    let value = path.as_ref().map_or(value, |path| value.and_then(|v| attribute(v, path)));
                    match value {
                        Some(Value::String(s)) => text.push_str(s),
                        Some(Value::Bool(b)) => text.push_str(if *b { "true" } else { "false" }),
                        _ => return Err(EndpointError::NotText(name.clone())),
                    }
                }
            }
        }
        Ok(text)
    }

    fn text(&self, expression: &Expression) -> Result<String, EndpointError> {
        match self.value(expression)? {
            Value::String(text) => Ok(text),
            _ => Err(EndpointError::NotText("endpoint".to_owned())),
        }
    }

    fn object(&self, expression: &Expression) -> Result<Map<String, Value>, EndpointError> {
        match self.value(expression)? {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        }
    }
}
