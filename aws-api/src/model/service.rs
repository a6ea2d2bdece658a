//! The model of one service in parts, so that a call reads only what it touches.
//!
//! Comes in: the service's head (its names and where its parts lie), and what reads the parts.
//! Goes out: metadata at once; operations, shapes and endpoint rules when asked for.
//! Never: all of a service. `ec2` is over a megabyte of JSON.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lines::{Block, Entries, Lines, Place};
use super::{Metadata, Operation, Shape};

/// The shapes that one operation reaches, by name.
pub(crate) type Shapes = HashMap<String, Shape>;

/// One service's model.
#[derive(Debug)]
pub(crate) struct ServiceModel {
    pub(crate) metadata: Metadata,
    entries: Arc<dyn Entries>,
    /// The numbers of the operations, by name.
    names: HashMap<String, usize>,
    operations: Lines,
    shapes: Lines,
    rules: Place,
}

/// Why a model cannot be used: the pack does not hold what the packer writes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    #[error("a part of the model is not what was expected")]
    Json(#[from] serde_json::Error),
    #[error("a part of the model cannot be read or inflated")]
    Entry(#[from] std::io::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    metadata: Metadata,
    rules: Place,
    operations: Vec<String>,
    operation_blocks: Vec<Block>,
    shape_blocks: Vec<Block>,
}

impl ServiceModel {
    /// Understands the head of one service.
    pub(crate) fn new(head: &str, entries: Arc<dyn Entries>) -> Result<Self, ModelError> {
        let head: Head = serde_json::from_str(head)?;
        Ok(Self {
            metadata: head.metadata,
            names: head.operations.into_iter().enumerate().map(|(number, name)| (name, number)).collect(),
            operations: Lines::new(Arc::clone(&entries), head.operation_blocks),
            shapes: Lines::new(Arc::clone(&entries), head.shape_blocks),
            rules: head.rules,
            entries,
        })
    }

    /// The names of all operations, in no order.
    pub(crate) fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The operation of exactly this name. Its references have numbers; [`Self::reach`] gives them names.
    pub(crate) fn operation(&self, name: &str) -> Result<Option<Operation>, ModelError> {
        self.names.get(name).map(|number| parse(self.operations.line(*number)?)).transpose()
    }

    /// The endpoint rule set, still as JSON.
    pub(crate) fn rules(&self) -> Result<serde_json::Value, ModelError> {
        parse(&self.entries.text(self.rules)?)
    }

    /// The shapes that the operation's input, output and errors reach; all references get their names.
    pub(crate) fn reach(&self, operation: &mut Operation) -> Result<Shapes, ModelError> {
        let mut found: HashMap<usize, (String, Shape)> = HashMap::new();
        let mut todo: Vec<usize> = operation.references().map(|r| r.shape.number).collect();
        while let Some(number) = todo.pop() {
            if found.contains_key(&number) {
                continue;
            }
            let (name, shape): (String, Shape) = parse(self.shapes.line(number)?)?;
            todo.extend(shape.references().map(|r| r.shape.number));
            found.insert(number, (name, shape));
        }
        let names: HashMap<usize, String> = found.iter().map(|(number, (name, _))| (*number, name.clone())).collect();
        let name = |number: usize| names.get(&number).cloned().unwrap_or_default();
        operation.references_mut().for_each(|r| r.shape.name = name(r.shape.number));
        let named = found.into_values().map(|(own, mut shape)| {
            shape.references_mut().for_each(|r| r.shape.name = name(r.shape.number));
            (own, shape)
        });
        Ok(named.collect())
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ModelError> {
    Ok(serde_json::from_str(text)?)
}
