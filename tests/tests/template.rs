//! template.yaml keeps its promises: each function's block is complete, in order, and fits the code.
//!
//! What CloudFormation itself would refuse is left to cfn-lint and `sam validate` (`make template`).

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shared::catalogue::{RUNBOOKS, bindings};
use tests::checkout::{folders, text as file};
use tests::template::{Block, Template, list, references, text};
use world::operator::make::OPT_IN;

/// Lambda takes no longer description of a version.
const LONGEST_DESCRIPTION: u64 = 256;
/// Characters of the longest number anybody would give where the template names no largest.
const LONGEST_NUMBER: u64 = 8;

/// Three questions, each a week long and escalated for another (`shared/src/approval/policy.rs`).
const LONGEST_APPROVAL: u64 = 3 * 2 * 7 * 24 * 3600;

/// The order of a block, top to bottom.
const BLOCK: [&str; 20] = [
    "FunctionName",
    "Description",
    "CodeUri",
    "Runtime",
    "Handler",
    "MemorySize",
    "Timeout",
    "ReservedConcurrentExecutions",
    "Tracing",
    "AutoPublishAliasAllProperties",
    "VersionDescription",
    "DurableConfig",
    "LoggingConfig",
    "VpcConfig",
    "Environment",
    "Policies",
    "FunctionUrlConfig",
    "Events",
    "EventInvokeConfig",
    "DeadLetterQueue",
];

fn template() -> Template {
    Template::read().unwrap()
}

fn property<'a>(block: &'a Block, name: &str) -> &'a Value {
    &block.resource["Properties"][name]
}

fn setting(block: &Block, name: &str) -> Value {
    property(block, "Environment")["Variables"][name].clone()
}

fn seconds(block: &Block, name: &str) -> u64 {
    setting(block, name).as_u64().unwrap()
}

#[test]
fn every_folder_of_functions_is_a_block_and_every_block_a_folder() {
    let mut blocks: Vec<String> = template().blocks().into_iter().map(|block| block.binary).collect();
    blocks.sort();
    assert_eq!(blocks, folders("functions").unwrap());
}

#[test]
fn every_block_has_the_same_order() {
    for block in template().blocks() {
        let keys: Vec<&String> = block.resource.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["Type", "UpdateReplacePolicy", "Metadata", "Properties"], "{}", block.id);
        let properties: Vec<&String> = block.resource["Properties"].as_object().unwrap().keys().collect();
        let expected: Vec<&&str> = BLOCK.iter().filter(|key| properties.iter().any(|found| found == *key)).collect();
        assert_eq!(properties, expected, "{}: a property out of order, or one that BLOCK does not know", block.id);
        assert_eq!(
            property(&block, "FunctionName"),
            &json!({ "Fn::Sub": format!("${{AWS::StackName}}-{}", block.binary) })
        );
    }
}

#[test]
fn every_function_runs_behind_an_alias_with_a_dead_letter_queue() {
    let globals = template().0["Globals"]["Function"].clone();
    assert_eq!(globals["AutoPublishAlias"], "live");
    let dead_letters = json!({"Type": "SQS", "TargetArn": {"Fn::GetAtt": "DeadLetterQueue.Arn"}});
    assert_eq!(globals["Architectures"], json!([{"Ref": "Architecture"}]));
    for block in template().blocks() {
        assert_eq!(property(&block, "AutoPublishAliasAllProperties"), true, "{}", block.id);
        // A permission to send there would be one of the scripts, too.
        let expected = if block.is_durable() { dead_letters.clone() } else { Value::Null };
        assert_eq!(*property(&block, "DeadLetterQueue"), expected, "{}", block.id);
        assert_eq!(
            block.resource["UpdateReplacePolicy"], "Retain",
            "{}: open runs need the replaced version",
            block.id
        );
    }
}

/// SAM publishes a version when code or a property changes, and does not look into parameters. Without this a switch
/// from enforce to observe would change nothing but `$LATEST`.
#[test]
fn a_new_parameter_value_publishes_a_new_version() {
    let template = template();
    let parameters = template.section("Parameters");
    let globals = &template.0["Globals"]["Function"];
    for block in template.blocks() {
        let used = references(property(&block, "Environment")).into_iter().chain(references(&globals["Environment"]));
        let used: BTreeSet<String> = used.filter(|name| parameters.contains_key(name)).collect();
        let described: BTreeSet<String> = references(property(&block, "VersionDescription")).into_iter().collect();
        assert_eq!(used, described, "{}: VersionDescription must name the parameters of the function", block.id);
        let longest: u64 = described.iter().map(|name| longest_value(&parameters[name]) + 1).sum();
        assert!(longest <= LONGEST_DESCRIPTION, "{}: VersionDescription may become {longest} characters", block.id);
    }
}

fn longest_value(parameter: &Value) -> u64 {
    if parameter["Type"] == "Number" {
        return parameter["MaxValue"].as_u64().map_or(LONGEST_NUMBER, |most| most.to_string().len() as u64);
    }
    let of_choice = list(&parameter["AllowedValues"]).iter().map(|value| value.len() as u64).max();
    parameter["MaxLength"].as_u64().or(of_choice).unwrap_or(LONGEST_DESCRIPTION)
}

#[test]
fn every_run_has_the_time_its_bindings_need_and_its_lock_outlives_it() {
    let template = template();
    let longest_verification = template.0["Parameters"]["VerifyTimeoutSeconds"]["MaxValue"].as_u64().unwrap();
    for block in template.durable() {
        let limit = property(&block, "DurableConfig")["ExecutionTimeout"].as_u64().unwrap();
        let retention = property(&block, "DurableConfig")["RetentionPeriodInDays"].as_u64().unwrap();
        assert!((7..=90).contains(&retention), "{}: histories are kept {retention} days", block.id);
        for binding in bindings().unwrap().into_iter().filter(|binding| binding.function == block.binary) {
            let way_back = if binding.restored_by.is_some() { binding.takes_up_to } else { 0 };
            // A run that was cut off is made once more.
            let runs = 2 * binding.takes_up_to + way_back;
            // And what an alarm noticed is verified before.
            let verifications = 1 + u64::from(binding.when.alarm.is_some());
            let needed = runs + verifications * longest_verification * u64::from(binding.patience.unwrap_or(1));
            let with_people = needed + LONGEST_APPROVAL;
            assert!(limit >= with_people, "{}: {} may need {with_people} s, it has {limit} s", block.id, binding.name);
            // The lock is taken when people have agreed.
            let lease = seconds(&block, "KINTSUGI_LOCK_LEASE_SECONDS");
            let lost = format!("{}: {} may need {needed} s, its lock has {lease} s", block.id, binding.name);
            assert!(lease > needed, "{lost}");
        }
    }
}

#[test]
fn observe_is_the_default_mode() {
    let mode = template().0["Parameters"]["Mode"].clone();
    assert_eq!(
        (mode["Default"].as_str(), list(&mode["AllowedValues"])),
        (Some("observe"), vec!["observe".into(), "approve".into(), "enforce".into()])
    );
    let blocks = template().blocks();
    let acting =
        blocks.iter().filter(|block| bindings().unwrap().iter().any(|binding| binding.function == block.binary));
    assert!(acting.clone().count() > 0);
    acting.for_each(|block| assert_eq!(setting(block, "KINTSUGI_MODE"), json!({"Ref": "Mode"}), "{}", block.id));
}

/// What people say of the guards at deploy time reaches every function that asks them.
#[test]
fn what_is_said_of_the_guards_reaches_every_function_that_changes_something() {
    let acting: BTreeSet<String> = bindings().unwrap().into_iter().map(|binding| binding.function).collect();
    for block in template().blocks().iter().filter(|block| acting.contains(&block.binary)) {
        assert_eq!(setting(block, "KINTSUGI_BINDING_MODES"), json!({"Ref": "BindingModes"}), "{}", block.id);
        for (said, parameter) in [
            ("KINTSUGI_GUARDS", "Guards"),
            ("KINTSUGI_STOP_PARAMETER", "StopParameter"),
            ("KINTSUGI_COOLDOWN_SECONDS", "CooldownSeconds"),
            ("KINTSUGI_MAX_PER_HOUR", "MaxPerHour"),
            ("KINTSUGI_GUARD_TABLE", "GuardTable"),
        ] {
            assert_eq!(setting(block, said), json!({"Ref": parameter}), "{}: {said}", block.id);
        }
        assert_eq!(setting(block, "KINTSUGI_OPT_IN_TAG"), json!(OPT_IN), "{}", block.id);
        assert_eq!(setting(block, "KINTSUGI_OPT_OUT_TAG"), json!("kintsugi:ignore"), "{}", block.id);
        assert_eq!(setting(block, "KINTSUGI_OWN_PREFIX"), json!({"Fn::Sub": "${AWS::StackName}-"}), "{}", block.id);
    }
}

/// A function that a binding names and that find-faults could not reach would never hear of what it found.
#[test]
fn what_is_found_reaches_every_function_that_changes_something() {
    let template = template();
    let finder = template.blocks().into_iter().find(|block| block.binary == "find-faults").unwrap();
    let acting: BTreeSet<String> = bindings().unwrap().into_iter().map(|binding| binding.function).collect();
    for block in template.blocks().iter().filter(|block| acting.contains(&block.binary)) {
        let variable = format!("KINTSUGI_FUNCTION_{}", block.binary.to_uppercase().replace('-', "_"));
        assert_eq!(setting(&finder, &variable), json!({"Ref": format!("{}Function.Alias", block.id)}));
        for said in ["KINTSUGI_MODE", "KINTSUGI_BINDING_MODES", "KINTSUGI_GUARDS", "KINTSUGI_STOP_PARAMETER"] {
            assert_eq!(setting(&finder, said), setting(block, said), "{said}");
        }
    }
}

#[test]
fn every_function_logs_to_a_group_that_forgets_and_keeps_it_when_the_stack_goes() {
    let template = template();
    for block in template.blocks() {
        let id = format!("{}Logs", block.id);
        assert_eq!(property(&block, "LoggingConfig")["LogGroup"], json!({ "Ref": id }));
        let name = json!({ "Fn::Sub": format!("/aws/lambda/${{AWS::StackName}}-{}", block.binary) });
        assert_eq!(template.properties(&id)["LogGroupName"], name);
        assert_eq!(template.properties(&id)["RetentionInDays"], json!({"Ref": "LogRetentionDays"}));
        assert_eq!(template.0["Resources"][&id]["DeletionPolicy"], "RetainExceptOnCreate");
    }
}

#[test]
fn every_function_has_alarms_that_reach_a_person() {
    let template = template();
    for block in template.blocks() {
        let function = json!({ "Ref": format!("{}Function", block.id) });
        let watched: BTreeSet<String> = template
            .of_type("AWS::CloudWatch::Alarm")
            .into_iter()
            .filter(|(_, alarm)| alarm["AlarmActions"] == json!([{"Ref": "NotifyTopic"}]))
            .flat_map(|(_, alarm)| metrics_of(&alarm, &function))
            .collect();
        let of_runs: &[&str] =
            if block.is_durable() { &["DurableExecutionFailed", "DurableExecutionTimedOut"] } else { &[] };
        let expected = of_runs.iter().chain(&["Errors", "Throttles"]).map(|name| (*name).to_owned());
        assert_eq!(watched, expected.collect(), "{}", block.id);
    }
}

fn metrics_of(alarm: &Value, function: &Value) -> Vec<String> {
    let of_function = |metric: &Value| metric["Dimensions"] == json!([{"Name": "FunctionName", "Value": function}]);
    let in_expression = alarm["Metrics"].as_array().into_iter().flatten().map(|metric| &metric["MetricStat"]["Metric"]);
    in_expression
        .chain([alarm])
        .filter(|metric| of_function(metric))
        .map(|metric| text(&metric["MetricName"]))
        .collect()
}

/// The rule OwnAlarm makes a ticket of every alarm whose name begins with the stack's.
#[test]
fn every_alarm_about_kintsugi_itself_becomes_a_ticket() {
    let template = template();
    let rule = &template.properties("OpenTicketFunction")["Events"]["OwnAlarm"]["Properties"]["Pattern"]["detail"];
    assert_eq!(rule["alarmName"], json!([{"prefix": {"Fn::Sub": "${AWS::StackName}-"}}]));
    for (id, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let name = text(&alarm["AlarmName"]["Fn::Sub"]);
        let own = name.starts_with("${AWS::StackName}-")
            || template.blocks().iter().any(|b| name.starts_with(&format!("${{{}Function}}-", b.id)));
        assert!(own || id.starts_with("Example"), "{id} is named {name}");
    }
}

#[test]
fn no_event_is_lost_on_its_way_to_a_function() {
    let dead_letters = json!({"Fn::GetAtt": "DeadLetterQueue.Arn"});
    for block in template().durable() {
        for (name, event) in property(&block, "Events").as_object().unwrap() {
            let properties = &event["Properties"];
            let queue = match text(&event["Type"]).as_str() {
                "EventBridgeRule" => &properties["DeadLetterConfig"]["Arn"],
                "Schedule" => &properties["DeadLetterConfig"]["Arn"],
                "SNS" => &properties["RedrivePolicy"]["deadLetterTargetArn"],
                other => panic!("{}.{name}: nobody said what becomes of undelivered {other} events", block.id),
            };
            assert_eq!(queue, &dead_letters, "{}.{name}", block.id);
        }
    }
}

#[test]
fn dead_letters_wait_two_weeks_encrypted_under_an_alarm() {
    let template = template();
    let queue = template.properties("DeadLetterQueue");
    assert_eq!(queue["MessageRetentionPeriod"], 14 * 24 * 3600);
    assert_eq!(queue["SqsManagedSseEnabled"], true);
    let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
    let on_queue = alarms
        .filter(|(_, alarm)| alarm["Dimensions"][0]["Value"] == json!({"Fn::GetAtt": "DeadLetterQueue.QueueName"}));
    assert_eq!(
        on_queue.map(|(_, alarm)| text(&alarm["MetricName"])).collect::<Vec<_>>(),
        ["ApproximateNumberOfMessagesVisible"]
    );
}

/// Tickets wait for two weeks at most, encrypted; what waits for a day is told, and what nobody took is a dead letter.
#[test]
fn waiting_tickets_are_kept_told_after_a_day_and_never_dropped() {
    let template = template();
    let queue = template.properties("TicketQueue");
    assert_eq!(queue["MessageRetentionPeriod"], 14 * 24 * 3600);
    assert_eq!(queue["SqsManagedSseEnabled"], true);
    assert_eq!(queue["RedrivePolicy"]["deadLetterTargetArn"], json!({"Fn::GetAtt": "DeadLetterQueue.Arn"}));
    let mapping = template.properties("TicketQueueMapping");
    assert_eq!(mapping["FunctionName"], json!({"Ref": "OpenTicketFunction.Alias"}));
    assert_eq!(mapping["EventSourceArn"], json!({"Fn::GetAtt": "TicketQueue.Arn"}));
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    let block = template.blocks().into_iter().find(|block| block.binary == "open-ticket").unwrap();
    assert_eq!(setting(&block, "KINTSUGI_TICKET_QUEUE_URL"), json!({"Ref": "TicketQueue"}));
    let longest = property(&block, "DurableConfig")["ExecutionTimeout"].as_u64().unwrap();
    assert!(longest <= 900, "a queue waits 15 minutes for an execution, not {longest} s");
    assert!(queue["VisibilityTimeout"].as_u64().unwrap() > longest, "a message would come back while it is worked on");
    let alarm = template.properties("TicketsWait");
    assert_eq!((&alarm["Threshold"], &alarm["AlarmActions"]), (&json!(86_400), &json!([{"Ref": "NotifyTopic"}])));
}

/// Private desks and webhooks are reached from one's own subnets. Who calls AWS alone needs no way there; a script would get
/// the permission for it, too.
#[test]
fn every_function_that_calls_out_can_sit_in_a_vpc() {
    let vpc = json!({"SubnetIds": {"Ref": "VpcSubnetIds"}, "SecurityGroupIds": {"Ref": "VpcSecurityGroupIds"}});
    for block in template().blocks() {
        let expected = json!({"Fn::If": ["InVpc", vpc, {"Ref": "AWS::NoValue"}]});
        let calls_out = ["KINTSUGI_TICKET_PROVIDER", "KINTSUGI_APPROVAL_WEBHOOKS"].map(|name| setting(&block, name))
            != [Value::Null, Value::Null];
        let expected = if calls_out { expected } else { Value::Null };
        assert_eq!(*property(&block, "VpcConfig"), expected, "{}", block.id);
    }
}

/// What each provider needs is asked for at deployment, and every provider of the code can be chosen.
#[test]
fn every_ticket_provider_can_be_chosen() {
    let template = template();
    let parameters = template.section("Parameters");
    let words = |name: &str| parameters[name]["Default"].as_str().unwrap_or_default().to_owned();
    for provider in list(&parameters["TicketProvider"]["AllowedValues"]) {
        let set = BTreeMap::from([
            ("KINTSUGI_GUARD_TABLE", "t".to_owned()),
            ("KINTSUGI_TICKET_PROVIDER", provider.clone()),
            ("KINTSUGI_TICKET_URL", "https://desk.example.com".to_owned()),
            ("KINTSUGI_TICKET_PROJECT", "acme/ops".to_owned()),
            ("KINTSUGI_TICKET_TYPE", words("TicketType")),
            ("KINTSUGI_TICKET_CREDENTIALS", "secretsmanager:desk".to_owned()),
        ]);
        let read = shared::settings::Settings::read(|name| set.get(name).cloned());
        assert!(read.is_ok(), "{provider}: {read:?}");
    }
}

#[test]
fn the_guards_memory_expires_is_backed_up_and_outlives_the_stack() {
    let template = template();
    let table = template.properties("GuardTable");
    assert_eq!(table["KeySchema"], json!([{"AttributeName": "pk", "KeyType": "HASH"}]));
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": "expiresAt", "Enabled": true}));
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(template.0["Resources"]["GuardTable"]["DeletionPolicy"], "RetainExceptOnCreate");
}

#[test]
fn every_runbook_is_a_document_to_the_letter() {
    let documents: BTreeMap<String, String> = template()
        .of_type("AWS::SSM::Document")
        .into_iter()
        .map(|(_, document)| (text(&document["Name"]["Fn::Sub"]), text(&document["Content"])))
        .collect();
    let expected: BTreeMap<String, String> = RUNBOOKS
        .iter()
        .map(|(name, _)| (format!("${{AWS::StackName}}-{name}"), file(format!("runbooks/{name}.yaml")).unwrap()))
        .collect();
    assert!(documents == expected, "template.yaml does not hold the runbooks as they are; run `make bless`");
}

#[test]
fn alarms_may_invoke_the_alias_and_only_those_of_this_account() {
    let permission = template().properties("ResizeOnCpuAlarmAction").clone();
    assert_eq!(permission["FunctionName"], json!({"Ref": "ResizeOnCpuAlarmFunction.Alias"}));
    assert_eq!(permission["Principal"], "lambda.alarms.cloudwatch.amazonaws.com");
    assert_eq!(permission["SourceAccount"], json!({"Ref": "AWS::AccountId"}));
}

/// Every value within that names a function itself instead of its alias; alarms and patterns of events watch a function
/// whatever its version.
fn unaliased(value: &Value, functions: &[String], found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| name.as_str() != "Pattern")
            .for_each(|(_, value)| unaliased(value, functions, found)),
        Value::Array(items) => items.iter().for_each(|value| unaliased(value, functions, found)),
        Value::String(text) => {
            let names = |id: &String| [id.clone(), format!("{id}.Arn"), format!("${{{id}}}"), format!("${{{id}.Arn}}")];
            let named = functions
                .iter()
                .flat_map(names)
                .any(|name| *text == name || (name.starts_with('$') && text.contains(&name)));
            found.extend((named || text.contains("$LATEST")).then(|| text.clone()));
        }
        _ => {}
    }
}

#[test]
fn whoever_invokes_a_function_names_its_alias_so_that_a_run_ends_under_the_version_it_began_with() {
    let template = template();
    let functions: Vec<String> = template.blocks().iter().map(|block| format!("{}Function", block.id)).collect();
    let watches = |kind: &Value| kind == "AWS::CloudWatch::Alarm" || kind == "AWS::CloudWatch::Dashboard";
    let mut found = Vec::new();
    for (_, resource) in template.section("Resources").into_iter().filter(|(_, r)| !watches(&r["Type"])) {
        unaliased(&resource["Properties"], &functions, &mut found);
    }
    assert!(found.is_empty(), "not by the alias: {found:?}");
    assert_eq!(template.0["Globals"]["Function"]["AutoPublishAlias"], "live");
    unaliased(
        &json!({"FunctionName": {"Ref": functions[0]}, "Arn": {"Fn::GetAtt": [&functions[1], "Arn"]}}),
        &functions,
        &mut found,
    );
    assert_eq!(found.len(), 2, "the search finds what it is for");
}

/// The page is open to the whole world: the link is the credential. So what stands behind it is little, and bounded.
#[test]
fn the_page_for_approvers_is_reachable_bounded_and_may_do_little() {
    let template = template();
    let block = template.blocks().into_iter().find(|block| block.binary == "decide-approval").unwrap();
    assert_eq!(*property(&block, "FunctionUrlConfig"), json!({"AuthType": "NONE"}));
    let reserved =
        json!({"Fn::If": ["HasApprovalConcurrency", {"Ref": "ApprovalConcurrency"}, {"Ref": "AWS::NoValue"}]});
    assert_eq!(*property(&block, "ReservedConcurrentExecutions"), reserved);
    assert_eq!(template.0["Parameters"]["ApprovalConcurrency"]["Default"], "5");
    assert_eq!(*property(&block, "Tracing"), "Disabled", "SAM would add a permission to write traces");
    assert_eq!(*property(&block, "Events"), Value::Null, "only its URL invokes it");
    assert!(property(&block, "Timeout").as_u64().unwrap() <= 30, "nobody looks at an empty page for longer");
    for (statement, expected) in
        template.statements(&block).iter().zip(["Approvals", "CheckLinks", "TellTheRunThatWaits"])
    {
        assert_eq!(statement["Sid"], expected);
    }
    let keys = json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "approval#*"}, "Null": {"dynamodb:LeadingKeys": "false"}});
    assert_eq!(template.statements(&block)[0]["Condition"], keys);
    let url = json!({"Fn::GetAtt": "DecideApprovalFunctionUrl.FunctionUrl"});
    assert_eq!(template.0["Outputs"]["ApprovalPage"]["Value"], url);
    let asking = |block: &&Block| bindings().unwrap().iter().any(|binding| binding.function == block.binary);
    for block in template.blocks().iter().filter(asking) {
        assert_eq!(setting(block, "KINTSUGI_APPROVAL_URL"), url, "{}", block.id);
        assert_eq!(setting(block, "KINTSUGI_APPROVAL_SECRET"), json!({"Ref": "ApprovalKey"}), "{}", block.id);
    }
    assert_eq!(template.properties("ApprovalKey")["GenerateSecretString"]["PasswordLength"], 64);
}

/// What a script may do is what the operator says: the function that runs it has no other permission than its log.
#[test]
fn scripts_have_no_permission_but_those_of_the_operators_policy() {
    let template = template();
    let block = template.blocks().into_iter().find(|block| block.binary == "run-script").unwrap();
    let policy = json!([{"Fn::If": ["HasScriptPolicy", {"Ref": "ScriptPolicyArn"}, {"Ref": "AWS::NoValue"}]}]);
    assert_eq!(*property(&block, "Policies"), policy);
    assert_eq!(template.0["Parameters"]["ScriptPolicyArn"]["Default"], "");
    assert_eq!(*property(&block, "Tracing"), "Disabled", "SAM would add a permission to write traces");
    assert_eq!(*property(&block, "Events"), Value::Null, "only functions of this stack invoke it");
    let longest = property(&block, "Timeout").as_u64().unwrap();
    assert!((630..=900).contains(&longest), "a script has 600 s, and its runner some more: {longest}");
    let runs = |block: &&Block| setting(block, "KINTSUGI_SCRIPT_FUNCTION") == json!({"Ref": "RunScriptFunction.Alias"});
    let acting = bindings().unwrap().into_iter().map(|binding| binding.function).collect::<BTreeSet<_>>();
    let with_scripts = template.blocks().iter().filter(runs).map(|block| block.binary.clone()).collect::<BTreeSet<_>>();
    assert_eq!(with_scripts, acting, "whoever runs runbooks can run their scripts");
}
