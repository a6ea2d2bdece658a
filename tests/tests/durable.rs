//! Any runbook as a durable execution: what the shipped runbooks do not need, on AWS's own emulator of the service.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use engine::{Cause, ExecutionStatus, StepStatus};
use serde_json::{Value, json};
use tests::local::durably::{FUNCTION, INVOCATION, durable, end, start, waits};
use tests::local::{Delivery, Stage, Tested, alarm_event};
use world::gateway::journal::Filter;

const RESIZE: &str = "resize-on-cpu-alarm";

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
                     - {name: rest, action: 'aws:sleep', isEnd: true, inputs: {Duration: PT12S}}\n";
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

/// A document of SSM, for a runbook that runs another.
async fn document(stage: &Stage<'_>, steps: &str) -> Result<String, Box<dyn Error>> {
    let name = stage.name("Child");
    let content = format!("schemaVersion: '0.3'\nmainSteps:\n{steps}");
    let document = json!({"Name": name, "Content": content, "DocumentType": "Automation", "DocumentFormat": "YAML"});
    stage.operator.call("ssm", "CreateDocument", document).await?;
    Ok(name)
}

#[test]
fn a_child_runbook_runs_within_its_parents_execution_under_names_of_its_own_and_goes_on_after_kills() -> Tested {
    durable(async |stage| {
        let who = "action: 'aws:executeAwsApi', inputs: {Service: sts, Api: GetCallerIdentity}";
        let steps = format!(
            "- {{name: who, {who}}}\n- {{name: ask, action: 'aws:pause', inputs: {{}}}}\n- {{name: again, isEnd: true, {who}}}\n"
        );
        let child = document(stage, &steps).await?;
        let steps = format!(
            "- {{name: child, action: 'aws:executeAutomation', inputs: {{DocumentName: {child}}}}}\n\
             - {{name: again, isEnd: true, {who}}}\n"
        );
        let since = stage.stack.journal_end();
        let dies = json!([{ "service": "sts", "operation": "GetCallerIdentity", "caller": FUNCTION, "nth": [1],
            "fault": { "kill": { "at": "performed" } } }]);
        let run = stage
            .with_faults(dies, async {
                let run = start(stage, &steps).await?;
                let id = waits(stage, &run).await?;
                stage.stack.kill_function(FUNCTION)?;
                stage.stack.restart_function(FUNCTION, &BTreeMap::new())?;
                say(stage, &id, &json!({"resume": true})).await?;
                Ok(run)
            })
            .await?;
        let ended = end(stage, &run).await?;
        assert_eq!(ended.status, ExecutionStatus::Success, "{:?}", ended.failure);
        let history = stage.stack.history(&run).await?;
        let done = operations(&history, "StepSucceeded");
        let times = |part: &str| done.iter().filter(|name| name.contains(part)).count();
        assert_eq!((times("who#1"), times("again#1/")), (1, 2), "{done:?}");
        let different: std::collections::BTreeSet<&&str> = done.iter().collect();
        assert_eq!(different.len(), done.len(), "no two under one name: {done:?}");
        let asked = Filter { since: Some(since), operation: Some("GetCallerIdentity".into()), ..Filter::default() };
        assert_eq!(stage.stack.journal(&asked).len(), 4, "only the call it was killed in came twice");
        Ok(())
    })
}

#[test]
fn of_children_under_rate_control_each_runs_once_though_the_function_dies_in_one_of_them() -> Tested {
    durable(async |stage| {
        let child = document(
            stage,
            "- {name: who, action: 'aws:executeAwsApi', isEnd: true, inputs: {Service: sts, Api: GetCallerIdentity}}\n\
             parameters: {Name: {type: String}}\n",
        )
        .await?;
        let steps = format!(
            "- {{name: all, action: 'aws:executeAutomation', isEnd: true, inputs: {{DocumentName: {child}, \
             TargetParameterName: Name, Targets: [{{Key: ParameterValues, Values: [a, b, c]}}], \
             MaxConcurrency: '2', MaxErrors: '0'}}}}\n"
        );
        let since = stage.stack.journal_end();
        let dies = json!([{ "service": "sts", "operation": "GetCallerIdentity", "caller": FUNCTION, "nth": [2],
            "fault": { "kill": { "at": "performed" } } }]);
        let ended = stage.with_faults(dies, async { end(stage, &start(stage, &steps).await?).await }).await?;
        assert_eq!(ended.status, ExecutionStatus::Success, "{:?}", ended.failure);
        let asked = Filter { since: Some(since), operation: Some("GetCallerIdentity".into()), ..Filter::default() };
        assert_eq!(stage.stack.journal(&asked).len(), 4, "one for each, and that in which it was killed once more");
        Ok(())
    })
}

/// Sets the stop switch for as long as something is done.
async fn while_stopped<T>(
    stage: &Stage<'_>,
    act: impl Future<Output = Result<T, Box<dyn Error>>>,
) -> Result<T, Box<dyn Error>> {
    let set = |value: &str| json!({"Name": "/kintsugi/stop", "Value": value, "Type": "String", "Overwrite": true});
    stage.operator.call("ssm", "PutParameter", set("stop")).await?;
    let done = act.await;
    stage.operator.call("ssm", "PutParameter", set("run")).await?;
    done
}

#[test]
fn a_stop_during_a_pause_is_heard_when_the_pause_ends_by_a_word_or_by_its_time() -> Tested {
    durable(async |stage| {
        for (timeout, word) in [(600, true), (4, false)] {
            let steps = format!(
                "- {{name: ask, action: 'aws:pause', timeoutSeconds: {timeout}, onFailure: Continue, inputs: {{}}}}\n\
                 - {{name: after, action: 'aws:executeAwsApi', isEnd: true, \
                 inputs: {{Service: sts, Api: GetCallerIdentity}}}}\n"
            );
            let run = start(stage, &steps).await?;
            let id = waits(stage, &run).await?;
            let ended = while_stopped(stage, async {
                if word {
                    // A run in flight believes for a moment what it last read.
                    tokio::time::sleep(Duration::from_millis(2500)).await;
                    say(stage, &id, &json!({"resume": true})).await?;
                }
                end(stage, &run).await
            });
            let ended = ended.await?;
            let after = ended.step("after").map(|step| step.attempts);
            assert_eq!((ended.status, after.unwrap_or_default()), (ExecutionStatus::Cancelled, 0), "word: {word}");
        }
        Ok(())
    })
}

#[test]
fn an_answer_that_no_checkpoint_takes_fails_its_step_and_the_runbook_goes_on() -> Tested {
    durable(async |stage| {
        let name = stage.name("large");
        let table = json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]});
        stage.operator.call("dynamodb", "CreateTable", table).await?;
        for item in 0..4 {
            // Nothing that a packer finds a pattern in.
            let noise: String = (0..6000).map(|part| world::ids::uuid_of(&format!("{item}/{part}"))).collect();
            let item = json!({"TableName": name, "Item": {"pk": {"S": item.to_string()}, "noise": {"S": noise}}});
            stage.operator.call("dynamodb", "PutItem", item).await?;
        }
        let steps = format!(
            "- {{name: all, action: 'aws:executeAwsApi', maxAttempts: 2, onFailure: 'step:less', \
             inputs: {{Service: dynamodb, Api: Scan, TableName: {name}}}}}\n\
             - {{name: less, action: 'aws:executeAwsApi', isEnd: true, \
             inputs: {{Service: dynamodb, Api: Scan, TableName: {name}, Select: COUNT}}}}\n"
        );
        let run = start(stage, &steps).await?;
        let ended = end(stage, &run).await?;
        let failure = ended.step("all").and_then(|step| step.failure.clone()).ok_or("it has not failed")?;
        assert!(matches!(&failure.cause, Cause::Call { fault } if fault.code == "AnswerTooLarge"), "{failure}");
        assert_eq!(ended.step("less").map(|step| step.status), Some(StepStatus::Success), "{:?}", ended.failure);
        Ok(())
    })
}

#[test]
fn an_execution_that_cannot_go_on_is_told_as_one_outcome_and_one_ticket() -> Tested {
    durable(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let event = serde_json::from_str(&alarm_event(Delivery::Sns, &machine)?)?;
        let mode = |mode: &str| BTreeMap::from([("KINTSUGI_MODE".to_owned(), mode.to_owned())]);
        stage.stack.restart_function(RESIZE, &mode("enforce"))?;
        let since = stage.stack.journal_end();
        let act = async {
            stage.stack.gateway().cloud().bus.invoke("byHand", "test", RESIZE, event);
            Ok(())
        };
        // A function whose code or settings differ from those it began under asks for other operations than are recorded.
        let change = async {
            stage.changed(since, "StopInstances").await?;
            stage.stack.kill_function(RESIZE)?;
            stage.stack.restart_function(RESIZE, &mode("observe")).map_err(Into::into)
        };
        let (happened, changed): (_, Tested) = tokio::join!(stage.consequences(act), change);
        changed?;
        let happened = happened?;
        let (_, execution) = &happened.executions[0];
        assert_eq!(execution.status, "FAILED", "{}", happened.story());
        let told = happened.told();
        assert_eq!(told.len(), 1, "{}", happened.story());
        let log = stage.stack.gateway().cloud().bus.log();
        let id = &happened.executions[0].0.id;
        let ours = |event: &Value| event["source"] == "kintsugi" && event["detail"]["execution"] == id.as_str();
        let outcomes = log.find(|emitted| ours(&emitted.event).then(|| emitted.event["detail"]["outcome"].clone()));
        assert_eq!(outcomes.iter().map(|one| &one["step"]).collect::<Vec<_>>(), [&json!("execution")], "{outcomes:?}");
        // AWS tells of it too, which finds the ticket that is there.
        let of_aws =
            |event: &Value| event["source"] == "aws.lambda" && event["detail"]["durableExecutionArn"] == id.as_str();
        let status = log.find(|emitted| of_aws(&emitted.event).then(|| emitted.event["detail"]["status"].clone()));
        assert_eq!(status, [json!("FAILED")]);
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

#[test]
fn a_call_that_would_be_another_one_the_second_time_is_sent_once_and_one_that_would_not_is_sent_again() -> Tested {
    durable(async |stage| {
        let step = |api: &str| {
            format!(
                "- {{name: {api}, action: 'aws:executeAwsApi', onFailure: Continue,\n   \
                 inputs: {{Service: ec2, Api: {api}, InstanceIds: [i-0a1b2c3d4e5f60718]}}}}\n"
            )
        };
        let rules = json!([{ "service": "ec2", "caller": FUNCTION, "fault": { "html": { "status": 503 } } }]);
        let since = stage.stack.journal_end();
        let run = async {
            let run = start(stage, &(step("RebootInstances") + &step("StopInstances"))).await?;
            end(stage, &run).await
        };
        let ended = stage.with_faults(rules, run).await?;
        assert_eq!(ended.failures().count(), 2, "{ended:?}");
        let sent = |operation: &str| {
            let filter = Filter { since: Some(since), operation: Some(operation.to_owned()), ..Filter::default() };
            stage.stack.journal(&filter).len()
        };
        assert_eq!((sent("RebootInstances"), sent("StopInstances")), (1, 3));
        Ok(())
    })
}
