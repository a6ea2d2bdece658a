//! aws:createImage: makes an image of an instance and waits until it is available.
//!
//! Takes InstanceId, ImageName, ImageDescription, NoReboot, BlockDeviceMappings; gives ImageId and ImageState.
//! CreateImage knows no token. But an account has a name once: where the name is taken by an image of the same instance
//! that was made since this step began, that is the image of an earlier try whose answer was lost, and it is taken.
//! Never: an image of somebody else's making.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field, renamed};
use super::{Answer, COMMON, Call, Run, Runs, Spec, image, watch};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:createImage",
    required: &["InstanceId", "ImageName"],
    optional: Some(&["ImageDescription", "NoReboot", "BlockDeviceMappings"]),
    outputs: &["ImageId", "ImageState"],
    cancel_target: false,
    calls: |inputs| image::calls("CreateImage", Value::Object(field::shown(&FIELDS, inputs))),
    runs: Runs::Here(&CreateImage),
    ..COMMON
};

static FIELDS: [Field; 5] = [
    field("InstanceId", Kind::Id),
    renamed("ImageName", "Name", Kind::Text),
    renamed("ImageDescription", "Description", Kind::Text),
    field("NoReboot", Kind::Flag),
    field("BlockDeviceMappings", Kind::Any),
];

/// How far this clock and EC2's may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

struct CreateImage;

#[async_trait]
impl Run for CreateImage {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        let (instance, name) = (inputs.needed("InstanceId")?.to_owned(), inputs.needed("ImageName")?.to_owned());
        let made = attempt.call("create", "ec2", "CreateImage", request(&inputs)).await;
        let id = match made {
            Ok(answer) => image::id(&answer)?,
            Err(stop) if watch::refused(&stop, &["InvalidAMIName.Duplicate"]) => {
                own(attempt, &instance, &name).await?.ok_or(stop)?
            }
            Err(stop) => return Err(stop),
        };
        image::available(attempt, &id).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some(("ec2".into(), "CreateImage".into(), Value::Object(field::shown(&FIELDS, inputs))))
    }
}

/// The guide calls BlockDeviceMappings a map, the API takes a list.
fn request(inputs: &Inputs) -> Value {
    let mut request = inputs.request();
    if let Some(mapping) = request.get_mut("BlockDeviceMappings").filter(|mapping| mapping.is_object()) {
        *mapping = json!([mapping.take()]);
    }
    Value::Object(request)
}

/// The image of this name, if an earlier try of this step made it.
async fn own(attempt: &mut Attempt<'_>, instance: &str, name: &str) -> Result<Option<String>, Stop> {
    let request = json!({"Owners": ["self"], "Filters": [{"Name": "name", "Values": [name]}]});
    let answer = attempt.call("named", "ec2", "DescribeImages", request).await?;
    let image = &answer["Images"][0];
    let made: Option<Timestamp> = image["CreationDate"].as_str().and_then(|date| date.parse().ok());
    let since = attempt.step_began() - SKEW;
    let ours = image["SourceInstanceId"] == instance && made.is_some_and(|made| made >= since);
    Ok(image["ImageId"].as_str().filter(|_| ours).map(str::to_owned))
}
