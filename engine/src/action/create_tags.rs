//! aws:createTags: tags resources of EC2, or one of Systems Manager.
//!
//! Takes ResourceIds, Tags and ResourceType (EC2, unless it says otherwise); gives nothing.
//! Never: more than one resource of Systems Manager; its API takes one.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{Field, Inputs, Kind, own};
use super::{Answer, COMMON, Call, Run, Runs, Spec};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:createTags",
    required: &["ResourceIds", "Tags"],
    optional: Some(&["ResourceType"]),
    cancel_target: false,
    calls,
    runs: Runs::Here(&CreateTags),
    ..COMMON
};

static FIELDS: [Field; 3] = [
    own("ResourceIds", Kind::Ids(1000)),
    own("Tags", Kind::Maps(50)),
    own("ResourceType", Kind::OneOf(&["EC2", "ManagedInstance", "MaintenanceWindow", "Parameter"])),
];

const ONE: &str = "only EC2 takes several ResourceIds; ResourceType is another";

fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    match inputs.get("ResourceType").and_then(Value::as_str) {
        Some(name) if name.contains("{{") => vec![of_ec2(inputs), of_ssm(name, inputs)],
        _ => vec![call(inputs)],
    }
}

fn call(inputs: &Map<String, Value>) -> Call {
    match inputs.get("ResourceType").and_then(Value::as_str) {
        None | Some("EC2" | "") => of_ec2(inputs),
        Some(name) => of_ssm(name, inputs),
    }
}

fn of_ec2(inputs: &Map<String, Value>) -> Call {
    let resources = inputs.get("ResourceIds").cloned().unwrap_or_default();
    let tags = inputs.get("Tags").cloned().unwrap_or_default();
    ("ec2".into(), "CreateTags".into(), json!({"Resources": resources, "Tags": tags}))
}

fn of_ssm(name: &str, inputs: &Map<String, Value>) -> Call {
    let resources = inputs.get("ResourceIds").cloned().unwrap_or_default();
    let resource = match resources {
        Value::Array(mut ids) if ids.len() == 1 => ids.remove(0),
        other => other,
    };
    let tags = inputs.get("Tags").cloned().unwrap_or_default();
    let input = json!({"ResourceType": name, "ResourceId": resource, "Tags": tags});
    ("ssm".into(), "AddTagsToResource".into(), input)
}

struct CreateTags;

#[async_trait]
impl Run for CreateTags {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        for name in ["ResourceIds", "Tags"] {
            if inputs.items(name).is_empty() {
                return Err(Stop::inputs(format!("{name} is empty")));
            }
        }
        if inputs.text("ResourceType").is_some_and(|name| name != "EC2") && inputs.items("ResourceIds").len() > 1 {
            return Err(Stop::inputs(ONE));
        }
        let (service, api, input) = call(attempt.inputs());
        attempt.call("tag", &service, &api, input).await?;
        Ok(Answer::default())
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some(call(inputs))
    }
}
