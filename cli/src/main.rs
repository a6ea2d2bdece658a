//! `kintsugi`: wiring only.
//!
//! Comes in: the command line. Goes out: what the command says, and its exit code.
//! Never: anything else; each command has its own file.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, CliError, Exit, complain};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    // Asked of the words themselves: a command line that cannot be read has to be told in JSON too.
    let json = words.iter().any(|word| word == "--json");
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => return said_by_clap(error, json),
    };
    match cli.command.run().await {
        Ok(exit) => exit.into(),
        Err(error) => failed(&error, json),
    }
}

/// Help and the version, which were asked for, or what is wrong with the command line.
fn said_by_clap(error: clap::Error, json: bool) -> ExitCode {
    if error.use_stderr() && json {
        return failed(&CliError::Usage(error), json);
    }
    // There is nowhere left to say that the stream is closed.
    let _ = error.print();
    if error.use_stderr() { Exit::NotBegun.into() } else { Exit::Done.into() }
}

/// For people on standard error; for programs that asked for JSON, on standard output instead of the result.
fn failed(error: &CliError, json: bool) -> ExitCode {
    complain(error);
    if json && let Ok(text) = serde_json::to_string_pretty(&error.to_json()) {
        let _ = writeln!(io::stdout(), "{text}");
    }
    error.exit().into()
}
