//! What the measurements beside the typed SDK share: the same requests for both clients that are compared.
//!
//! Comes in: a client. Goes out: its answer. Never: a socket; `perf` has the configuration whose answers are in memory.

pub mod memory;
pub mod requests;
