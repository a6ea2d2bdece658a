//! One service in use: its model, its endpoint rules, and the operations called so far.
//!
//! Comes in: the head of its model.
//! Goes out: operations, compiled when first called.
//! Never: names of other services.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Operation;
use super::error::{DamageKind, ModelsError};
use super::pack::Pack;
use crate::endpoint::{Partitions, RuleSet};
use crate::error::InvalidCall;
use crate::model::{self, Metadata, ServiceModel};
use crate::names::{OperationName, key_behind, nearest, operation_key};

/// A loaded service.
#[derive(Debug)]
pub(crate) struct Service {
    name: String,
    model: ServiceModel,
    partitions: Arc<Partitions>,
    rules: OnceLock<Arc<RuleSet>>,
    /// By the model's own spelling.
    operations: Mutex<HashMap<String, Arc<Operation>>>,
}

impl Service {
    pub(super) fn new(
        name: &str,
        head: &str,
        pack: Arc<Pack>,
        partitions: Arc<Partitions>,
    ) -> Result<Self, ModelsError> {
        let model = ServiceModel::new(head, pack).map_err(|e| ModelsError::damaged(name, DamageKind::Model(e)))?;
        let (rules, operations) = (OnceLock::new(), Mutex::default());
        Ok(Self { name: name.to_owned(), model, partitions, rules, operations })
    }

    /// The boto3 client name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.model.metadata
    }

    pub(crate) fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.model.operation_names()
    }

    /// The operation's own spelling.
    pub(crate) fn resolve(&self, api: &str) -> Result<OperationName, InvalidCall> {
        let key = key_behind(&self.name, operation_key(api));
        let exact = self.operation_names().find(|name| *name == api);
        let found = exact.or_else(|| self.operation_names().find(|name| operation_key(name) == key));
        found.map(|name| OperationName(name.to_owned())).ok_or_else(|| InvalidCall::UnknownApi {
            service: self.name.clone(),
            api: api.to_owned(),
            near: nearest(api, self.operation_names()),
        })
    }

    /// The operation, compiled.
    pub(crate) fn operation(&self, api: &str) -> Result<Arc<Operation>, InvalidCall> {
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(operation) = operations.get(api) {
            return Ok(Arc::clone(operation));
        }
        let name = self.resolve(api)?;
        if let Some(operation) = operations.get(name.as_str()) {
            return Ok(Arc::clone(operation));
        }
        let operation = Arc::new(self.compile(&name)?);
        operations.insert(name.0, Arc::clone(&operation));
        Ok(operation)
    }

    /// What the model says about an operation, without its shapes.
    pub(crate) fn model_of(&self, name: &OperationName) -> Result<model::Operation, InvalidCall> {
        let model = self.model.operation(name.as_str()).map_err(|e| self.damaged(DamageKind::Model(e)))?;
        model.ok_or_else(|| InvalidCall::UnknownApi {
            service: self.name.clone(),
            api: name.0.clone(),
            near: Vec::new(),
        })
    }

    /// What the model says about an operation, with the shapes it reaches.
    #[cfg(test)]
    pub(crate) fn model_with_shapes(&self, api: &str) -> Result<(model::Operation, model::Shapes), InvalidCall> {
        let mut model = self.model_of(&self.resolve(api)?)?;
        let shapes = self.model.reach(&mut model).map_err(|e| self.damaged(DamageKind::Model(e)))?;
        Ok((model, shapes))
    }

    fn compile(&self, name: &OperationName) -> Result<Operation, InvalidCall> {
        let mut model = self.model_of(name)?;
        let shapes = self.model.reach(&mut model).map_err(|e| self.damaged(DamageKind::Model(e)))?;
        Ok(Operation::new(&self.name, name, &self.model.metadata, model, &shapes)
            .map_err(|e| self.damaged(DamageKind::Schema(e)))?)
    }

    /// The endpoint rules, parsed when the first endpoint is resolved.
    pub(crate) fn rules(&self) -> Result<Arc<RuleSet>, InvalidCall> {
        if let Some(rules) = self.rules.get() {
            return Ok(Arc::clone(rules));
        }
        let raw = self.model.rules().map_err(|e| self.damaged(DamageKind::Model(e)))?;
        let rules =
            RuleSet::parse(&raw, Arc::clone(&self.partitions)).map_err(|e| self.damaged(DamageKind::Rules(e)))?;
        Ok(Arc::clone(self.rules.get_or_init(|| Arc::new(rules))))
    }

    fn damaged(&self, kind: DamageKind) -> ModelsError {
        ModelsError::damaged(&self.name, kind)
    }
}
