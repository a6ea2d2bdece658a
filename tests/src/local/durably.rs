//! Any runbook as a durable execution, on AWS's own emulator of the service: `run-durably` runs what it is told.
//!
//! Comes in: the steps of a runbook. Goes out: the record of its execution. Never: a guard; those are the functions' own.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engine::Execution;
use serde_json::json;
use world::stack::Invocation;

use super::{Stage, Tested, people, test};

/// The function that runs what it is told.
pub const FUNCTION: &str = "run-durably";
/// Every run of these tests ends within this time.
pub const WITHIN: Duration = Duration::from_secs(90);
/// Lambda's time for one invocation, here.
pub const INVOCATION: Duration = Duration::from_secs(10);

/// It is not in the template.
const BLOCK: &str = "Resources:
  RunDurablyFunction:
    Type: AWS::Serverless::Function
    Metadata:
      BuildProperties:
        Binary: run-durably
    Properties:
      DurableConfig:
        ExecutionTimeout: 900
";

/// Runs a test in a stack that has the function.
///
/// # Errors
/// The test's own.
pub fn durable(tested: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    test(
        |mut config| {
            config.template = with_block(&config.template);
            config.invocation_timeout = INVOCATION;
            config
                .with_setting("KINTSUGI_SCRIPT_FUNCTION", "run-script")
                .with_setting("KINTSUGI_GUARD_TABLE", "kintsugi-GuardTable")
                .with_setting("KINTSUGI_STOP_PARAMETER", "/kintsugi/stop")
                .with_setting("KINTSUGI_APPROVAL_SECRET", people::SECRET)
                .with_setting("KINTSUGI_APPROVAL_TOPIC", people::TOPIC)
                .with_setting("KINTSUGI_APPROVAL_URL", "https://approvals.example.com/")
        },
        tested,
    )
}

#[expect(clippy::unwrap_used, reason = "a template that cannot be copied is a failed test")]
fn with_block(template: &Path) -> PathBuf {
    let text = std::fs::read_to_string(template).unwrap().replacen("Resources:\n", BLOCK, 1);
    // The world starts a function by its binary; that of run-script is Python at once.
    let text = text.replacen("SkipBuild: true\n", "BuildProperties: {Binary: run-script}\n", 1);
    let path = std::env::temp_dir().join(format!("kintsugi-durable-{}.yaml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

/// Starts a runbook of these steps.
///
/// # Errors
/// The stack refuses.
pub async fn start(stage: &Stage<'_>, steps: &str) -> Result<Invocation, Box<dyn Error>> {
    let runbook = format!("schemaVersion: '0.3'\nmainSteps:\n{steps}");
    Ok(stage.stack.invoke(FUNCTION, &json!({ "runbook": runbook }).to_string()).await?)
}

/// What became of it.
///
/// # Errors
/// It did not end, or failed as an execution.
pub async fn end(stage: &Stage<'_>, run: &Invocation) -> Result<Execution, Box<dyn Error>> {
    let ended = stage.stack.finish(run, WITHIN).await?;
    let result = ended.result.ok_or_else(|| format!("{}: {:?}", ended.status, ended.error))?;
    Ok(serde_json::from_value(result)?)
}

/// Waits until the execution waits for a word and has recorded whom it asked, and says under which id.
///
/// # Errors
/// It waits for nobody.
pub async fn waits(stage: &Stage<'_>, run: &Invocation) -> Result<String, Box<dyn Error>> {
    let until = Instant::now() + WITHIN;
    while Instant::now() < until {
        let history = stage.stack.history(run).await?;
        let mut ids = history.iter().filter_map(|event| event.pointer("/CallbackStartedDetails/CallbackId")?.as_str());
        let invited = history.iter().any(|event| {
            event["EventType"] == "StepSucceeded"
                && event["Name"].as_str().is_some_and(|name| name.ends_with("/invite"))
        });
        if let (Some(id), true) = (ids.next_back(), invited) {
            return Ok(id.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("it waits for nobody".into())
}
