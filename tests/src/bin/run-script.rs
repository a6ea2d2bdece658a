//! The function run-script as the local world starts functions: a binary of its name, which is Python at once.
//!
//! Comes in: Lambda's environment. Goes out: the process of `world/python/lambda_client.py` in its place.
//! Never: code of its own. For tests; Lambda runs `functions/run-script` itself.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use tests::checkout::root;

fn main() -> std::io::Result<()> {
    let mut python = Command::new(root().join(".local/venv/bin/python"));
    python.arg(root().join("world/python/lambda_client.py"));
    python.arg(root().join("functions/run-script")).arg("runner.handler");
    Err(python.exec())
}
