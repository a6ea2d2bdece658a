//! A bucket that everybody can read, and the Config rule that says so.

use async_trait::async_trait;
use serde_json::json;
use world::operator::make::NO_PUBLIC_BUCKETS;

use super::{Condition, Place, Prop, Scene, Trouble};
use crate::sweep::scene::group::{compliant, drift_events};

/// The scene of `block-public-access-on-bucket`.
pub struct PublicBucket;

#[async_trait]
impl Scene for PublicBucket {
    fn runbook(&self) -> &str {
        "block-public-access-on-bucket"
    }

    fn function(&self) -> &str {
        "fix-config-drift"
    }

    async fn prepare(&self, place: Place<'_>) -> Result<(), Trouble> {
        Ok(place.operator.switch_on(NO_PUBLIC_BUCKETS).await?)
    }

    async fn make(&self, place: Place<'_>, name: &str) -> Result<Prop, Trouble> {
        place.operator.public_bucket(name).await?;
        let events = drift_events("bucket", "shop-exports", name)?;
        Ok(Prop { kind: NO_PUBLIC_BUCKETS.kind.to_owned(), id: name.to_owned(), alarm: None, events })
    }

    async fn see(&self, place: Place<'_>, prop: &Prop) -> Result<Condition, Trouble> {
        Ok(match place.operator.see_public_access_blocks(&prop.id).await? {
            4 if compliant(place, NO_PUBLIC_BUCKETS.name, &prop.id).await? => Condition::Healed,
            0 => Condition::AsItWas,
            blocks => Condition::Between(format!("{blocks} of 4 public access blocks, not seen to be compliant")),
        })
    }

    async fn clear(&self, place: Place<'_>, prop: &Prop) -> Result<(), Trouble> {
        place.operator.call("s3", "DeleteBucket", json!({ "Bucket": prop.id })).await?;
        Ok(())
    }
}
