//! SSM Automation, which moto does not have.

mod host;
mod owned;
mod run;
pub mod service;

pub use service::Automations;
