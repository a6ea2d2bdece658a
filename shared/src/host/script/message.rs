//! What is said to the runner, and what it says.
//!
//! Comes in: the engine's request; the runner's JSON. Goes out: the same in the other's shape.
//! Never: an answer taken for good that is not of the agreed shape.

use engine::{ScriptAnswer, ScriptFault, ScriptFaultKind, ScriptRequest};
use serde::Deserialize;
use serde_json::{Value, json};

/// The request as the runner reads it, without what only the place knows (environment, attachments).
pub(in crate::host) fn request(request: &ScriptRequest) -> Value {
    json!({
        "runtime": request.runtime,
        "handler": request.handler,
        "source": request.source,
        "payload": request.payload,
        "seconds": request.timeout.as_secs_f64(),
    })
}

/// What the runner says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Fault {
        kind: ScriptFaultKind,
        message: String,
        log: String,
        #[serde(default)]
        warnings: Vec<String>,
    },
    Answer(ScriptAnswer),
}

/// The runner's answer in the engine's words.
pub(in crate::host) fn answer(said: Value) -> Result<ScriptAnswer, ScriptFault> {
    match serde_json::from_value(said) {
        Ok(Said::Answer(answer)) => Ok(answer),
        Ok(Said::Fault { kind, message, log, warnings }) => {
            let lines = warnings.iter().map(|warning| format!("warning: {warning}\n"));
            Err(ScriptFault { kind, message, log: lines.chain([log]).collect() })
        }
        Err(error) => Err(died(format!("the runner's answer cannot be read: {error}"))),
    }
}

/// There was no answer. The script may have had any effect.
pub(in crate::host) fn died(message: String) -> ScriptFault {
    ScriptFault { kind: ScriptFaultKind::Died, message, log: String::new() }
}

/// The process that ran it died, and with it the script or not.
pub(in crate::host) fn interrupted() -> ScriptFault {
    let message = "the process died while it ran; look what it did before it is run again".to_owned();
    ScriptFault { kind: ScriptFaultKind::Interrupted, message, log: String::new() }
}

/// Nothing of the script ran.
pub(in crate::host) fn refused(message: String) -> ScriptFault {
    ScriptFault { kind: ScriptFaultKind::Refused, message, log: String::new() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::ScriptSource;

    use super::*;

    #[test]
    fn a_request_says_what_the_runner_reads() {
        let source = ScriptSource::Attachment { name: "a.zip".into(), sha256: "00".into() };
        let (runtime, handler) = ("python3.11".to_owned(), Some("a.f".to_owned()));
        let asked =
            ScriptRequest { runtime, handler, source, payload: json!({"a": 1}), timeout: Duration::from_secs(5) };
        let expected = json!({
            "runtime": "python3.11",
            "handler": "a.f",
            "source": {"attachment": {"name": "a.zip", "sha256": "00"}},
            "payload": {"a": 1},
            "seconds": 5.0,
        });
        assert_eq!(request(&asked), expected);
        let text = ScriptRequest { source: ScriptSource::Text("x".into()), ..asked };
        assert_eq!(request(&text)["source"], json!({"text": "x"}));
    }

    #[test]
    fn an_answer_is_a_payload_or_a_fault_and_nothing_else_is_one() {
        let said = json!({"payload": [1], "log": "hi\n", "warnings": ["old"]});
        let expected = ScriptAnswer { payload: json!([1]), log: "hi\n".into(), warnings: vec!["old".into()] };
        assert_eq!(answer(said), Ok(expected));
        let said = json!({"kind": "timedOut", "message": "late", "log": "x", "warnings": ["old"]});
        let fault = answer(said).unwrap_err();
        assert_eq!((fault.kind, fault.log.as_str()), (ScriptFaultKind::TimedOut, "warning: old\nx"));
        for said in [json!({}), json!(null), json!({"kind": "other", "message": "", "log": ""}), json!({"log": ""})] {
            assert_eq!(answer(said).unwrap_err().kind, ScriptFaultKind::Died);
        }
    }
}
