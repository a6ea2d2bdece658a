//! A binding that names a document of AWS: started on SSM Automation, followed, stopped, told.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use shared::outcome::Outcome;
use tests::local::{self, Happened, Stage, Tested};
use world::gateway::journal::Filter;
use world::stack::StackConfig;

const DRIFT: &str = "fix-config-drift";
const DOCUMENT: &str = "AWSConfigRemediation-EnablePITRForDynamoDbTable";
/// The call by which AWS's document changes the table.
const CHANGE: &str = "UpdateContinuousBackups";
const WITHIN: Duration = Duration::from_secs(30);

fn enforce(mut config: StackConfig) -> StackConfig {
    config.durable_through_gateway = true;
    config.with_parameter("Mode", "enforce").with_setting("KINTSUGI_COOLDOWN_SECONDS", "0")
}

/// A table without point-in-time recovery, and the rule that does not like it. What comes of it.
async fn table(stage: &Stage<'_>, name: &str) -> Result<Happened, Box<dyn Error>> {
    make(stage, name).await?;
    stage.after(async { rule(stage, name).await }).await
}

async fn make(stage: &Stage<'_>, name: &str) -> Tested {
    let table = json!({
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Tags": [{"Key": "kintsugi:remediate", "Value": "true"}],
    });
    stage.operator.call("dynamodb", "CreateTable", table).await?;
    Ok(())
}

async fn rule(stage: &Stage<'_>, name: &str) -> Result<(), world::operator::OperatorError> {
    let source = json!({"Owner": "AWS", "SourceIdentifier": "DYNAMODB_PITR_ENABLED"});
    let scope = json!({"ComplianceResourceTypes": ["AWS::DynamoDB::Table"], "ComplianceResourceId": name});
    let rule = json!({"ConfigRuleName": format!("recovery-of-{name}"), "Source": source, "Scope": scope});
    stage.operator.call("config", "PutConfigRule", json!({ "ConfigRule": rule })).await.map(drop)
}

async fn clear(stage: &Stage<'_>, name: &str) -> Tested {
    let rule = json!({"ConfigRuleName": format!("recovery-of-{name}")});
    stage.operator.call("config", "DeleteConfigRule", rule).await?;
    stage.operator.call("dynamodb", "DeleteTable", json!({ "TableName": name })).await?;
    Ok(())
}

async fn recovery(stage: &Stage<'_>, name: &str) -> Result<Value, Box<dyn Error>> {
    let answer = stage.operator.call("dynamodb", "DescribeContinuousBackups", json!({ "TableName": name })).await?;
    let recovery = &answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"];
    Ok(recovery["PointInTimeRecoveryStatus"].clone())
}

/// The executions of AWS's document for this table.
async fn executions(stage: &Stage<'_>, name: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    let answer = stage.operator.call("ssm", "DescribeAutomationExecutions", json!({})).await?;
    let mut found = vec![];
    for listed in answer["AutomationExecutionMetadataList"].as_array().into_iter().flatten() {
        let id = json!({ "AutomationExecutionId": listed["AutomationExecutionId"] });
        let mut told = stage.operator.call("ssm", "GetAutomationExecution", id).await?;
        let told = told["AutomationExecution"].take();
        if told["Parameters"]["TableName"] == json!([name]) {
            found.push(told);
        }
    }
    Ok(found)
}

/// How often the table was changed.
fn changes(stage: &Stage<'_>, since: u64) -> usize {
    let of = Filter { since: Some(since), operation: Some(CHANGE.to_owned()), ..Filter::default() };
    stage.stack.journal(&of).len()
}

fn lines(happened: &Happened) -> Vec<String> {
    happened.outcomes().iter().map(Outcome::line).collect()
}

#[test]
fn a_document_of_aws_is_started_followed_to_its_end_and_the_rule_sees_it_healed() -> Tested {
    local::test(enforce, async |stage| {
        let (name, since) = (stage.name("orders"), stage.stack.journal_end());
        let happened = table(stage, &name).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(changes(stage, since), 1);
        let started = executions(stage, &name).await?;
        assert_eq!((started.len(), &started[0]["AutomationExecutionStatus"]), (1, &json!("Success")));
        assert_eq!(started[0]["DocumentName"], DOCUMENT);
        let role = started[0]["Parameters"]["AutomationAssumeRole"][0].as_str().unwrap_or_default().to_owned();
        assert!(role.starts_with("arn:aws:iam::123456789012:role/"), "{role}");
        assert_eq!(recovery(stage, &name).await?, "ENABLED");
        clear(stage, &name).await
    })
}

#[test]
fn in_observe_mode_the_start_of_the_document_is_planned_with_its_parameters_and_nothing_is_started() -> Tested {
    local::test(enforce, async |stage| {
        let name = stage.name("orders");
        let mode = |mode: &str| {
            let change = [("KINTSUGI_MODE".to_owned(), mode.to_owned())].into_iter().collect();
            stage.stack.restart_function(DRIFT, &change)
        };
        mode("observe")?;
        let happened = table(stage, &name).await;
        mode("enforce")?;
        let happened = happened?;
        let planned = happened.outcomes();
        let [Outcome::Planned { plan, .. }] = planned.as_slice() else { return Err(happened.story().into()) };
        let plan = plan.join("\n");
        for said in ["StartAutomationExecution", DOCUMENT, name.as_str()] {
            assert!(plan.contains(said), "{said} is not in\n{plan}");
        }
        assert!(executions(stage, &name).await?.is_empty());
        clear(stage, &name).await
    })
}

#[test]
fn a_document_that_fails_is_one_ticket_that_says_why_aws_s_step_failed() -> Tested {
    local::test(enforce, async |stage| {
        let name = stage.name("orders");
        let deny = json!({"service": "dynamodb", "operation": CHANGE, "fault": "deny"});
        let happened = stage.with_faults(json!([deny]), table(stage, &name)).await?;
        assert_eq!(happened.statuses(), ["Failed"], "{}", happened.story());
        let line = &lines(&happened)[0];
        assert!(line.contains("confirmSuccess") && line.contains("AccessDenied"), "{line}");
        // The event of the failed automation is not a second one.
        assert_eq!((happened.told().len(), happened.tickets.len()), (1, 1), "{}", happened.story());
        let ended = executions(stage, &name).await?;
        assert_eq!((ended.len(), &ended[0]["AutomationExecutionStatus"]), (1, &json!("Failed")));
        clear(stage, &name).await
    })
}

#[test]
fn a_start_whose_answer_was_lost_is_the_same_execution_when_it_is_made_again() -> Tested {
    local::test(enforce, async |stage| {
        for fault in [json!({"cut": {"performed": true}}), json!({"kill": {"at": "performed"}})] {
            let (name, since) = (stage.name("orders"), stage.stack.journal_end());
            let lost = json!({
                "service": "ssm", "operation": "StartAutomationExecution", "caller": DRIFT, "fault": fault, "nth": [1],
            });
            let happened = stage.with_faults(json!([lost]), table(stage, &name)).await?;
            assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
            assert_eq!(executions(stage, &name).await?.len(), 1);
            assert_eq!(changes(stage, since), 1);
            clear(stage, &name).await?;
        }
        Ok(())
    })
}

#[test]
fn the_stop_switch_stops_the_document_that_is_under_way() -> Tested {
    local::test(enforce, async |stage| {
        let name = stage.name("orders");
        let switch = async |value: &str| {
            let input = json!({"Name": "/kintsugi/stop", "Value": value, "Overwrite": true});
            stage.operator.call("ssm", "PutParameter", input).await.map(drop)
        };
        make(stage, &name).await?;
        // Its first look at the switch is long past when the document's call is answered.
        let slow = json!({"service": "dynamodb", "operation": CHANGE, "fault": {"delay": {"seconds": 8.0}}});
        let act = stage.consequences(async {
            rule(stage, &name).await?;
            until(async || Ok(!executions(stage, &name).await?.is_empty())).await?;
            switch("stop").await?;
            Ok(())
        });
        let happened = stage.with_faults(json!([slow]), act).await;
        switch("run").await?;
        let happened = happened?;
        assert_eq!(happened.statuses(), ["Failed"], "{}", happened.story());
        let line = &lines(&happened)[0];
        assert!(line.contains("told to stop"), "{line}");
        until(async || Ok(executions(stage, &name).await?[0]["AutomationExecutionStatus"] == "Cancelled")).await?;
        clear(stage, &name).await
    })
}

async fn until(seen: impl AsyncFn() -> Result<bool, Box<dyn Error>>) -> Tested {
    let waiting = async {
        while !seen().await? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    tokio::time::timeout(WITHIN, waiting).await.map_err(|_| "it was not seen in time")?
}
