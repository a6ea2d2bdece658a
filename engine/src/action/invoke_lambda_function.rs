//! aws:invokeLambdaFunction: invokes a function and takes what it returns.
//!
//! Takes FunctionName, Qualifier, InvocationType, LogType, ClientContext and InputPayload (a map, which wins) or Payload
//! (JSON as text); gives StatusCode, LogResult and Payload: the returned text itself where the function returns text,
//! else JSON. A FunctionError fails the step. Selectors look into what the function returned, with the outputs beside
//! it: `$.status` and `$.Payload.status` are the same.
//! Never: a payload of more than 200 KB, or more than 300 seconds.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field, own};
use super::{Answer, COMMON, Call, Run, Runs, Spec};
use crate::resolve::as_text;
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:invokeLambdaFunction",
    required: &["FunctionName"],
    optional: Some(&["Qualifier", "InvocationType", "LogType", "ClientContext", "InputPayload", "Payload"]),
    outputs: &["StatusCode", "FunctionError", "LogResult", "Payload"],
    timeout: Some(LONGEST.as_secs()),
    longest: Some(LONGEST.as_secs()),
    calls: |inputs| vec![("lambda".into(), "Invoke".into(), json!({"FunctionName": inputs.get("FunctionName")}))],
    runs: Runs::Here(&InvokeLambdaFunction),
    ..COMMON
};

static FIELDS: [Field; 7] = [
    field("FunctionName", Kind::Id),
    field("Qualifier", Kind::Id),
    field("InvocationType", Kind::OneOf(&["Event", "RequestResponse", "DryRun"])),
    field("LogType", Kind::OneOf(&["None", "Tail"])),
    field("ClientContext", Kind::Text),
    own("InputPayload", Kind::Map),
    own("Payload", Kind::Any),
];

const LONGEST: Duration = Duration::from_secs(300);
/// In bytes, both ways.
const LARGEST: usize = 200 * 1024;

/// The payload as it is sent.
fn payload(inputs: &Map<String, Value>) -> Option<String> {
    let given = |key: &str| inputs.get(key).filter(|value| !value.is_null() && **value != "");
    given("InputPayload").map(Value::to_string).or_else(|| given("Payload").map(as_text))
}

fn request(mut members: Map<String, Value>, inputs: &Map<String, Value>) -> Value {
    if let Some(payload) = payload(inputs) {
        members.insert("Payload".to_owned(), payload.into());
    }
    Value::Object(members)
}

struct InvokeLambdaFunction;

#[async_trait]
impl Run for InvokeLambdaFunction {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        inputs.needed("FunctionName")?;
        let request = request(inputs.request(), attempt.inputs());
        let size = request["Payload"].as_str().map_or(0, str::len);
        if size > LARGEST {
            return Err(Stop::inputs(format!("the payload has {size} bytes; {LARGEST} are possible")));
        }
        let answer = attempt.call_within("invoke", "lambda", "Invoke", request, LONGEST).await?;
        returned(&answer, inputs.text("InvocationType").unwrap_or("RequestResponse"))
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some(("lambda".into(), "Invoke".into(), request(field::shown(&FIELDS, inputs), inputs)))
    }

    /// As an output the payload is text, whatever the function returned.
    fn output(&self, name: &str, root: &Value) -> Option<Value> {
        let value = root.get(name).filter(|value| !value.is_null())?;
        Some(if name == "Payload" { as_text(value).into() } else { value.clone() })
    }
}

fn returned(answer: &Value, invocation: &str) -> Result<Answer, Stop> {
    let payload = match invocation {
        "RequestResponse" => decoded(&answer["Payload"])?,
        _ => Value::Null,
    };
    let mut root = match &payload {
        Value::Object(members) => members.clone(),
        _ => Map::new(),
    };
    for key in ["StatusCode", "FunctionError", "LogResult"] {
        if let Some(value) = answer.get(key) {
            root.insert(key.to_owned(), value.clone());
        }
    }
    root.insert("Payload".to_owned(), payload.clone());
    match answer["FunctionError"].as_str() {
        None | Some("") => Ok(Answer::of(Value::Object(root))),
        Some(kind) => {
            let message = format!("the function failed ({kind}){}", reason(&payload));
            Err(Stop::failed(Cause::Property { seen: payload }, message).with_outputs(Value::Object(root)))
        }
    }
}

/// What the function returned: JSON where it is JSON, else the text.
fn decoded(payload: &Value) -> Result<Value, Stop> {
    let wrong = |what: &str| Stop::failed(Cause::Output, format!("the function's answer {what}"));
    let bytes = STANDARD.decode(payload.as_str().unwrap_or_default()).map_err(|_| wrong("cannot be read"))?;
    if bytes.len() > LARGEST {
        return Err(wrong(&format!("has {} bytes; {LARGEST} are possible", bytes.len())));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not text"))?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// `: TypeError: it broke`, as Lambda's runtimes report an error.
fn reason(payload: &Value) -> String {
    let parts = ["errorType", "errorMessage"].into_iter().filter_map(|key| payload[key].as_str());
    parts.map(|part| format!(": {part}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(returned_text: &str) -> Value {
        let answer = json!({"StatusCode": 200, "Payload": STANDARD.encode(returned_text)});
        returned(&answer, "RequestResponse").unwrap().root
    }

    #[test]
    fn selectors_find_what_was_returned_and_the_outputs() {
        let expected = json!({"status": "ok", "StatusCode": 200, "Payload": {"status": "ok"}});
        assert_eq!(root(r#"{"status":"ok"}"#), expected);
    }

    #[test]
    fn one_level_of_text_is_decoded_and_anything_else_is_json() {
        for (returned, output) in [
            (r#""bare""#, "bare"),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("[1,2]", "[1,2]"),
            ("3", "3"),
            ("not json", "not json"),
        ] {
            assert_eq!(InvokeLambdaFunction.output("Payload", &root(returned)), Some(output.into()));
        }
        assert_eq!(InvokeLambdaFunction.output("Payload", &root("null")), None);
    }

    #[test]
    fn a_map_wins_over_a_text() {
        let inputs = json!({"InputPayload": {"a": 1}, "Payload": "{}"});
        assert_eq!(payload(inputs.as_object().unwrap()).as_deref(), Some(r#"{"a":1}"#));
    }
}
