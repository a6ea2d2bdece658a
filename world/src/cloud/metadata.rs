//! Metadata options of instances: moto forgets those that a change does not name, AWS keeps them.
//!
//! Comes in: a change. Goes out: moto's state as AWS would have it. Never: an option of our own.

use serde_json::{Value, json};

use super::moto::{Moto, MotoError};
use crate::gateway::call::Call;

const API: &str = "ModifyInstanceMetadataOptions";
const KEPT: [&str; 5] =
    ["HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags"];

/// The options before a change of them.
pub(super) async fn before(moto: &Moto, call: &Call) -> Result<Option<Value>, MotoError> {
    let Some(id) = call.text("InstanceId").filter(|_| call.is("ec2", API)) else { return Ok(None) };
    let input = json!({ "InstanceIds": [id] });
    let absent = ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"];
    let mut found = moto.find("ec2", "DescribeInstances", input, &absent).await?.unwrap_or_default();
    Ok(found.pointer_mut("/Reservations/0/Instances/0/MetadataOptions").map(Value::take))
}

/// Puts back what the change did not name.
pub(super) async fn keep(moto: &Moto, call: &Call, before: &Value) -> Result<(), MotoError> {
    let mut input = json!({ "InstanceId": call.text("InstanceId") });
    for member in KEPT {
        let named = call.input.get(member).map(number);
        if let Some(value) = named.or_else(|| before.get(member).cloned()) {
            input[member] = value;
        }
    }
    let absent = ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"];
    moto.find("ec2", API, input, &absent).await.map(drop)
}

/// A form has only text.
fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or_else(|| value.clone(), Value::from)
}
