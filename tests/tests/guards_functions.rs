//! The guards as the deployed functions use them: modes of single bindings, locks of executions that have ended or have
//! not, our own doing, the stop switch while a run sleeps.

use std::error::Error;

use serde_json::json;
use shared::incident::{Incident, Resource};
use shared::outcome::Outcome;
use shared::record::Record;
use tests::local::{self, Delivery, Stage, Tested, alarm_event, example};
use world::gateway::journal::Filter;
use world::operator::make::{NO_OPEN_SSH, NO_PUBLIC_BUCKETS};

const RESIZE: &str = "resize-on-cpu-alarm";
const DRIFT: &str = "fix-config-drift";
const STOP: &str = "/kintsugi/stop";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    let config = |config: world::stack::StackConfig| {
        let limits = local::UNBOUNDED.replace("concurrent: 1000", "concurrent: 5");
        let config = config.with_setting("KINTSUGI_GUARDS", &limits);
        config.with_parameter("Mode", "enforce").with_parameter("BindingModes", "revoke-open-ssh=observe")
    };
    local::test(config, test)
}

/// Has an execution hold a lock or a claim, as if it had never given it back.
async fn held(stage: &Stage<'_>, pk: &str, owner: &str) -> Tested {
    let far = json!({"N": "32503680000"});
    let item = json!({"pk": {"S": pk}, "owner": {"S": owner}, "claimedAt": {"N": "1"}, "expiresAt": far});
    stage.operator.call("dynamodb", "PutItem", json!({"TableName": "kintsugi-GuardTable", "Item": item})).await?;
    Ok(())
}

fn bucket_lock(bucket: &str) -> String {
    format!("lock#AWS::S3::Bucket/{bucket}")
}

/// An event about a bucket that is open, and the fingerprint of its fault.
fn bucket_event(bucket: &str) -> Result<(String, String), Box<dyn Error>> {
    let resource = Resource { kind: "AWS::S3::Bucket".into(), id: bucket.into() };
    let event = example("config/bucket-not-compliant.json")?.replace("shop-exports", bucket);
    let event = event.replace("no-public-buckets", NO_PUBLIC_BUCKETS.name);
    let fingerprint = Incident::fingerprint("123456789012", "eu-west-1", NO_PUBLIC_BUCKETS.name, Some(&resource));
    Ok((event, fingerprint))
}

/// The id of an execution that has ended.
async fn ended(stage: &Stage<'_>) -> Result<String, Box<dyn Error>> {
    let happened = stage.deliver(DRIFT, &example("config/bucket-compliant.json")?).await?;
    Ok(happened.executions[0].0.id.clone())
}

fn note<'a>(record: &'a Record, guard: &str) -> Option<&'a str> {
    record.guards.iter().find(|note| note.guard == guard).map(|note| note.note.as_str())
}

#[test]
fn a_binding_does_less_than_the_others_where_the_deployment_says_so() -> Tested {
    enforce(async |stage| {
        let group = stage.operator.open_group(&stage.name("door")).await?;
        let before = stage.operator.see_ingress(&group).await?;
        let happened = stage.after(stage.operator.switch_on(NO_OPEN_SSH)).await?;
        assert!(happened.statuses().contains(&"Planned"), "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(stage.operator.see_ingress(&group).await?, before);
        Ok(())
    })
}

#[test]
fn what_aws_config_excepts_from_its_rule_is_left_alone_in_silence_until_the_exception_is_gone() -> Tested {
    enforce(async |stage| {
        let bucket = stage.name("photos");
        stage.operator.switch_on(NO_PUBLIC_BUCKETS).await?;
        let key = json!({"ResourceType": "AWS::S3::Bucket", "ResourceId": bucket});
        let about = json!({"ConfigRuleName": NO_PUBLIC_BUCKETS.name, "ResourceKeys": [key]});
        let mut exception = about.clone();
        exception["Message"] = json!("our shop window");
        stage.operator.call("config", "PutRemediationExceptions", exception).await?;
        let happened = stage.after(stage.operator.public_bucket(&bucket)).await?;
        assert_eq!(happened.refusals(), ["exception"], "{}", happened.story());
        assert!(happened.story().contains("our shop window"), "{}", happened.story());
        assert!(happened.changes.is_empty() && happened.told().is_empty(), "{}", happened.story());
        stage.operator.call("config", "DeleteRemediationExceptions", about).await?;
        let happened = stage.deliver(DRIFT, &bucket_event(&bucket)?.0).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(stage.operator.see_public_access_blocks(&bucket).await?, 4);
        Ok(())
    })
}

/// What the guards cost before the first write: one round trip to claim, one to be admitted.
#[test]
fn before_the_first_write_the_guard_table_is_called_twice() -> Tested {
    enforce(async |stage| {
        let bucket = stage.name("photos");
        stage.operator.switch_on(NO_PUBLIC_BUCKETS).await?;
        let journal = stage.stack.journal_end();
        let happened = stage.after(stage.operator.public_bucket(&bucket)).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        let own = Filter { since: Some(journal), caller: Some(DRIFT.to_owned()), ..Filter::default() };
        let calls = stage.stack.journal(&own).into_iter().map(|entry| entry.call);
        let before = calls.take_while(|call| call.operation != "PutPublicAccessBlock");
        let table: Vec<String> = before.filter(|call| call.service == "dynamodb").map(|call| call.operation).collect();
        assert_eq!(table, ["TransactWriteItems", "TransactWriteItems"]);
        Ok(())
    })
}

#[test]
fn a_lock_and_a_claim_of_an_execution_that_has_ended_are_taken_over() -> Tested {
    enforce(async |stage| {
        let bucket = stage.name("photos");
        stage.operator.public_bucket(&bucket).await?;
        let (_, fingerprint) = bucket_event(&bucket)?;
        let dead = ended(stage).await?;
        held(stage, &bucket_lock(&bucket), &dead).await?;
        held(stage, &format!("incident#{fingerprint}"), &dead).await?;
        let happened = stage.after(stage.operator.switch_on(NO_PUBLIC_BUCKETS)).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        let record = happened.records().remove(0);
        let taken = format!("taken over from {dead}, whose execution");
        for guard in ["lock", "duplicate"] {
            assert!(note(&record, guard).is_some_and(|note| note.contains(&taken)), "{:?}", record.guards);
        }
        assert_eq!(stage.operator.see_public_access_blocks(&bucket).await?, 4);
        Ok(())
    })
}

/// Has these executions hold the places of a binding, far beyond the end of any run.
async fn running(stage: &Stage<'_>, binding: &str, owners: &[String]) -> Tested {
    let mut item = json!({"pk": {"S": format!("running#{binding}")}, "runs": {"SS": owners}});
    for owner in owners {
        item[owner] = json!({"N": "32503680000"});
    }
    stage.operator.call("dynamodb", "PutItem", json!({"TableName": "kintsugi-GuardTable", "Item": item})).await?;
    Ok(())
}

#[test]
fn the_place_of_a_run_that_has_ended_is_free_before_its_lease_is_over_and_that_of_no_other() -> Tested {
    enforce(async |stage| {
        let mut owners: Vec<String> = (0..5).map(|number| format!("who-knows/{number}")).collect();
        running(stage, "block-public-access-on-bucket", &owners).await?;
        stage.operator.switch_on(NO_PUBLIC_BUCKETS).await?;
        let happened = stage.after(stage.operator.public_bucket(&stage.name("photos"))).await?;
        assert_eq!(happened.refusals(), ["concurrent"], "{}", happened.story());
        owners[0] = ended(stage).await?;
        running(stage, "block-public-access-on-bucket", &owners).await?;
        let happened = stage.after(stage.operator.public_bucket(&stage.name("photos"))).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        Ok(())
    })
}

#[test]
fn a_lock_of_nobody_that_lambda_knows_stays_and_says_why() -> Tested {
    enforce(async |stage| {
        stage.operator.switch_on(NO_PUBLIC_BUCKETS).await?;
        let bucket = stage.name("photos");
        held(stage, &bucket_lock(&bucket), "who-knows/who").await?;
        let happened = stage.after(stage.operator.public_bucket(&bucket)).await?;
        assert_eq!(happened.refusals(), ["lock"], "{}", happened.story());
        let Outcome::Refused { reason, .. } = &happened.outcomes()[0] else { panic!() };
        assert!(reason.contains("nobody can tell whether it still runs"), "{reason}");
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn a_lock_of_a_run_that_is_under_way_stays_its_own() -> Tested {
    enforce(async |stage| {
        let bucket = stage.name("photos");
        let machine = stage.alarmed_machine("m5.large").await?;
        let journal = stage.stack.journal_end();
        let meanwhile = async {
            stage.changed(journal, "StopInstances").await?;
            let run = stage.stack.invocations().into_iter().rfind(|run| run.function == RESIZE);
            held(stage, &bucket_lock(&bucket), &run.ok_or("the resize runs")?.id).await?;
            stage.operator.public_bucket(&bucket).await?;
            stage.operator.switch_on(NO_PUBLIC_BUCKETS).await?;
            Ok::<_, Box<dyn Error>>(())
        };
        let event = alarm_event(Delivery::Sns, &machine)?;
        let (happened, met) = tokio::join!(stage.deliver(RESIZE, &event), meanwhile);
        met?;
        let happened = happened?;
        let refused = |outcome: &Outcome| match outcome {
            Outcome::Refused { guard, reason } if guard == "lock" => Some(reason.clone()),
            _ => None,
        };
        let reason = happened.outcomes().iter().find_map(refused).ok_or_else(|| happened.story())?;
        assert!(reason.contains("which is RUNNING"), "{reason}");
        assert_eq!(stage.operator.see_public_access_blocks(&bucket).await?, 0);
        Ok(())
    })
}

#[test]
fn the_stop_switch_is_heard_by_a_run_that_sleeps_and_the_instance_is_as_it_was() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let journal = stage.stack.journal_end();
        let set = |value: &str| json!({"Name": STOP, "Value": value, "Type": "String", "Overwrite": true});
        let event = alarm_event(Delivery::Sns, &machine)?;
        let meanwhile = async {
            stage.changed(journal, "StopInstances").await?;
            stage.operator.call("ssm", "PutParameter", set("stop")).await?;
            Ok::<_, Box<dyn Error>>(())
        };
        let (happened, met) = tokio::join!(stage.deliver(RESIZE, &event), meanwhile);
        stage.operator.call("ssm", "PutParameter", set("run")).await?;
        met?;
        let happened = happened?;
        assert!(happened.statuses().contains(&"RolledBack"), "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.large, running, alarm ALARM");
        assert_eq!(happened.changed().last(), Some(&"StartInstances"), "{}", happened.story());
        Ok(())
    })
}

#[test]
fn an_alarm_of_this_stack_itself_is_told_and_not_acted_upon() -> Tested {
    enforce(async |stage| {
        let mut machine = stage.busy_machine("m5.large").await?;
        machine.alarm = stage.name("kintsugi-own");
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        assert_eq!(happened.refusals(), ["own-resource"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn a_call_of_our_own_is_no_incident_and_tells_nobody() -> Tested {
    enforce(async |stage| {
        for function in [RESIZE, DRIFT] {
            let happened = stage.deliver(function, &example("cloudtrail/own-call.json")?).await?;
            assert_eq!(happened.refusals(), ["own-doing"], "{}", happened.story());
            assert!(happened.told().is_empty(), "{}", happened.story());
        }
        let other = example("cloudtrail/own-call.json")?.replace("kintsugi-FixConfigDriftFunctionRole", "admin");
        let happened = stage.deliver(DRIFT, &other).await?;
        assert_eq!(happened.refusals(), ["binding"], "{}", happened.story());
        Ok(())
    })
}
