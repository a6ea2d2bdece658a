//! find-faults on the local stack: faults that no event tells of, and its runs.
//!
//! Comes in: a stage. Goes out: public buckets that a Config rule has seen, what the finder answers and all that comes of it.
//! Never: an event that reaches a function by itself.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use world::stack::StackConfig;

use crate::local::{Happened, Stage, Tested};

/// The finder.
pub const FINDER: &str = "find-faults";
/// Who mends what Config finds.
pub const DRIFT: &str = "fix-config-drift";
/// Who mends slow machines.
pub const RESIZE: &str = "resize-on-cpu-alarm";
const IDENTIFIER: &str = "S3_BUCKET_PUBLIC_READ_PROHIBITED";
/// The rule that mutes alarms.
pub const MUTE: &str = "quiet";
/// Until AWS has seen what is wrong, in this world.
const WITHIN: Duration = Duration::from_secs(30);

/// What the finder answers.
#[derive(Debug, Deserialize)]
pub struct Report {
    /// Why it did nothing.
    pub stopped: Option<String>,
    /// Faults that were dealt with before.
    pub known: usize,
    /// What it handed on.
    pub fed: Vec<Line>,
    /// What the next run is left.
    pub waiting: usize,
    /// What nobody is bound to, or cannot be handed on.
    pub left: Vec<Line>,
    /// What it could not look at.
    pub unseen: Vec<String>,
}

/// A line of the answer.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// The fault.
    pub what: String,
    /// Why it was left.
    #[serde(default)]
    pub why: String,
}

/// No event reaches a function: whatever is wrong was wrong before, or its event was lost.
#[must_use]
pub fn deaf(mut config: StackConfig) -> StackConfig {
    config.durable_through_gateway = true;
    config.deaf = BTreeSet::from([DRIFT, RESIZE, "run-runbook"].map(str::to_owned));
    let config = config.with_parameter("Mode", "enforce").with_parameter("FindFaultsMost", "2");
    config.with_setting("KINTSUGI_FIND_AFTER_SECONDS", "0").with_setting("KINTSUGI_COOLDOWN_SECONDS", "0")
}

/// What earlier tests, failed ones too, have left behind is not this one's to find.
///
/// # Errors
/// The account refuses.
pub async fn alone(stage: &Stage<'_>) -> Tested {
    let rules = stage.operator.call("config", "DescribeConfigRules", json!({})).await?;
    for rule in rules["ConfigRules"].as_array().into_iter().flatten() {
        stage.operator.call("config", "DeleteConfigRule", json!({ "ConfigRuleName": rule["ConfigRuleName"] })).await?;
    }
    stage.operator.call("cloudwatch", "DeleteAlarmMuteRule", json!({ "AlarmMuteRuleName": MUTE })).await?;
    let alarms = stage.operator.call("cloudwatch", "DescribeAlarms", json!({ "StateValue": "ALARM" })).await?;
    let alarms = ["MetricAlarms", "CompositeAlarms"].map(|kind| alarms[kind].as_array().cloned().unwrap_or_default());
    let names: Vec<Value> = alarms.concat().into_iter().map(|alarm| alarm["AlarmName"].clone()).collect();
    if !names.is_empty() {
        stage.operator.call("cloudwatch", "DeleteAlarms", json!({ "AlarmNames": names })).await?;
    }
    Ok(())
}

/// Public buckets under a Config rule of their own that has seen them.
///
/// # Errors
/// The account refuses.
pub async fn public_buckets(stage: &Stage<'_>, count: usize) -> Result<(String, Vec<String>), Box<dyn Error>> {
    alone(stage).await?;
    let rule = stage.name("no-public-buckets");
    let mut buckets = vec![];
    for _ in 0..count {
        let bucket = stage.name("photos");
        stage.operator.public_bucket(&bucket).await?;
        buckets.push(bucket);
    }
    let source = json!({"Owner": "AWS", "SourceIdentifier": IDENTIFIER});
    let rule_of = json!({"ConfigRuleName": rule, "Source": source});
    stage.operator.call("config", "PutConfigRule", json!({ "ConfigRule": rule_of })).await?;
    for bucket in &buckets {
        until(async || Ok(stage.operator.see_compliance(&rule, bucket).await? == "NON_COMPLIANT")).await?;
    }
    Ok((rule, buckets))
}

/// Waits.
///
/// # Errors
/// It is not so in time.
pub async fn until(seen: impl AsyncFn() -> Result<bool, Box<dyn Error>>) -> Tested {
    let waiting = async {
        while !seen().await? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    tokio::time::timeout(WITHIN, waiting).await.map_err(|_| "AWS has not seen it")?
}

/// The finder runs, and all that comes of it.
///
/// # Errors
/// It failed, or did not run.
pub async fn find(stage: &Stage<'_>) -> Result<(Report, Happened), Box<dyn Error>> {
    let happened = stage.deliver(FINDER, "{}").await?;
    let finder = happened.executions.iter().find(|(invocation, _)| invocation.function == FINDER);
    let (_, execution) = finder.ok_or("the finder did not run")?;
    let result = execution.result.clone().ok_or_else(|| format!("the finder failed: {:?}", execution.error))?;
    Ok((serde_json::from_value(result)?, happened))
}
