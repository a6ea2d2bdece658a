//! `kintsugi`: wiring only.
//!
//! Comes in: the command line. Goes out: what the command says, and its exit code.
//! Never: anything else; each command has its own file.

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, complain};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Cli::parse().command.run().await {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(&error);
            error.exit().into()
        }
    }
}
