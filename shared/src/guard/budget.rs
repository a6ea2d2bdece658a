//! The blast radius, bounded before the first write: so many changes per function and hour.
//!
//! The budget is a set of execution ids, so that a repeated step counts once.

use serde_json::json;

use super::table::{Written, now, number, text, write};
use super::{Claim, Refusal, refusal};
use crate::aws::Services;

const HOUR: i64 = 3600;

pub(super) async fn take(services: &Services, claim: &Claim) -> Result<String, Refusal> {
    let max = services.settings.max_per_hour;
    let hour = now() / HOUR;
    let update = json!({
        "UpdateExpression": "ADD runs :mine SET expiresAt = :expires",
        "ConditionExpression": "attribute_not_exists(runs) OR contains(runs, :me) OR size(runs) < :max",
        "ExpressionAttributeValues": {
            ":mine": {"SS": [claim.owner]},
            ":me": text(&claim.owner),
            ":max": number(max.into()),
            ":expires": number((hour + 2) * HOUR),
        },
    });
    if max == 0 {
        return Err(refusal("budget", "the budget is 0 changes per hour"));
    }
    match write(services, "UpdateItem", &format!("budget#{}#{hour}", claim.function), update).await {
        Ok(Written::Taken) => Ok(format!("within {max} changes per hour")),
        Ok(Written::Held) => {
            Err(refusal("budget", format!("{max} changes were made this hour already; the rest is for a person")))
        }
        Err(error) => Err(refusal("budget", format!("the budget cannot be read: {error}"))),
    }
}
