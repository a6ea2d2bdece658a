//! A security group that lets the world in by SSH, and the Config rule that says so.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use world::operator::make::{NO_OPEN_SSH, OFFICE};

use super::{Condition, Place, Prop, Scene, Trouble};
use crate::local::example;

/// The scene of `revoke-open-ssh`.
pub struct OpenGroup;

#[async_trait]
impl Scene for OpenGroup {
    fn runbook(&self) -> &str {
        "revoke-open-ssh"
    }

    fn function(&self) -> &str {
        "fix-config-drift"
    }

    async fn prepare(&self, place: Place<'_>) -> Result<(), Trouble> {
        Ok(place.operator.switch_on(NO_OPEN_SSH).await?)
    }

    async fn make(&self, place: Place<'_>, name: &str) -> Result<Prop, Trouble> {
        let id = place.operator.open_group(name).await?;
        let events = drift_events("security-group", "sg-0123456789abcdef0", &id)?;
        Ok(Prop { kind: NO_OPEN_SSH.kind.to_owned(), id, alarm: None, events })
    }

    async fn see(&self, place: Place<'_>, prop: &Prop) -> Result<Condition, Trouble> {
        let ingress = place.operator.see_ingress(&prop.id).await?;
        let kept = [format!("22 from {OFFICE}"), "443 from 0.0.0.0/0".to_owned()];
        let before = ["22 from 0.0.0.0/0".to_owned(), kept[0].clone(), kept[1].clone()];
        if ingress == before {
            return Ok(Condition::AsItWas);
        }
        let healed = ingress == kept && compliant(place, NO_OPEN_SSH.name, &prop.id).await?;
        Ok(if healed { Condition::Healed } else { Condition::Between(ingress.join(", ")) })
    }

    async fn clear(&self, place: Place<'_>, prop: &Prop) -> Result<(), Trouble> {
        place.operator.call("ec2", "DeleteSecurityGroup", json!({ "GroupId": prop.id })).await?;
        Ok(())
    }
}

/// The example of a resource that is not compliant, about this one: the same event, and another that says the same.
pub(super) fn drift_events(kind: &str, example_id: &str, id: &str) -> Result<Vec<String>, Trouble> {
    const EVENT: &str = "0c9a7b1e-5d0f-4f2a-9a57-5a4c1b0f6e21";
    const ANOTHER: &str = "0c9a7b1e-5d0f-4f2a-9a57-5a4c1b0f6e22";
    let event = example(&format!("config/{kind}-not-compliant.json")).map_err(|error| error.to_string())?;
    let event = event.replace(example_id, id);
    Ok(vec![event.clone(), event.replace(EVENT, ANOTHER)])
}

/// Whether AWS Config says so, now or when it has looked once more: an evaluation that was under way may have looked
/// before the change.
pub(super) async fn compliant(place: Place<'_>, rule: &str, id: &str) -> Result<bool, Trouble> {
    for _ in 0..40 {
        if place.operator.see_compliance(rule, id).await? == "COMPLIANT" {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    place.stack.gateway().cloud().config.evaluate_all().await?;
    Ok(place.operator.see_compliance(rule, id).await? == "COMPLIANT")
}
