//! The model of one service as text with an index, so that a call parses only what it touches.
//!
//! Comes in: the inflated JSON of one service.
//! Goes out: metadata at once; operations, shapes and endpoint rules when asked for.
//! Never: a second copy of the text.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Metadata, Operation, Shape};

/// The shapes that one operation reaches, by name.
pub(crate) type Shapes = HashMap<String, Shape>;

/// One service's model. `ec2` is 1.3 MB of JSON: parsing all of it costs four times as much as this index.
#[derive(Debug)]
pub(crate) struct ServiceModel {
    text: String,
    pub(crate) metadata: Metadata,
    operations: HashMap<String, Range<usize>>,
    shapes: HashMap<String, Range<usize>>,
    rules: Range<usize>,
}

/// Why a model cannot be used: the pack does not hold what the packer writes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    #[error("a part of the model is not what was expected")]
    Json(#[from] serde_json::Error),
    #[error("an operation uses the shape {0}, which the model does not have")]
    NoShape(String),
}

#[derive(Deserialize)]
struct Raw<'a> {
    metadata: Metadata,
    #[serde(borrow)]
    operations: HashMap<String, &'a RawValue>,
    #[serde(borrow)]
    shapes: HashMap<String, &'a RawValue>,
    #[serde(borrow, rename = "endpointRuleSet")]
    rules: &'a RawValue,
}

impl ServiceModel {
    /// Indexes the text of one service.
    pub(crate) fn new(text: String) -> Result<Self, ModelError> {
        let raw: Raw<'_> = serde_json::from_str(&text)?;
        let place = |part: &RawValue| place(&text, part.get());
        let places = |parts: HashMap<String, &RawValue>| parts.into_iter().map(|(n, p)| (n, place(p))).collect();
        let (rules, operations, shapes) = (place(raw.rules), places(raw.operations), places(raw.shapes));
        let metadata = raw.metadata;
        Ok(Self { metadata, operations, shapes, rules, text })
    }

    /// The names of all operations, in no order.
    pub(crate) fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// The operation of exactly this name.
    pub(crate) fn operation(&self, name: &str) -> Result<Option<Operation>, ModelError> {
        self.operations.get(name).map(|place| self.parse(place)).transpose()
    }

    /// The endpoint rule set, still as JSON.
    pub(crate) fn rules(&self) -> Result<serde_json::Value, ModelError> {
        self.parse(&self.rules)
    }

    /// The shapes that the operation's input, output and errors reach.
    pub(crate) fn reach(&self, operation: &Operation) -> Result<Shapes, ModelError> {
        let roots = operation.input.iter().chain(&operation.output).chain(&operation.errors);
        let mut todo: Vec<String> = roots.map(|r| r.shape.clone()).collect();
        let mut shapes = Shapes::new();
        while let Some(name) = todo.pop() {
            if shapes.contains_key(&name) {
                continue;
            }
            let shape = self.shape(&name)?;
            todo.extend(shape.members.iter().map(|(_, r)| r.shape.clone()));
            todo.extend([&shape.member, &shape.key, &shape.value].into_iter().flatten().map(|r| r.shape.clone()));
            shapes.insert(name, shape);
        }
        Ok(shapes)
    }

    fn shape(&self, name: &str) -> Result<Shape, ModelError> {
        let place = self.shapes.get(name).ok_or_else(|| ModelError::NoShape(name.to_owned()))?;
        self.parse(place)
    }

    fn parse<T: DeserializeOwned>(&self, place: &Range<usize>) -> Result<T, ModelError> {
        Ok(serde_json::from_str(self.text.get(place.clone()).unwrap_or_default())?)
    }
}

/// Where a borrowed part lies in the text it was borrowed from.
fn place(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    start..start + part.len()
}
