//! route53: ids come back as paths (`/hostedzone/Z1`) and are wanted without them.
//!
//! Comes in: an input. Goes out: the same with short ids. Never: a change of any other member.

use serde_json::{Map, Value};

use crate::models::Operation;

pub(super) fn shorten_ids(operation: &Operation, input: &mut Map<String, Value>) {
    for member in operation.schema.input_members() {
        let is_id =
            matches!(operation.schema.shapes[member.target].name, "ResourceId" | "DelegationSetId" | "ChangeId");
        if is_id
            && let Some(Value::String(id)) = input.get_mut(member.name)
            && let Some((_, last)) = id.rsplit_once('/')
        {
            *id = last.to_owned();
        }
    }
}
