//! How long a remediation takes, and where the time goes.
//!
//! Comes in: release binaries of the functions. Goes out: for each remediation its times, from the record, the gateway's
//! journal and the kernel. Never: a cold start; each function has put another resource right before.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::catalogue::Binding;
use shared::outcome::Outcome;
use shared::record::Record;
use world::gateway::journal::{Entry, Filter};
use world::operator::make::{NO_OPEN_SSH, NO_PUBLIC_BUCKETS};
use world::stack::{FUNCTIONS, Invocation, Stack, StackConfig, Tools};

use crate::local::{Happened, Stage, UNBOUNDED};
use crate::scene::{self, SceneFile, Troupe};

/// Config fixes that need no Rust, beside the two that do.
const SCENES: [&str; 3] = ["version-bucket", "encrypt-bucket", "require-tls-on-bucket"];

type Measured<T> = Result<T, Box<dyn Error>>;

/// Puts each fault right `rounds` times and once before, and tells of each.
///
/// # Errors
/// The world does not start, or a fault is not put right.
pub async fn measure(binaries: PathBuf, rounds: usize) -> Measured<Value> {
    let stack = Stack::start(config(binaries)?).await?;
    let stage = Stage::new(&stack);
    let mut told = vec![];
    for round in 0..=rounds {
        let warm = round > 0;
        told.extend(resize(&stage).await?.filter(|_| warm));
        told.extend(bucket(&stage).await?.filter(|_| warm));
        told.extend(group(&stage).await?.filter(|_| warm));
        for (binding, scene) in scene::all().map_err(plain)? {
            if SCENES.contains(&binding.name.as_str()) {
                told.extend(play(&stage, &binding, &scene).await?.filter(|_| warm));
            }
        }
    }
    Ok(told.into())
}

fn plain(error: Box<dyn Error + Send + Sync>) -> Box<dyn Error> {
    error
}

fn config(binaries: PathBuf) -> Measured<StackConfig> {
    let mut config = StackConfig::new(Tools::find()?);
    config.binaries = binaries;
    config.durable_through_gateway = true;
    // One process for each function, so that all of a run is in one.
    config.instances = FUNCTIONS.iter().map(|name| ((*name).to_owned(), 1)).collect();
    let config = config.with_parameter("Mode", "enforce").with_parameter("BindingModes", "account-wide=enforce");
    Ok(config.with_setting("KINTSUGI_MAX_PER_HOUR", "1000").with_setting("KINTSUGI_GUARDS", UNBOUNDED))
}

async fn resize(stage: &Stage<'_>) -> Measured<Option<Value>> {
    let machine = stage.busy_machine("m5.large").await?;
    let begun = Begun::now(stage, "resize-on-cpu-alarm")?;
    let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
    begun.told("resize-on-cpu-alarm", "resize-instance", &happened).await.map(Some)
}

async fn bucket(stage: &Stage<'_>) -> Measured<Option<Value>> {
    let name = stage.name("photos");
    let begun = Begun::now(stage, "fix-config-drift")?;
    // Once the rule is on, it notices the bucket by itself.
    let fault = async {
        stage.operator.public_bucket(&name).await?;
        stage.operator.switch_on(NO_PUBLIC_BUCKETS).await
    };
    let happened = stage.after(fault).await?;
    begun.told("fix-config-drift", "block-public-access-on-bucket", &happened).await.map(Some)
}

async fn group(stage: &Stage<'_>) -> Measured<Option<Value>> {
    let name = stage.name("door");
    let begun = Begun::now(stage, "fix-config-drift")?;
    let fault = async {
        stage.operator.open_group(&name).await?;
        stage.operator.switch_on(NO_OPEN_SSH).await
    };
    let happened = stage.after(fault).await?;
    begun.told("fix-config-drift", "revoke-open-ssh", &happened).await.map(Some)
}

async fn play(stage: &Stage<'_>, binding: &Binding, scene: &SceneFile) -> Measured<Option<Value>> {
    let troupe = Troupe { stack: stage.stack, operator: &stage.operator };
    let made = troupe.make(scene, &stage.name(&binding.name)).await.map_err(plain)?;
    let begun = Begun::now(stage, &binding.function)?;
    let happened = stage.consequences(async { troupe.notice(binding, scene, &made).await.map_err(plain) }).await?;
    let told = begun.told(&binding.function, &binding.runbook, &happened).await?;
    troupe.clear(binding, scene, &made).await.map_err(plain)?;
    Ok(Some(told))
}

/// Where the counters stood before a fault was noticed.
struct Begun<'a> {
    stage: &'a Stage<'a>,
    journal: u64,
    process: u32,
    cpu: f64,
}

impl<'a> Begun<'a> {
    fn now(stage: &'a Stage<'a>, function: &str) -> Measured<Self> {
        let process = process(function, stage.stack.gateway_url())?;
        Ok(Self { stage, journal: stage.stack.journal_end(), process, cpu: cpu(process)? })
    }

    /// What AWS's durable service recorded of the execution that made this record.
    async fn history(&self, record: &Record, happened: &Happened) -> Measured<Vec<Value>> {
        let made = |invocation: &Invocation| invocation.id == record.execution;
        let mut executions = happened.executions.iter().map(|(invocation, _)| invocation);
        let invocation = executions.find(|invocation| made(invocation)).ok_or("the execution is not known")?;
        Ok(self.stage.stack.history(invocation).await?)
    }

    async fn told(&self, function: &str, runbook: &str, happened: &Happened) -> Measured<Value> {
        let records = happened.records();
        let mut healed = records.iter().filter(|record| matches!(record.outcome, Outcome::Remediated { .. }));
        let (Some(record), None) = (healed.next(), healed.next()) else {
            return Err(format!("{runbook} did not put exactly one fault right:\n{}", happened.story()).into());
        };
        let of = Filter { since: Some(self.journal), caller: Some(function.to_owned()), ..Filter::default() };
        let calls = self.stage.stack.journal(&of);
        let within = |entry: &&Entry| entry.at >= record.started_at && entry.at <= record.ended_at;
        let (durable, aws): (Vec<&Entry>, Vec<&Entry>) = calls.iter().filter(within).partition(|entry| durable(entry));
        let first = happened.changes.first().ok_or("nothing was changed")?;
        let total = milliseconds(record.started_at, record.ended_at);
        let history = self.history(record, happened).await?;
        let of_history = |end: &str| {
            history.iter().filter(|event| event["EventType"].as_str().is_some_and(|kind| kind.ends_with(end))).count()
        };
        Ok(json!({
            "invocations": of_history("InvocationCompleted"), "recorded": of_history("Started"),
            "recorded_bytes": Value::from(history.clone()).to_string().len(),
            "steps": record.run.as_ref().map_or(0, |run| run.steps.len()), "called": called(&calls),
            "function": function, "runbook": runbook, "total_ms": total, "looks": looks(record),
            "first_write_ms": milliseconds(record.started_at, first.at),
            "aws_calls": aws.len(), "aws_ms": busy(&aws),
            "operations": durable.len(), "durable_ms": busy(&durable),
            "all_ms": busy(&calls.iter().filter(within).collect::<Vec<_>>()), "cpu_ms": cpu(self.process)? - self.cpu,
        }))
    }
}

/// How often each operation was called, the outcome's event too; of transactions, how many writes there were in them.
fn called(calls: &[Entry]) -> BTreeMap<String, usize> {
    let mut called = BTreeMap::new();
    for call in calls.iter().filter(|entry| !durable(entry)).map(|entry| &entry.call) {
        let items = call.input.get("TransactItems").and_then(Value::as_array).map_or(1, Vec::len);
        *called.entry(format!("{}:{}", call.service, call.operation)).or_default() += items;
    }
    called
}

fn durable(entry: &Entry) -> bool {
    entry.call.service == "lambda" && entry.call.operation.contains("DurableExecution")
}

fn looks(record: &Record) -> u32 {
    record.verification.as_ref().map_or(0, |verification| verification.looks)
}

fn milliseconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() * 1e3
}

/// Milliseconds in which at least one of these calls was not answered yet.
fn busy(calls: &[&Entry]) -> f64 {
    let span =
        |entry: &&Entry| (entry.at.as_microsecond(), entry.at.as_microsecond().saturating_add_unsigned(entry.micros));
    let mut spans: Vec<(i64, i64)> = calls.iter().map(span).collect();
    spans.sort_unstable();
    let (mut total, mut until) = (0, i64::MIN);
    for (begun, ended) in spans {
        total += (ended - begun.max(until)).max(0);
        until = until.max(ended);
    }
    total as f64 / 1e3
}

/// The process of a function of this world.
fn process(function: &str, gateway: &str) -> Measured<u32> {
    let wanted = [format!("AWS_LAMBDA_FUNCTION_NAME={function}"), format!("AWS_ENDPOINT_URL={gateway}")];
    let numbers = std::fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is = |number: &u32| {
        let environment = std::fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
        let has = |wanted: &String| environment.split(|byte| *byte == 0).any(|pair| pair == wanted.as_bytes());
        // The binary itself, not a shell around it.
        let binary = std::fs::read_link(format!("/proc/{number}/exe")).is_ok_and(|path| path.ends_with(function));
        binary && wanted.iter().all(has)
    };
    numbers.into_iter().find(is).ok_or_else(|| format!("{function} does not run").into())
}

/// CPU of all threads of a process so far, in milliseconds.
fn cpu(process: u32) -> Measured<f64> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_some_processor_time() {
        assert!(cpu(std::process::id()).unwrap() > 0.0);
    }
}
