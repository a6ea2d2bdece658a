//! Measurements of what this project does itself: documents and events of any size, a host and a client that answer from
//! memory.
//!
//! Comes in: a size. Goes out: the work. Never: a clock; whoever measures has his own. No socket but in `bin/steps`.

pub mod answers;
pub mod canned;
pub mod documents;
pub mod fleet;
pub mod instant;
pub mod pure;

use std::path::PathBuf;

/// Where `make models` puts the models.
#[must_use]
pub fn models() -> PathBuf {
    root().join(".local/models/models.pack")
}

/// The checkout.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// CPU of this process's main thread so far, which does all the work, in microseconds.
///
/// # Errors
/// The kernel does not say.
pub fn cpu() -> Result<f64, pure::Trouble> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e3)
}
