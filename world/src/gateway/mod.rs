//! The one HTTP endpoint between the binaries and moto.

mod admin;
pub mod call;
pub mod config;
mod connection;
mod durable;
pub mod fault;
pub mod faults;
mod form;
mod forward;
mod function_url;
mod identify;
mod invoke;
pub mod journal;
pub mod pace;
pub mod reaper;
pub mod respond;
mod rest_operation;
mod running;
mod s3_operation;
mod server;

pub use config::{ACCOUNT, GatewayConfig, REGION};
pub use running::{Gateway, GatewayError, RunningGateway};
