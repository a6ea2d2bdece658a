//! One operation in use: its model, its compiled shapes and its wire form.
//!
//! Comes in: the operation's model and the shapes it reaches.
//! Goes out: [`Operation`], everything about a call that does not depend on its input.
//! Never: an input.

use crate::model::{self, Metadata, Shapes};
use crate::names::OperationName;
use crate::protocol::{Protocol, Wire};
use crate::schema::{self, CompiledOperation, SchemaError};

/// A compiled operation.
#[derive(Debug)]
pub(crate) struct Operation {
    service: String,
    name: OperationName,
    pub(crate) model: model::Operation,
    pub(crate) schema: CompiledOperation,
    pub(crate) wire: Wire,
}

impl Operation {
    pub(crate) fn new(
        service: &str,
        name: &OperationName,
        metadata: &Metadata,
        mut model: model::Operation,
        shapes: &Shapes,
    ) -> Result<Self, SchemaError> {
        let protocol = Protocol::of(metadata)?;
        if metadata.service_id == "S3" {
            let path = without_bucket(&model.http.request_uri);
            model.http.request_uri = path;
        }
        let unwrapped = metadata.service_id == "S3" && model.name == "GetBucketLocation";
        let schema = schema::compile(protocol, shapes, &model, unwrapped)?;
        let wire = Wire::new(protocol, metadata, &model);
        Ok(Self { service: service.to_owned(), name: name.clone(), model, schema, wire })
    }

    /// The boto3 client name.
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// The operation's own spelling, as callers know it: on the wire CloudFront's have a date behind them.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }
}

/// S3's endpoint rules put the bucket into the host or the path themselves.
fn without_bucket(request_uri: &str) -> String {
    match request_uri.strip_prefix("/{Bucket}") {
        Some(rest) if rest.starts_with('/') => rest.to_owned(),
        Some(rest) => format!("/{rest}"),
        None => request_uri.to_owned(),
    }
}
