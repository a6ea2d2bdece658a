//! `demo [--binaries FOLDER] [--stay]`: shows Kintsugi at work on this machine and exits with 0 only if all it claims is so.

use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use world::demo;
use world::stack::{StackConfig, Tools};

const USAGE: &str = "usage: demo [--binaries FOLDER] [--stay]
  --binaries  the functions' binaries; default: target/debug
  --stay      at the end the tickets can be looked at until Ctrl-C";

#[tokio::main]
async fn main() -> ExitCode {
    let (config, stay) = match config(std::env::args().skip(1)) {
        Ok(config) => config,
        Err(message) => return fail(&message),
    };
    tokio::select! {
        shown = demo::run(config, stay) => match shown {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => fail(&chain(&error)),
        },
        // Leaving drops the stack, and with it every process.
        () = interrupted() => ExitCode::from(130),
    }
}

fn config(mut arguments: impl Iterator<Item = String>) -> Result<(StackConfig, bool), String> {
    let mut config = StackConfig::new(Tools::find().map_err(|error| error.to_string())?);
    let mut stay = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--stay" => stay = true,
            "--binaries" => config.binaries = arguments.next().map(PathBuf::from).ok_or(USAGE)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok((config, stay))
}

async fn interrupted() {
    let terminated = async {
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            terminate.recv().await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

/// An error and its causes, outermost first.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
