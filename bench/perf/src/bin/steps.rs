//! A runbook on the emulator, and the bare sequence of its calls, alternated, as JSON.
//!
//! usage: steps RUNBOOK CALLS ROUNDS
//!
//! Comes in: a runbook, the calls it makes as JSON, the SDK's usual environment. Goes out: milliseconds of each round,
//! and the CPU of this process in it. Never: a round in which a step failed.

use std::sync::Arc;
use std::time::Instant;

use aws_api::{CallOptions, Client};
use engine::{Document, ExecutionStatus};
use perf::cpu;
use perf::instant::context;
use perf::pure::{self, Trouble};
use serde_json::{Map, Value, json};
use shared::aws::Services;
use shared::host::{Journal, LocalHost};
use shared::settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Trouble> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runbook, calls, rounds] = &arguments[..] else { return Err("usage: steps RUNBOOK CALLS ROUNDS".into()) };
    let text = std::fs::read_to_string(runbook)?;
    let document = pure::parse(&text)?;
    let calls: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(calls)?)?;
    let services = Services::start(Settings::of_operator(&perf::models())?).await?;
    let mut rounds_done = vec![];
    for round in 0..=rounds.parse::<usize>()? {
        let floor = timed(bare(&services.api, &calls)).await?;
        let engine = timed(run(&services, &document, round)).await?;
        // The first round loads models and opens connections.
        if round > 0 {
            rounds_done.push(json!({"floor": floor, "engine": engine}));
        }
    }
    println!("{}", json!({"rounds": rounds_done}));
    Ok(())
}

async fn bare(client: &Client, calls: &[Value]) -> Result<(), Trouble> {
    for call in calls {
        let [service, api] = ["service", "api"].map(|name| call[name].as_str().unwrap_or_default());
        std::hint::black_box(client.call(service, api, call["input"].clone(), CallOptions::default()).await?);
    }
    Ok(())
}

async fn run(services: &Services, document: &Document, round: usize) -> Result<(), Trouble> {
    let id = format!("00000000-0000-4000-8000-{round:012}");
    let host = LocalHost::new(id.clone(), services.clone(), Journal::in_memory(), Arc::new(|_| {}));
    let execution = engine::run(document, Map::new(), &context(&id), &host).await?;
    match execution.status {
        ExecutionStatus::Success => Ok(()),
        _ => Err(format!("{:?}", execution.failure).into()),
    }
}

/// Wall and CPU, in milliseconds.
async fn timed(work: impl Future<Output = Result<(), Trouble>>) -> Result<Value, Trouble> {
    let (begun, before) = (Instant::now(), cpu()?);
    work.await?;
    Ok(json!({"ms": begun.elapsed().as_secs_f64() * 1e3, "cpu_ms": (cpu()? - before) / 1e3}))
}
