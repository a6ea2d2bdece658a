//! Why there is no endpoint.
//!
//! Comes in: what the rules said, or what they lacked. Goes out: [`EndpointError`]. Never: a guess at an address.

use thiserror::Error;

/// The service's endpoint rules gave no endpoint for this call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The rules refuse the combination of parameters, in AWS's own words.
    #[error("{0}")]
    Refused(String),
    /// The rules need a parameter that neither the input nor the configuration gives.
    #[error("the endpoint parameter {0} is missing")]
    MissingParameter(String),
    /// No rule fits.
    #[error("no endpoint rule fits")]
    NoRule,
    /// A rule gave something that is not text where an address needs text.
    #[error("an endpoint rule gave no text for {0:?}")]
    NotText(String),
}

/// The rule set itself cannot be understood: a damaged pack, or a function not known yet.
#[derive(Debug, Error)]
pub(crate) enum RulesError {
    #[error("{0} is missing or not of the right type")]
    Malformed(&'static str),
    #[error("the function {0:?} is not known")]
    Function(String),
    #[error("the built-in parameter {0:?} is not known")]
    BuiltIn(String),
    #[error("the template {0:?} has no end")]
    Template(String),
}
