//! `world`: the local world by hand, until Ctrl-C.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use world::hand;
use world::stack::{Stack, StackConfig, Tools};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("world: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let tools = Tools::find().map_err(|error| chain(&error))?;
    let Some(config) = hand::configure(StackConfig::new(tools), std::env::args().skip(1))? else {
        println!("{}", hand::USAGE);
        return Ok(());
    };
    let mut terminated = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    tokio::select! {
        // Leaving drops the stack, and with it every process.
        ended = live(config) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = terminated.recv() => Ok(()),
    }
}

async fn live(config: StackConfig) -> Result<(), String> {
    let stack = Stack::start(config).await.map_err(|error| chain(&error))?;
    println!("{}", hand::welcome(&stack));
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        stack.check().map_err(|error| chain(&error))?;
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
