//! How events reach functions: patterns, the template's rules, Lambda's asynchronous queue.

pub mod deliver;
pub mod event;
pub mod invoker;
pub mod log;
pub mod resolve;
pub mod routes;
pub mod source;
pub mod yaml;

pub use deliver::Bus;
pub use invoker::{Ended, InvokeError, Invoker, NoFunctions};
pub use routes::Routes;
