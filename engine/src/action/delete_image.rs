//! aws:deleteImage: deregisters an image and deletes the snapshots it was made of.
//!
//! Takes ImageId; gives nothing. What another try of this attempt has deleted already is deleted.
//! Never: a deletion of snapshots of an image that could not be deregistered.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field};
use super::{Answer, COMMON, Call, Run, Runs, Spec, image, watch};
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec =
    Spec { name: "aws:deleteImage", required: &["ImageId"], calls, runs: Runs::Here(&DeleteImage), ..COMMON };

static FIELDS: [Field; 1] = [field("ImageId", Kind::Id)];

fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let image = Value::Object(field::shown(&FIELDS, inputs));
    vec![
        ("ec2".into(), "DescribeImages".into(), json!({})),
        ("ec2".into(), "DeregisterImage".into(), image),
        ("ec2".into(), "DeleteSnapshot".into(), json!({})),
    ]
}

struct DeleteImage;

#[async_trait]
impl Run for DeleteImage {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        let id = inputs.needed("ImageId")?;
        let answer = attempt.call("image", "ec2", "DescribeImages", json!({"ImageIds": [id]})).await?;
        let Some(image) = answer["Images"].as_array().and_then(|images| images.first()) else {
            return Err(Stop::failed(Cause::Property { seen: Value::Null }, format!("there is no image {id}")));
        };
        delete(attempt, "DeregisterImage", json!({"ImageId": id}), &image::GONE).await?;
        for snapshot in snapshots(image) {
            delete(attempt, "DeleteSnapshot", json!({"SnapshotId": snapshot}), &["InvalidSnapshot.NotFound"]).await?;
        }
        Ok(Answer::default())
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some(("ec2".into(), "DeregisterImage".into(), Value::Object(field::shown(&FIELDS, inputs))))
    }
}

fn snapshots(image: &Value) -> Vec<&str> {
    let mappings = image["BlockDeviceMappings"].as_array().into_iter().flatten();
    mappings.filter_map(|mapping| mapping["Ebs"]["SnapshotId"].as_str()).filter(|id| !id.is_empty()).collect()
}

/// Deletes; and again as long as nobody knows whether it is deleted, so that half an image is never left because of a
/// lost answer.
async fn delete(attempt: &mut Attempt<'_>, api: &str, input: Value, gone: &[&str]) -> Result<(), Stop> {
    loop {
        match attempt.look("delete", "ec2", api, input.clone()).await {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => attempt.pause(Value::Null).await?,
            Err(stop) if watch::refused(&stop, gone) => return Ok(()),
            Err(stop) => return Err(stop),
        }
    }
}
