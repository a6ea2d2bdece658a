//! Scripts of aws:executeScript: where they run, and how they are asked and answer.
//!
//! ```text
//! laptop:  LocalHost   ── pipes ──>  runner (a process)  ──>  the script (another)
//! Lambda:  DurableHost ── invoke ─>  run-script (a function): the same runner, the same two processes
//! ```
//!
//! Comes in: a script's request. Goes out: its answer, or why there is none.
//! Never: an environment or a credential that the operator did not give; see docs/scripts.md.

mod message;
mod process;

pub(super) use message::{answer, died, interrupted, refused, request};
pub use process::Scripts;

/// The runner, which is also the code of the function run-script.
const RUNNER: &str = include_str!("../../../../functions/run-script/runner.py");

#[cfg(test)]
mod tests;
