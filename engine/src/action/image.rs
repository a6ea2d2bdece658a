//! Images while they are made.
//!
//! Comes in: an image's id. Goes out: the image, once it is available.
//! Never: waiting for an image that has failed.

use serde_json::{Value, json};

use super::watch::{Sight, Watch, until};
use super::{Answer, Call};
use crate::host::CallFault;
use crate::run::{Attempt, Stop};

/// Codes by which EC2 says that there is no such image, not yet or no longer.
pub(super) const GONE: [&str; 2] = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"];

/// Looks until the image is available; the outputs ImageId and ImageState.
pub(super) async fn available(attempt: &mut Attempt<'_>, id: &str) -> Result<Answer, Stop> {
    let watch = Watch {
        what: "image",
        service: "ec2",
        api: "DescribeImages",
        input: json!({"ImageIds": [id]}),
        // EC2 tells of a new image later than it makes it.
        absent: |fault: &CallFault| GONE.contains(&fault.code.as_str()),
    };
    let result = until(attempt, &watch, |answer| state(id, answer.ok())).await;
    if let Err(Stop::Cancelled) = result {
        attempt.warn(format!("the image {id} goes on being made"));
    }
    Ok(Answer::of(json!({"ImageId": id, "ImageState": result?})))
}

fn state(id: &str, answer: Option<&Value>) -> Sight<String> {
    let image = answer.map_or(&Value::Null, |answer| &answer["Images"][0]);
    match image["State"].as_str() {
        Some("available") => Sight::Reached("available".to_owned()),
        Some("pending" | "transient") | None => Sight::NotYet(image["State"].clone()),
        Some(state) => {
            let reason = image["StateReason"]["Message"].as_str().map(|reason| format!(": {reason}"));
            let message = format!("the image {id} is {state}{}", reason.unwrap_or_default());
            Sight::Hopeless { seen: state.into(), message, root: json!({"ImageId": id, "ImageState": state}) }
        }
    }
}

/// The calls of a step that makes an image, with the input of the first.
pub(super) fn calls(api: &str, input: Value) -> Vec<Call> {
    vec![("ec2".into(), api.into(), input), ("ec2".into(), "DescribeImages".into(), json!({}))]
}

/// The id in an answer.
pub(super) fn id(answer: &Value) -> Result<String, Stop> {
    super::watch::text_in(answer, "ImageId")
}
