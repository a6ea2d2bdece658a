//! The pack of models for tests that need real ones.
//!
//! Comes in: `KINTSUGI_MODELS`, or `.local/models/models.pack` of the workspace.
//! Goes out: the models, or nothing and a loud word.
//! Never: models made up for a test.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::Models;

/// The models, opened once for all tests; `None` if there is no pack.
pub(crate) fn models() -> Option<Arc<Models>> {
    static MODELS: OnceLock<Option<Arc<Models>>> = OnceLock::new();
    MODELS.get_or_init(open).clone()
}

fn open() -> Option<Arc<Models>> {
    let given = std::env::var_os("KINTSUGI_MODELS").map(PathBuf::from);
    let path = given.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../.local/models/models.pack").into());
    if path.exists() {
        return Some(Arc::new(Models::open(path).unwrap()));
    }
    eprintln!("SKIPPED: no service models at {}: `make models` makes them", path.display());
    None
}
