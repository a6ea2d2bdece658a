//! Where the counterparts are installed.
//!
//! Comes in: the environment variable KINTSUGI_VENV, or the checkout's `.local/venv`. Goes out: paths that exist.
//! Never: an installation; `make setup` does that.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::StackError;

/// The virtual environment with moto, AWS's durable local runner and cargo-lambda.
#[derive(Debug, Clone)]
pub struct Tools {
    venv: PathBuf,
}

impl Tools {
    /// The environment that KINTSUGI_VENV names, else the checkout's own.
    ///
    /// # Errors
    /// [`StackError::ToolMissing`] when it has no Python.
    pub fn find() -> Result<Self, StackError> {
        #[expect(clippy::disallowed_methods, reason = "the local world is a test instrument and has no settings crate")]
        let venv = std::env::var("KINTSUGI_VENV").map_or_else(|_| workspace().join(".local/venv"), PathBuf::from);
        let tools = Self { venv };
        tools.bin("python", "the Python of the local world")?;
        Ok(tools)
    }

    /// Python running strict moto on loopback.
    pub(crate) fn moto(&self, port: u16) -> Result<Command, StackError> {
        let mut command = Command::new(self.bin("python", "Python")?);
        command.arg(workspace().join("world/python/strict_moto.py"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        Ok(command)
    }

    /// AWS's emulator of the durable execution service.
    pub(crate) fn durable_runner(&self) -> Result<Command, StackError> {
        self.bin("dex-local-runner", "AWS's durable local runner")?;
        let mut command = Command::new(self.bin("python", "Python")?);
        command.arg(workspace().join("world/python/durable_runner.py"));
        Ok(command)
    }

    /// cargo-lambda, called as cargo would call it.
    pub(crate) fn cargo_lambda(&self) -> Result<Command, StackError> {
        let mut command = Command::new(self.bin("cargo-lambda", "cargo-lambda")?);
        command.arg("lambda");
        Ok(command)
    }

    fn bin(&self, name: &str, what: &'static str) -> Result<PathBuf, StackError> {
        let path = self.venv.join("bin").join(name);
        if path.exists() { Ok(path) } else { Err(StackError::ToolMissing { what, path }) }
    }
}

/// The checkout's root folder.
#[must_use]
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
