//! Plain API calls, as an operator with the AWS command line would make them.
//!
//! Comes in: service, operation, input. Goes out: the answer, or one part of it.
//! Never: a call that Kintsugi's functions should have made.

use aws_api::{CallOptions, Client};
use serde_json::Value;

use super::error::DemoError;

/// Whoever sets the account up and looks at it afterwards.
#[derive(Clone)]
pub(crate) struct Operator(Client);

impl Operator {
    pub(crate) fn new(client: &Client) -> Self {
        Self(client.clone())
    }

    pub(crate) async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, DemoError> {
        let answer = self.0.call(service, api, input, CallOptions::default()).await;
        let (service, api) = (service.to_owned(), api.to_owned());
        answer.map_err(|source| DemoError::Call { service, api, source: Box::new(source) })
    }

    /// A text in the answer, by JSON pointer.
    pub(crate) async fn text(
        &self,
        service: &str,
        api: &str,
        input: Value,
        pointer: &'static str,
    ) -> Result<String, DemoError> {
        let answer = self.call(service, api, input).await?;
        let text = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (service, api) = (service.to_owned(), api.to_owned());
        text.ok_or(DemoError::Answer { service, api, pointer })
    }
}
