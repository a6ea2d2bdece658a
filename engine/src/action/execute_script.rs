//! aws:executeScript: a script in a process of its own, which only the host can start.
//!
//! Takes Runtime, Handler, InputPayload, and Script or Attachment; gives Payload, which selectors see as `$.Payload`.
//! Never: a reference replaced in the script itself, or a payload cut to fit: what does not fit fails the step.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{Field, Inputs, Kind, own};
use super::{Answer, COMMON, Run, Runs, Spec};
use crate::document::{Step, ValueType};
use crate::host::{Ability, ScriptRequest, ScriptSource};
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Cause, Stop};
use crate::selector::Selector;

/// Seconds that a script has; SSM gives no more.
const LONGEST: u64 = 600;
/// Bytes of JSON that a script may return.
const PAYLOAD: usize = 100 * 1024;
/// Items of a list that a script returns.
const ITEMS: usize = 100;

pub(super) static SPEC: Spec = Spec {
    name: "aws:executeScript",
    required: &["Runtime"],
    optional: Some(&["Handler", "InputPayload", "Script", "Attachment"]),
    outputs: &["Payload"],
    timeout: Some(LONGEST),
    longest: Some(LONGEST),
    needs: Some(Ability::Script),
    check,
    runs: Runs::Here(&ExecuteScript),
    ..COMMON
};

static FIELDS: [Field; 5] = [
    own("Runtime", Kind::Id),
    own("Handler", Kind::Id),
    own("InputPayload", Kind::Map),
    own("Script", Kind::Text),
    own("Attachment", Kind::Id),
];

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let runtime = step.inputs.get("Runtime").and_then(Value::as_str).unwrap_or_default();
    if runtime.starts_with("PowerShell") && step.inputs.contains_key("Handler") {
        reporter.error("handler-with-powershell", &spot.key("Handler"), "PowerShell scripts have no Handler");
    }
    if matches!(runtime, "python3.6" | "python3.7" | "python3.8") {
        let message = format!("the runtime {runtime} is no longer supported");
        reporter.warning("deprecated-runtime", &spot.key("Runtime"), message).hint("python3.11");
    }
    if !["Script", "Attachment"].iter().any(|key| step.inputs.contains_key(*key)) {
        reporter.error("missing-input", spot, "Script or Attachment is needed");
    }
    // AWS's own example has an empty Script beside an Attachment.
    let text = |key: &str| step.inputs.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if text("Script") && text("Attachment") {
        let message = "only one of Script and Attachment is possible";
        reporter.error("exclusive-inputs", &spot.key("Attachment"), message);
    }
}

/// What a host must be able to do to run a step of this action with these inputs.
pub(super) fn ability(inputs: &Map<String, Value>) -> Ability {
    let runtime = inputs.get("Runtime").and_then(Value::as_str);
    if runtime.is_some_and(is_powershell) { Ability::PowerShell } else { Ability::Script }
}

fn is_powershell(runtime: &str) -> bool {
    runtime.starts_with("PowerShell")
}

struct ExecuteScript;

#[async_trait]
impl Run for ExecuteScript {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let request = request(attempt)?;
        let answer = attempt.script(request).await?;
        let size = answer.payload.to_string().len();
        if size > PAYLOAD {
            let message = format!("the script returned {size} bytes; at most {PAYLOAD} are possible");
            return Err(Stop::failed(Cause::Output, message));
        }
        let root = json!({ "Payload": answer.payload });
        check_lists(attempt.step(), &root)?;
        Ok(Answer::of(root))
    }
}

fn request(attempt: &Attempt<'_>) -> Result<ScriptRequest, Stop> {
    let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
    let runtime = inputs.needed("Runtime")?.to_owned();
    let handler = inputs.text("Handler").map(str::to_owned);
    match (is_powershell(&runtime), &handler) {
        (true, Some(_)) => return Err(Stop::inputs("PowerShell scripts have no Handler")),
        (false, None) => return Err(Stop::inputs("Handler is empty")),
        _ => {}
    }
    let payload = inputs.get("InputPayload").cloned().unwrap_or_else(|| json!({}));
    let source = source(attempt, &inputs)?;
    let longest = Duration::from_secs(LONGEST);
    Ok(ScriptRequest { runtime, handler, source, payload, timeout: attempt.timeout().unwrap_or(longest) })
}

fn source(attempt: &Attempt<'_>, inputs: &Inputs) -> Result<ScriptSource, Stop> {
    match (inputs.text("Script"), inputs.text("Attachment")) {
        (Some(text), None) => Ok(ScriptSource::Text(text.to_owned())),
        (None, Some(name)) => {
            let unknown = || Stop::inputs(format!("the attachment {name} has no sha256 under files"));
            let sha256 = attempt.file(name).and_then(|file| file.sha256.clone()).ok_or_else(unknown)?;
            Ok(ScriptSource::Attachment { name: name.to_owned(), sha256 })
        }
        (Some(_), Some(_)) => Err(Stop::inputs("only one of Script and Attachment is possible")),
        (None, None) => Err(Stop::inputs("Script and Attachment are both empty")),
    }
}

/// SSM returns at most 100 items of a list. Whether it fails or drops the rest is not documented; a list that is
/// shorter than what the script found would be worse than a failure.
fn check_lists(step: &Step, root: &Value) -> Result<(), Stop> {
    let too_long = |what: &str, list: &Value| {
        let items = list.as_array().map(Vec::len).filter(|items| *items > ITEMS)?;
        let message = format!("{what} is a list of {items} items; at most {ITEMS} are possible");
        Some(Stop::failed(Cause::Output, message))
    };
    let lists = step.outputs.iter().filter(|o| matches!(o.value_type, ValueType::StringList | ValueType::MapList));
    let selected = lists.filter_map(|output| {
        let found = Selector::parse(&output.selector).ok()?.select(root).into_value();
        too_long(&format!("output {}", output.name), &found)
    });
    too_long("Payload", &root["Payload"]).into_iter().chain(selected).next().map_or(Ok(()), Err)
}
