//! aws:runInstances: launches instances and waits until they run and their status checks are ok.
//!
//! Takes RunInstances' inputs under the guide's names (MinInstanceCount, IamInstanceProfileName, ...), and any further
//! member of the API; gives InstanceIds and InstanceStates. InstanceType is m1.small unless it says otherwise. A
//! repeated try is one launch: the token is derived from the step where the document gives none.
//! Never: an end of the instances because the step fails or is cancelled; what was launched is told.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::change_instance_state::DesiredState;
use super::field::{self, Field, Inputs, Kind, field, own, renamed};
use super::instances::{self, Goal};
use super::{Answer, COMMON, Call, Run, Runs, Spec};
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:runInstances",
    required: &["ImageId"],
    // RunInstances has many more members than the guide lists; its model knows them.
    optional: None,
    outputs: &["InstanceIds", "InstanceStates"],
    timeout: Some(3600),
    cancel_target: false,
    calls: |inputs| {
        let launch = ("ec2".to_owned(), "RunInstances".to_owned(), Value::Object(shown(inputs)));
        let looks = ["DescribeInstances", "DescribeInstanceStatus"];
        let looks = looks.map(|api| ("ec2".to_owned(), api.to_owned(), json!({})));
        [launch].into_iter().chain(looks).collect()
    },
    runs: Runs::Here(&RunInstances),
    ..COMMON
};

static FIELDS: [Field; 24] = [
    field("ImageId", Kind::Id),
    field("InstanceType", Kind::Id),
    renamed("MinInstanceCount", "MinCount", Kind::Count(1, i64::MAX)),
    renamed("MaxInstanceCount", "MaxCount", Kind::Count(1, i64::MAX)),
    own("IamInstanceProfileArn", Kind::Id),
    own("IamInstanceProfileName", Kind::Id),
    own("Monitoring", Kind::Any),
    own("UserData", Kind::Text),
    field("KeyName", Kind::Id),
    field("SubnetId", Kind::Id),
    field("SecurityGroupIds", Kind::Ids(usize::MAX)),
    field("SecurityGroups", Kind::Ids(usize::MAX)),
    field("NetworkInterfaces", Kind::Maps(usize::MAX)),
    field("BlockDeviceMappings", Kind::Maps(usize::MAX)),
    field("Placement", Kind::Map),
    field("PrivateIpAddress", Kind::Id),
    field("TagSpecifications", Kind::Maps(usize::MAX)),
    field("ClientToken", Kind::Id),
    field("DisableApiTermination", Kind::Flag),
    field("EbsOptimized", Kind::Flag),
    field("InstanceInitiatedShutdownBehavior", Kind::OneOf(&["stop", "terminate"])),
    field("KernelId", Kind::Id),
    field("RamdiskId", Kind::Id),
    field("MetadataOptions", Kind::Map),
];

const TWO_PROFILES: &str = "only one of IamInstanceProfileArn and IamInstanceProfileName is possible";

/// The request as far as it is known.
fn shown(inputs: &Map<String, Value>) -> Map<String, Value> {
    let mut request = field::shown(&FIELDS, inputs);
    complete(&mut request, inputs);
    if let Some(data) = inputs.get("UserData") {
        request.insert("UserData".to_owned(), data.clone());
    }
    request
}

/// What does not go from an input to a member as it is: defaults, profile, monitoring, members the guide does not list.
fn complete(request: &mut Map<String, Value>, inputs: &Map<String, Value>) {
    request.entry("InstanceType").or_insert_with(|| "m1.small".into());
    let least = request.entry("MinCount").or_insert_with(|| 1.into()).clone();
    request.entry("MaxCount").or_insert(least);
    let profile = |key: &str| inputs.get(key).filter(|value| !value.is_null() && **value != "");
    if let Some(arn) = profile("IamInstanceProfileArn") {
        request.insert("IamInstanceProfile".to_owned(), json!({ "Arn": arn }));
    }
    if let Some(name) = profile("IamInstanceProfileName") {
        request.insert("IamInstanceProfile".to_owned(), json!({ "Name": name }));
    }
    match inputs.get("Monitoring") {
        None | Some(Value::Null) => {}
        Some(Value::Object(monitoring)) => {
            request.insert("Monitoring".to_owned(), Value::Object(monitoring.clone()));
        }
        Some(enabled) => {
            request.insert("Monitoring".to_owned(), json!({ "Enabled": enabled }));
        }
    }
    for (key, value) in inputs.iter().filter(|(key, value)| !field::knows(&FIELDS, key) && !value.is_null()) {
        request.insert(key.clone(), value.clone());
    }
}

/// The text of UserData, which documents have in base64 and the call takes plain, as boto3's does.
fn user_data(encoded: &str) -> Result<String, Stop> {
    let wrong = |what: &str| Stop::inputs(format!("UserData must be base64 of text{what}"));
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| wrong(""))?;
    String::from_utf8(bytes).map_err(|_| wrong("; other bytes cannot be sent from here"))
}

struct RunInstances;

#[async_trait]
impl Run for RunInstances {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        inputs.needed("ImageId")?;
        if inputs.get("IamInstanceProfileArn").and(inputs.get("IamInstanceProfileName")).is_some() {
            return Err(Stop::inputs(TWO_PROFILES));
        }
        let mut request = inputs.request();
        complete(&mut request, attempt.inputs());
        if let Some(data) = inputs.text("UserData") {
            request.insert("UserData".to_owned(), user_data(data)?.into());
        }
        let answer = attempt.call("launch", "ec2", "RunInstances", Value::Object(request)).await?;
        running(attempt, ids(&answer)?).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some(("ec2".into(), "RunInstances".into(), Value::Object(shown(inputs))))
    }
}

fn ids(answer: &Value) -> Result<Vec<Value>, Stop> {
    let instances = answer["Instances"].as_array().into_iter().flatten();
    let ids: Vec<Value> = instances.map(|instance| instance["InstanceId"].clone()).collect();
    if ids.is_empty() {
        return Err(Stop::failed(Cause::Property { seen: Value::Null }, "the answer names no instance"));
    }
    Ok(ids)
}

async fn running(attempt: &mut Attempt<'_>, ids: Vec<Value>) -> Result<Answer, Stop> {
    let goal = Goal { ids, state: DesiredState::Running, new: true };
    let result = instances::reach(attempt, &goal).await;
    let states: Vec<&str> = goal.ids.iter().map(|_| DesiredState::Running.name()).collect();
    match result {
        Ok(()) => Ok(Answer::of(json!({"InstanceIds": goal.ids, "InstanceStates": states}))),
        Err(Stop::Host(error)) => Err(Stop::Host(error)),
        Err(stop) => {
            let names: Vec<&str> = goal.ids.iter().filter_map(Value::as_str).collect();
            attempt.warn(format!("launched, and still there unless it ended by itself: {}", names.join(", ")));
            Err(stop.with_outputs(json!({ "InstanceIds": goal.ids })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(inputs: Value) -> Value {
        Value::Object(shown(inputs.as_object().unwrap()))
    }

    #[test]
    fn the_guides_names_become_the_apis_and_what_is_missing_has_its_default() {
        let least = json!({"ImageId": "ami-1", "InstanceType": "m1.small", "MinCount": 1, "MaxCount": 1});
        assert_eq!(built(json!({"ImageId": "ami-1", "SubnetId": ""})), least);
        let inputs = json!({
            "ImageId": "ami-1", "InstanceType": "t3.micro", "MinInstanceCount": 2, "MaxInstanceCount": 3,
            "IamInstanceProfileName": "role", "Monitoring": true, "HibernationOptions": {"Configured": true}
        });
        let expected = json!({
            "ImageId": "ami-1", "InstanceType": "t3.micro", "MinCount": 2, "MaxCount": 3,
            "IamInstanceProfile": {"Name": "role"}, "Monitoring": {"Enabled": true},
            "HibernationOptions": {"Configured": true}
        });
        assert_eq!(built(inputs), expected);
    }

    #[test]
    fn user_data_is_sent_as_the_text_that_it_encodes() {
        assert_eq!(user_data("ZWNobyBoaQ==").unwrap(), "echo hi");
        assert!(user_data("echo hi").is_err());
        assert!(user_data("//79").is_err());
    }
}
