//! Faults that no event told of are found by find-faults, and go the same way as if one had.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::event::{Trigger, parse};
use tests::finder::{DRIFT, FINDER, MUTE, RESIZE, alone, deaf, find, public_buckets, until};
use tests::local::{self, Stage, Tested};

/// The events about this, as AWS sent them and nobody got them.
fn sent(stage: &Stage<'_>, about: &str) -> Vec<Value> {
    let log = stage.stack.gateway().cloud().bus.log();
    log.find(|emitted| {
        let told = &emitted.event["detail"];
        let is = told["resourceId"] == about && told["newEvaluationResult"]["complianceType"] == "NON_COMPLIANT"
            || told["alarmName"] == about && told["state"]["value"] == "ALARM";
        (is && emitted.on == "default").then(|| emitted.event.clone())
    })
}

#[test]
fn what_was_wrong_before_is_found_put_right_and_verified_and_a_second_run_does_nothing() -> Tested {
    local::test(deaf, async |stage| {
        let (rule, buckets) = public_buckets(stage, 1).await?;
        let (report, happened) = find(stage).await?;
        assert_eq!(report.fed.len(), 1, "{report:?}");
        assert_eq!(report.fed[0].what, format!("AWS::S3::Bucket/{} with {rule}", buckets[0]));
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(happened.changed(), ["PutPublicAccessBlock"], "{}", happened.story());
        assert_eq!(stage.operator.see_public_access_blocks(&buckets[0]).await?, 4);
        assert_eq!(stage.operator.see_compliance(&rule, &buckets[0]).await?, "COMPLIANT");
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), happened.executions.len()), (0, 1), "{report:?} {}", happened.story());
        Ok(())
    })
}

#[test]
fn a_lost_event_and_a_late_delivery_of_it_are_one_remediation() -> Tested {
    local::test(deaf, async |stage| {
        let (_, buckets) = public_buckets(stage, 1).await?;
        let late = sent(stage, &buckets[0]).into_iter().next().ok_or("AWS sent no event")?;
        let since = stage.stack.journal_end();
        let happened = stage
            .consequences(async {
                stage.stack.invoke(FINDER, "{}").await?;
                stage.changed(since, "PutPublicAccessBlock").await?;
                stage.stack.invoke(DRIFT, &late.to_string()).await?;
                Ok(())
            })
            .await?;
        assert_eq!(happened.changed(), ["PutPublicAccessBlock"], "{}", happened.story());
        let remediated: Vec<_> =
            happened.records().into_iter().filter(|record| record.outcome.status() == "Remediated").collect();
        assert_eq!((remediated.len(), happened.records().len()), (1, 2), "{}", happened.story());
        assert!(happened.told().is_empty(), "{}", happened.story());
        // The guards know the occurrence by the moment that both of them name.
        let Trigger::Compliance(told) = parse(&late)? else { return Err("another kind of event".into()) };
        let found = remediated[0].incident.as_ref().ok_or("without an incident")?;
        assert_eq!((&found.fingerprint, found.since), (&told.incident().fingerprint, told.since));
        let again = stage.deliver(DRIFT, &late.to_string()).await?;
        assert!(again.changes.is_empty() && again.told().is_empty(), "{}", again.story());
        Ok(())
    })
}

#[test]
fn a_run_takes_no_more_than_it_may_and_the_next_one_takes_the_rest() -> Tested {
    local::test(deaf, async |stage| {
        let (_, buckets) = public_buckets(stage, 3).await?;
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), report.waiting), (2, 1), "{report:?}");
        assert!(report.left[0].why.contains("FindFaultsMost"), "{report:?}");
        assert_eq!(happened.statuses(), ["Remediated", "Remediated"], "{}", happened.story());
        let (report, _) = find(stage).await?;
        assert_eq!((report.fed.len(), report.waiting), (1, 0), "{report:?}");
        for bucket in &buckets {
            assert_eq!(stage.operator.see_public_access_blocks(bucket).await?, 4);
        }
        Ok(())
    })
}

/// Else what came while a window was closed would be forgotten for as long as an occurrence is remembered.
#[test]
fn what_a_guard_refuses_for_now_is_found_again_until_it_says_yes() -> Tested {
    local::test(deaf, async |stage| {
        let guards = |guards: &str| {
            let guards = BTreeMap::from([("KINTSUGI_GUARDS".to_owned(), guards.to_owned())]);
            stage.stack.restart_function(DRIFT, &guards)
        };
        let (_, buckets) = public_buckets(stage, 1).await?;
        guards("windows: [Mon 00:00-00:01 UTC]")?;
        for _ in 0..2 {
            let (report, happened) = find(stage).await?;
            assert_eq!((report.fed.len(), happened.statuses()), (1, vec!["Refused"]), "{}", happened.story());
        }
        assert_eq!(stage.repeats(&buckets[0]).await?, ["none"], "one ticket, told once");
        guards(local::UNBOUNDED)?;
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), happened.statuses()), (1, vec!["Remediated"]), "{}", happened.story());
        assert_eq!(stage.operator.see_public_access_blocks(&buckets[0]).await?, 4);
        let (report, _) = find(stage).await?;
        assert_eq!((report.fed.len(), report.known), (0, 0), "{report:?}");
        Ok(())
    })
}

#[test]
fn what_was_only_planned_is_found_once_more_when_more_is_allowed() -> Tested {
    local::test(deaf, async |stage| {
        let mode = |mode: &str| -> Tested {
            let change = BTreeMap::from([("KINTSUGI_MODE".to_owned(), mode.to_owned())]);
            for function in [FINDER, DRIFT] {
                stage.stack.restart_function(function, &change)?;
            }
            Ok(())
        };
        let (_, buckets) = public_buckets(stage, 1).await?;
        mode("observe")?;
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), happened.statuses()), (1, vec!["Planned"]), "{}", happened.story());
        let (report, _) = find(stage).await?;
        assert_eq!((report.fed.len(), report.known), (0, 1), "{report:?}");
        mode("enforce")?;
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), happened.statuses()), (1, vec!["Remediated"]), "{}", happened.story());
        assert_eq!(stage.operator.see_public_access_blocks(&buckets[0]).await?, 4);
        Ok(())
    })
}

#[test]
fn nothing_is_fed_while_the_stop_switch_says_stop() -> Tested {
    local::test(deaf, async |stage| {
        public_buckets(stage, 1).await?;
        let switch = async |value: &str| {
            let input = json!({"Name": "/kintsugi/stop", "Value": value, "Overwrite": true});
            stage.operator.call("ssm", "PutParameter", input).await.map(drop)
        };
        switch("stop").await?;
        let stopped = find(stage).await;
        switch("run").await?;
        let (report, happened) = stopped?;
        assert!(report.stopped.is_some_and(|why| why.contains("stop")), "{}", happened.story());
        assert_eq!(happened.executions.len(), 1, "{}", happened.story());
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), happened.statuses()), (1, vec!["Remediated"]), "{}", happened.story());
        Ok(())
    })
}

#[test]
fn what_cannot_be_looked_at_is_no_silence_and_the_rest_is_found() -> Tested {
    local::test(deaf, async |stage| {
        public_buckets(stage, 1).await?;
        let deny = json!({"service": "cloudwatch", "operation": "DescribeAlarms", "caller": FINDER, "fault": "deny"});
        let (report, happened) = stage.with_faults(json!([deny]), find(stage)).await?;
        assert!(report.unseen[0].contains("the alarms") && report.unseen[0].contains("AccessDenied"), "{report:?}");
        // Its own outcome, which people are told of, and that of the bucket.
        let own = happened.tickets.iter().filter(|ticket| ticket.title.contains(FINDER)).count();
        assert_eq!((own, happened.told().len()), (1, 1), "{}", happened.story());
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        Ok(())
    })
}

#[test]
fn an_alarm_that_rang_before_is_found_unless_it_is_muted_and_before_the_composite_over_it() -> Tested {
    local::test(deaf, async |stage| {
        alone(stage).await?;
        let machine = stage.busy_machine("m5.large").await?;
        stage.operator.cpu_alarm(&machine, &[]).await?;
        until(async || Ok(!sent(stage, &machine.alarm).is_empty())).await?;
        let (composite, resize) =
            (stage.name("slow"), format!("arn:aws:lambda:eu-west-1:123456789012:function:kintsugi-{RESIZE}:live"));
        let mut rule = json!({"AlarmName": composite, "AlarmRule": format!("ALARM(\"{}\")", machine.alarm)});
        stage.operator.call("cloudwatch", "PutCompositeAlarm", rule.clone()).await?;
        let rings = json!({"AlarmName": composite, "StateValue": "ALARM", "StateReason": "its alarm rings"});
        stage.operator.call("cloudwatch", "SetAlarmState", rings).await?;
        // Its action comes after it has rung: nobody was told.
        rule["AlarmActions"] = json!([resize]);
        stage.operator.call("cloudwatch", "PutCompositeAlarm", rule).await?;
        mute(stage, &[&machine.alarm, &composite]).await?;
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), report.waiting), (0, 2), "{report:?}");
        assert!(report.left.iter().all(|left| left.why.contains("mute rule")), "{report:?}");
        assert_eq!(happened.executions.len(), 1, "{}", happened.story());
        let unmute = json!({"AlarmMuteRuleName": MUTE});
        stage.operator.call("cloudwatch", "DeleteAlarmMuteRule", unmute).await?;
        let (report, happened) = find(stage).await?;
        assert_eq!(
            report.fed.iter().map(|fed| fed.what.clone()).collect::<Vec<_>>(),
            [format!("alarm {}", machine.alarm)]
        );
        assert!(report.left.iter().any(|left| left.what == format!("alarm {composite}")), "{report:?}");
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        let late = sent(stage, &machine.alarm).into_iter().next().ok_or("AWS sent no event")?;
        let again = stage.deliver(RESIZE, &late.to_string()).await?;
        assert!(again.changes.is_empty() && again.told().is_empty(), "{}", again.story());
        Ok(())
    })
}

async fn mute(stage: &Stage<'_>, alarms: &[&str]) -> Tested {
    #[expect(clippy::disallowed_methods, reason = "a rule that holds now")]
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M").to_string();
    let schedule = json!({"Expression": format!("at({now})"), "Duration": "PT2H"});
    let rule = json!({"Name": MUTE, "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": alarms}});
    stage.operator.call("cloudwatch", "PutAlarmMuteRule", rule).await?;
    Ok(())
}

/// The functions that remediate cannot be invoked.
#[test]
fn a_door_that_is_shut_is_told_and_the_fault_is_fed_when_it_opens() -> Tested {
    local::test(deaf, async |stage| {
        let (_, buckets) = public_buckets(stage, 1).await?;
        let deny = json!({"service": "lambda", "operation": "Invoke", "caller": FINDER, "fault": "deny"});
        let (report, happened) = stage.with_faults(json!([deny]), find(stage)).await?;
        assert_eq!(report.fed.len(), 0, "{report:?}");
        assert!(report.unseen[0].contains(&buckets[0]) && report.unseen[0].contains("invoked"), "{report:?}");
        assert_eq!((happened.told().len(), happened.changes.len()), (1, 0), "{}", happened.story());
        // Its mark, left, would hold for half an hour.
        let (report, happened) = find(stage).await?;
        assert_eq!((report.fed.len(), happened.statuses()), (1, vec!["Remediated"]), "{}", happened.story());
        Ok(())
    })
}
