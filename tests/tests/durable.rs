//! Any runbook as a durable execution: what the shipped runbooks do not need, on AWS's own emulator of the service.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engine::{Execution, ExecutionStatus, StepStatus};
use serde_json::{Value, json};
use tests::local::{self, Stage, Tested};
use world::stack::Invocation;

const FUNCTION: &str = "run-durably";
const WITHIN: Duration = Duration::from_secs(90);
/// Lambda's time for one invocation, here.
const INVOCATION: Duration = Duration::from_secs(6);

/// The function that runs what it is told, which the template does not have.
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

fn durable(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(
        |mut config| {
            config.template = with_block(&config.template);
            config.invocation_timeout = INVOCATION;
            config
                .with_setting("KINTSUGI_SCRIPT_FUNCTION", "run-script")
                .with_setting("KINTSUGI_GUARD_TABLE", "kintsugi-GuardTable")
        },
        test,
    )
}

fn with_block(template: &Path) -> PathBuf {
    let text = std::fs::read_to_string(template).unwrap().replacen("Resources:\n", BLOCK, 1);
    // The world starts a function by its binary; that of run-script is Python at once.
    let text = text.replacen("SkipBuild: true\n", "BuildProperties: {Binary: run-script}\n", 1);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("durable-{}.yaml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

async fn start(stage: &Stage<'_>, steps: &str) -> Result<Invocation, Box<dyn Error>> {
    let runbook = format!("schemaVersion: '0.3'\nmainSteps:\n{steps}");
    Ok(stage.stack.invoke(FUNCTION, &json!({ "runbook": runbook }).to_string()).await?)
}

async fn end(stage: &Stage<'_>, run: &Invocation) -> Result<Execution, Box<dyn Error>> {
    let ended = stage.stack.finish(run, WITHIN).await?;
    let result = ended.result.ok_or_else(|| format!("{}: {:?}", ended.status, ended.error))?;
    Ok(serde_json::from_value(result)?)
}

/// Waits until the execution waits for a word, and says under which id.
async fn waits(stage: &Stage<'_>, run: &Invocation) -> Result<String, Box<dyn Error>> {
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

/// SendDurableExecutionCallbackSuccess.
async fn say(stage: &Stage<'_>, id: &str, word: &Value) -> Tested {
    let id = id.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let url = format!("{}/2025-12-01/durable-execution-callbacks/{id}/succeed", stage.stack.runner().url());
    reqwest::Client::new().post(url).body(word.to_string()).send().await?.error_for_status()?;
    Ok(())
}

fn operations<'a>(history: &'a [Value], kind: &str) -> Vec<&'a str> {
    history.iter().filter(|event| event["EventType"] == kind).filter_map(|event| event["Name"].as_str()).collect()
}

#[test]
fn a_pause_ends_with_the_word_of_a_person_and_with_no_other() -> Tested {
    durable(async |stage| {
        let steps = "- {name: ask, action: 'aws:pause', inputs: {}}\n\
                     - {name: after, action: 'aws:sleep', isEnd: true, inputs: {Duration: PT1S}}\n";
        for (word, status, after) in [
            (json!({"resume": true}), ExecutionStatus::Success, StepStatus::Success),
            (json!({"resume": "perhaps"}), ExecutionStatus::Cancelled, StepStatus::Pending),
        ] {
            let run = start(stage, steps).await?;
            say(stage, &waits(stage, &run).await?, &word).await?;
            let ended = end(stage, &run).await?;
            assert_eq!((ended.status, ended.step("after").map(|step| step.status)), (status, Some(after)), "{word}");
        }
        Ok(())
    })
}

#[test]
fn a_pause_that_nobody_answers_ends_with_its_time() -> Tested {
    durable(async |stage| {
        let run =
            start(stage, "- {name: ask, action: 'aws:pause', timeoutSeconds: 2, isEnd: true, inputs: {}}\n").await?;
        assert_eq!(end(stage, &run).await?.status, ExecutionStatus::TimedOut);
        Ok(())
    })
}

#[test]
fn a_function_killed_in_a_pause_and_in_a_sleep_that_outlasts_an_invocation_goes_on() -> Tested {
    durable(async |stage| {
        let steps = "- {name: ask, action: 'aws:pause', inputs: {}}\n\
                     - {name: rest, action: 'aws:sleep', isEnd: true, inputs: {Duration: PT8S}}\n";
        let run = start(stage, steps).await?;
        let id = waits(stage, &run).await?;
        stage.stack.kill_function(FUNCTION)?;
        stage.stack.restart_function(FUNCTION, &BTreeMap::new())?;
        let began = Instant::now();
        say(stage, &id, &json!({"resume": true})).await?;
        assert_eq!(end(stage, &run).await?.status, ExecutionStatus::Success);
        assert!(began.elapsed() > INVOCATION, "it slept no longer than one invocation lasts");
        Ok(())
    })
}

#[test]
fn a_loop_and_an_answer_larger_than_a_checkpoint_are_recorded() -> Tested {
    durable(async |stage| {
        let steps = "- name: each\n  action: aws:loop\n  inputs:\n    Iterators: [a, b, c]\n    \
                     IteratorDataType: String\n    Steps:\n    - name: who\n      action: aws:executeAwsApi\n      \
                     inputs: {Service: sts, Api: GetCallerIdentity}\n\
                     - name: types\n  action: aws:executeAwsApi\n  isEnd: true\n  \
                     inputs: {Service: ec2, Api: DescribeInstanceTypes}\n";
        let run = start(stage, steps).await?;
        let ended = end(stage, &run).await?;
        assert_eq!(ended.status, ExecutionStatus::Success, "{:?}", ended.failure);
        let history = stage.stack.history(&run).await?;
        let calls = operations(&history, "StepSucceeded").into_iter().filter(|name| name.ends_with("/call"));
        assert_eq!(calls.count(), 4);
        let packed = history.iter().filter(|event| event.to_string().contains("\\\"packed\\\":true")).count();
        assert_eq!(packed, 1, "the answer is large, and was deflated");
        Ok(())
    })
}

#[test]
fn a_child_runbook_runs_within_its_parents_execution() -> Tested {
    durable(async |stage| {
        let name = stage.name("Child");
        let content = "schemaVersion: '0.3'\nmainSteps:\n- {name: nap, action: 'aws:sleep', isEnd: true, \
                       inputs: {Duration: PT1S}}\n";
        let document =
            json!({"Name": name, "Content": content, "DocumentType": "Automation", "DocumentFormat": "YAML"});
        stage.operator.call("ssm", "CreateDocument", document).await?;
        let steps = format!(
            "- {{name: child, action: 'aws:executeAutomation', isEnd: true, inputs: {{DocumentName: {name}}}}}\n"
        );
        let run = start(stage, &steps).await?;
        let ended = end(stage, &run).await?;
        assert_eq!(ended.status, ExecutionStatus::Success, "{:?}", ended.failure);
        let history = stage.stack.history(&run).await?;
        assert!(operations(&history, "WaitSucceeded").iter().any(|name| name.contains(":nap#1")), "{history:?}");
        Ok(())
    })
}

#[test]
fn a_script_runs_in_a_function_of_its_own_while_the_execution_is_suspended() -> Tested {
    durable(async |stage| {
        let steps = "- name: count\n  action: aws:executeScript\n  isEnd: true\n  inputs:\n    Runtime: python3.11\n    \
                     Handler: f\n    InputPayload: {words: [a, b, c]}\n    Script: |\n      \
                     def f(events, context):\n        return {'count': len(events['words'])}\n  \
                     outputs: [{Name: Count, Selector: $.Payload.count, Type: Integer}]\n";
        let run = start(stage, steps).await?;
        let ended = end(stage, &run).await?;
        assert_eq!(ended.status, ExecutionStatus::Success, "{:?}", ended.failure);
        assert_eq!(ended.step("count").map(|step| &step.outputs["Count"]), Some(&json!(3)));
        let history = stage.stack.history(&run).await?;
        assert_eq!(operations(&history, "ChainedInvokeSucceeded").len(), 1, "{history:?}");
        Ok(())
    })
}
