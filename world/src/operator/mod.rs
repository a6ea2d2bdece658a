//! Plain API calls, as an operator with the AWS command line would make them: to set an account up, and to look at it.
//!
//! Comes in: service, operation, input. Goes out: the answer, or one part of it.
//! Never: a call that Kintsugi's functions should have made.

pub mod look;
pub mod make;

use aws_api::{ApiError, CallOptions, Client};
use serde_json::Value;
use thiserror::Error;

use crate::pages::Pages;

/// Why a call gave no usable answer.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// AWS, or what stands for it, refused.
    #[error("the operator's call {service} {api} failed")]
    Call {
        /// The service called.
        service: String,
        /// The operation called.
        api: String,
        /// Its answer.
        #[source]
        source: Box<ApiError>,
    },
    /// An answer without what it must hold.
    #[error("{service} {api} answered without {pointer}")]
    Answer {
        /// The service called.
        service: String,
        /// The operation called.
        api: String,
        /// Where the answer should have had something, as a JSON pointer.
        pointer: &'static str,
    },
}

/// Whoever sets the account up and looks at it afterwards. Cheap to clone.
#[derive(Clone)]
pub struct Operator(Client);

impl Operator {
    /// An operator who calls through this client.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self(client.clone())
    }

    /// One API call, by name.
    ///
    /// # Errors
    /// [`OperatorError::Call`].
    pub async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, OperatorError> {
        let answer = self.0.call(service, api, input, CallOptions::default()).await;
        let (service, api) = (service.to_owned(), api.to_owned());
        answer.map_err(|source| OperatorError::Call { service, api, source: Box::new(source) })
    }

    /// One list of the answer, all pages of it.
    ///
    /// # Errors
    /// [`OperatorError::Call`].
    pub async fn all(&self, service: &str, api: &str, input: Value, list: &str) -> Result<Vec<Value>, OperatorError> {
        let mut pages = Pages::new(input, list);
        while pages.more(self.call(service, api, pages.input.clone()).await?) {}
        Ok(pages.items)
    }

    /// A text in the answer, by JSON pointer.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn text(
        &self,
        service: &str,
        api: &str,
        input: Value,
        pointer: &'static str,
    ) -> Result<String, OperatorError> {
        let answer = self.call(service, api, input).await?;
        let text = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (service, api) = (service.to_owned(), api.to_owned());
        text.ok_or(OperatorError::Answer { service, api, pointer })
    }
}
