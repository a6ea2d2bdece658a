//! Where a request goes and for what it is signed, by the service's own endpoint rules.
//!
//! Comes in: the rule set of a service, AWS's partitions, the parameters of one call.
//! Goes out: address, headers and signing properties; or the rules' own refusal.
//! Never: a host name put together by us.

mod arn;
mod error;
mod evaluate;
mod functions;
mod partitions;
mod rules;
mod url;

pub use error::EndpointError;
pub(crate) use error::RulesError;
pub(crate) use evaluate::Resolved;
pub(crate) use partitions::Partitions;
pub(crate) use rules::{BuiltIn, RuleSet};
