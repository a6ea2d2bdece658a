//! How events reach functions: patterns, the template's rules, Lambda's asynchronous queue.

pub mod invoker;

pub use invoker::{InvokeError, Invoker, NoFunctions};
