//! Parameters at the start of a run.

use engine::RunError;
use serde_json::{Value, json};

use crate::host::{Scripted, try_run};

fn text(parameters: &str) -> String {
    format!(
        "parameters:\n{parameters}
mainSteps:
  - name: use
    action: aws:executeAwsApi
    inputs: {{Service: s3, Api: PutThing, P: '{{{{ P }}}}'}}
"
    )
}

/// What the parameter P is in the call, or what is wrong.
async fn value(definition: &str, supplied: Value) -> Result<Value, String> {
    let host = Scripted::new().answers("PutThing", [Ok(json!({}))]);
    match try_run(&text(&format!("  P: {definition}")), supplied, &host).await {
        Ok(_) => Ok(host.calls()[0].input["P"].clone()),
        Err(RunError::Parameters(problems)) => {
            assert!(host.operations().is_empty());
            Err(problems.iter().map(ToString::to_string).collect())
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn typed_values_and_the_wire_form_are_both_taken() {
    for (kind, supplied, expected) in [
        ("String", json!("a"), json!("a")),
        ("String", json!(["a"]), json!("a")),
        ("Integer", json!(3), json!(3)),
        ("Integer", json!(["3"]), json!(3)),
        ("Boolean", json!(true), json!(true)),
        ("Boolean", json!(["false"]), json!(false)),
        ("StringList", json!(["a", "b"]), json!(["a", "b"])),
        ("StringMap", json!({"a": [1]}), json!({"a": [1]})),
        ("StringMap", json!(["{\"a\": 1}"]), json!({"a": 1})),
        ("MapList", json!([{"a": 1}]), json!([{"a": 1}])),
        ("MapList", json!(["{\"a\": 1}", "{\"a\": 2}"]), json!([{"a": 1}, {"a": 2}])),
        ("MapList", json!(["[{\"a\": 1}]"]), json!([{"a": 1}])),
        ("AWS::EC2::Instance::Id", json!("i-1"), json!("i-1")),
        ("List<AWS::EC2::Instance::Id>", json!(["i-1"]), json!(["i-1"])),
    ] {
        assert_eq!(value(&format!("{{type: '{kind}'}}"), json!({"P": supplied})).await, Ok(expected), "{kind}");
    }
}

#[tokio::test]
async fn nothing_is_converted() {
    for (kind, supplied) in [
        ("String", json!(3)),
        ("String", json!(["a", "b"])),
        ("Integer", json!("3")),
        ("Integer", json!(3.0)),
        ("Boolean", json!("true")),
        ("Boolean", json!(0)),
        ("StringList", json!("a")),
        ("StringList", json!([1])),
        ("StringMap", json!([])),
        ("MapList", json!(["x"])),
    ] {
        let problem = value(&format!("{{type: {kind}}}"), json!({"P": supplied})).await.unwrap_err();
        assert_eq!(problem, format!("parameter P: must be of type {kind}"));
    }
}

#[tokio::test]
async fn constraints_hold_for_what_is_supplied() {
    for (definition, good, bad) in [
        ("{type: String, allowedValues: [a, b]}", json!("b"), json!("c")),
        ("{type: StringList, allowedValues: [a, b]}", json!(["b", "a"]), json!(["a", "c"])),
        ("{type: Integer, allowedValues: [1, 2]}", json!(2), json!(3)),
        ("{type: String, allowedPattern: 'i-[0-9a-f]+'}", json!("i-0a"), json!("xi-0a")),
        ("{type: StringList, allowedPattern: '^[a-z]+$'}", json!(["ab"]), json!(["ab", "1"])),
        ("{type: String, minChars: 2, maxChars: 3}", json!("ab"), json!("abcd")),
        ("{type: StringList, minItems: 1, maxItems: 2}", json!(["a"]), json!([])),
    ] {
        assert_eq!(value(definition, json!({"P": good.clone()})).await, Ok(good));
        assert!(value(definition, json!({"P": bad})).await.is_err(), "{definition}");
    }
}

#[tokio::test]
async fn a_message_never_holds_the_value() {
    let problem = value("{type: String, allowedPattern: '[a-z]+'}", json!({"P": "hunter2"})).await.unwrap_err();
    assert!(!problem.contains("hunter2"), "{problem}");
}

#[tokio::test]
async fn an_empty_default_excuses_an_empty_value_from_the_pattern() {
    let definition = "{type: String, default: '', allowedPattern: '^arn:.+$'}";
    assert_eq!(value(definition, json!({})).await, Ok(json!("")));
    assert_eq!(value(definition, json!({"P": ""})).await, Ok(json!("")));
    assert!(value(definition, json!({"P": "x"})).await.is_err());
}

#[tokio::test]
async fn all_problems_are_told_at_once() {
    let host = Scripted::new();
    let definitions = "  P: {type: String}\n  Q: {type: Integer}\n  R: {type: String, default: x}";
    let supplied = json!({"Q": "x", "q": 1, "Other": 2});
    let Err(RunError::Parameters(problems)) = try_run(&text(definitions), supplied, &host).await else {
        panic!("not refused");
    };
    let names: Vec<&str> = problems.iter().map(|problem| problem.name.as_str()).collect();
    assert_eq!(names, ["q", "Other", "P", "Q"]);
    assert!(problems[0].message.contains("the document has Q"), "{}", problems[0].message);
}

#[tokio::test]
async fn references_in_defaults_are_resolved_when_used() {
    let definitions = "  P: {type: String, default: 'from_{{ Q }}_in_{{global:REGION}}_{{ P }}'}
  Q: {type: String, default: '{{ R }}'}
  R: {type: String}";
    let host = Scripted::new().answers("PutThing", [Ok(json!({}))]);
    try_run(&text(definitions), json!({"R": "{{ Q }}"}), &host).await.unwrap();
    // What was supplied is not looked into, and a default that names itself stays text.
    assert_eq!(host.calls()[0].input["P"], "from_{{ Q }}_in_eu-west-1_{{ P }}");
}

#[tokio::test]
async fn a_default_from_the_parameter_store_is_looked_up_once_and_only_if_used() {
    let definitions = "  P: {type: String, default: '{{ ssm:/ami/latest }}'}
  Q: {type: String, default: 'x-{{ssm:/ami/latest}}'}";
    let stored = |kind: &str| Ok(json!({"Parameter": {"Type": kind, "Value": "ami-1"}}));
    let host = Scripted::new().answers("GetParameter", [stored("String")]).answers("PutThing", [Ok(json!({}))]);
    try_run(&text(definitions), json!({}), &host).await.unwrap();
    assert_eq!(host.apis(), ["GetParameter", "PutThing"]);
    assert_eq!(
        (&host.calls()[0].input, &host.calls()[1].input["P"]),
        (&json!({"Name": "/ami/latest"}), &json!("ami-1"))
    );

    let host = Scripted::new().answers("PutThing", [Ok(json!({}))]);
    try_run(&text(definitions), json!({"P": "a", "Q": "b"}), &host).await.unwrap();
    assert_eq!(host.apis(), ["PutThing"]);

    let host = Scripted::new().answers("GetParameter", [stored("SecureString")]);
    let refused = try_run(&text(definitions), json!({}), &host).await;
    assert!(matches!(refused, Err(RunError::Parameters(_))));
}
