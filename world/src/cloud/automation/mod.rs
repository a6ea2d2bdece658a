//! SSM Automation, which moto does not have.

mod host;
mod run;
pub mod service;

pub use service::Automations;
