//! aws:copyImage: copies an image into this Region and waits until it is available.
//!
//! Takes SourceRegion, SourceImageId, ImageName, ImageDescription, Encrypted, KmsKeyId, ClientToken; gives ImageId and
//! ImageState. A repeated attempt is one copy: the token is derived from the step where the document gives none.
//! Never: an end of the copy because the run is cancelled; EC2 cannot stop it.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::field::{self, Field, Inputs, Kind, field, renamed};
use super::{Answer, COMMON, Call, Run, Runs, Spec, image};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:copyImage",
    required: &["SourceRegion", "SourceImageId", "ImageName"],
    optional: Some(&["ImageDescription", "Encrypted", "KmsKeyId", "ClientToken"]),
    outputs: &["ImageId", "ImageState"],
    cancel_target: false,
    calls: |inputs| image::calls("CopyImage", Value::Object(field::shown(&FIELDS, inputs))),
    runs: Runs::Here(&CopyImage),
    ..COMMON
};

static FIELDS: [Field; 7] = [
    field("SourceRegion", Kind::Id),
    field("SourceImageId", Kind::Id),
    renamed("ImageName", "Name", Kind::Text),
    renamed("ImageDescription", "Description", Kind::Text),
    field("Encrypted", Kind::Flag),
    field("KmsKeyId", Kind::Id),
    field("ClientToken", Kind::Id),
];

struct CopyImage;

#[async_trait]
impl Run for CopyImage {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        for name in ["SourceRegion", "SourceImageId", "ImageName"] {
            inputs.needed(name)?;
        }
        let answer = attempt.call("copy", "ec2", "CopyImage", Value::Object(inputs.request())).await?;
        image::available(attempt, &image::id(&answer)?).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some(("ec2".into(), "CopyImage".into(), Value::Object(field::shown(&FIELDS, inputs))))
    }
}
