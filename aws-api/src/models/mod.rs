//! The pack of all service models: one file, opened cheaply, one service inflated when first used.
//!
//! Comes in: the path of the pack that `make models` makes.
//! Goes out: [`Models`], which knows every service and operation by name.
//! Never: a call, a network, a whole pack in memory.

mod catalog;
mod error;
mod operation;
mod pack;
mod service;

pub use catalog::Models;
pub use error::ModelsError;
pub(crate) use operation::Operation;
pub(crate) use service::Service;
