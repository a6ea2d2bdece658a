//! An instance that hides in an expression over metrics, or behind a composite alarm, from the alarm to the healed
//! instance.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use tests::local::{self, Happened, Stage, Tested};

const RESIZE: &str = "arn:aws:lambda:eu-west-1:123456789012:function:kintsugi-resize-on-cpu-alarm:live";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config.with_parameter("Mode", "enforce"), test)
}

async fn set(stage: &Stage<'_>, alarm: &str, state: &str) -> Tested {
    let data = json!({"recentDatapoints": [if state == "OK" { 40.0 } else { 95.0 }]}).to_string();
    let input = json!({"AlarmName": alarm, "StateValue": state, "StateReason": "as CloudWatch sees it", "StateReasonData": data});
    stage.operator.call("cloudwatch", "SetAlarmState", input).await?;
    Ok(())
}

/// This world reckons no expressions and no rules over alarms: the test says what CloudWatch would. The alarm rings, and is
/// OK again once the instance has started with its new size.
async fn rings_until_resized(stage: &Stage<'_>, alarm: &str) -> Result<Happened, Box<dyn Error>> {
    let since = stage.stack.journal_end();
    stage
        .consequences(async {
            set(stage, alarm, "ALARM").await?;
            // Where it does not come to that, the outcome says why.
            let _ = stage.changed(since, "StartInstances").await;
            set(stage, alarm, "OK").await
        })
        .await
}

fn cpu(id: &str, instance: &str) -> Value {
    let metric = json!({
        "Namespace": "AWS/EC2", "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": instance}],
    });
    json!({"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}, "ReturnData": false})
}

async fn expression(stage: &Stage<'_>, alarm: &str, mut metrics: Vec<Value>) -> Tested {
    metrics.push(json!({"Id": "e", "Expression": "MAX(METRICS())", "ReturnData": true}));
    let input = json!({
        "AlarmName": alarm, "Metrics": metrics, "EvaluationPeriods": 1, "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold",
    });
    stage.operator.call("cloudwatch", "PutMetricAlarm", input).await?;
    Ok(())
}

#[test]
fn an_expression_over_the_cpu_of_one_instance_gives_it_its_next_size() -> Tested {
    enforce(async |stage| {
        let machine = stage.busy_machine("m5.large").await?;
        while stage.operator.see_machine(&machine).await?.state != "running" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        expression(stage, &machine.alarm, vec![cpu("m", &machine.instance)]).await?;
        let happened = rings_until_resized(stage, &machine.alarm).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        Ok(())
    })
}

#[test]
fn an_expression_over_two_instances_changes_neither_and_is_told() -> Tested {
    enforce(async |stage| {
        let (one, other) = (stage.busy_machine("m5.large").await?, stage.busy_machine("m5.large").await?);
        expression(stage, &one.alarm, vec![cpu("a", &one.instance), cpu("b", &other.instance)]).await?;
        let happened = stage.consequences(set(stage, &one.alarm, "ALARM")).await?;
        assert_eq!((happened.changes.len(), happened.told().len()), (0, 1), "{}", happened.story());
        Ok(())
    })
}

/// The alarm of the instance rang when nobody had opted it in; the composite over it rings now.
#[test]
fn a_composite_over_the_alarm_of_one_instance_gives_it_its_next_size() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let composite = stage.name("slow");
        let rule = json!({
            "AlarmName": composite, "AlarmRule": format!("ALARM(\"{}\")", machine.alarm), "AlarmActions": [RESIZE],
        });
        stage.operator.call("cloudwatch", "PutCompositeAlarm", rule).await?;
        let happened = rings_until_resized(stage, &composite).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        Ok(())
    })
}
