//! How often a link may be used, and how often one sender may ask, in a minute.
//!
//! Comes in: what is counted. Goes out: whether there was room. Never: an address or a token in the table, only their
//! hashes; a request let through because the table did not answer.

use std::net::{IpAddr, Ipv6Addr};

use serde_json::json;
use shared::aws::{ApiError, Services};
use shared::host::wall_clock;
use shared::telemetry::chain;

use crate::problem::Problem;
use crate::seal::hash;

/// Length of a window, in seconds.
const WINDOW: i64 = 60;
/// Requests of one sender. A company sits behind one address.
const OF_SENDER: u32 = 120;
/// Requests with one link: a mail scanner or two, and a person.
const OF_LINK: u32 = 30;

/// Counts a request of a sender.
///
/// # Errors
/// [`Problem::TooMany`], or [`Problem::Unavailable`] if it could not be counted.
pub(crate) async fn of_sender(services: &Services, source: &str) -> Result<(), Problem> {
    count(services, "source", &network(source), OF_SENDER).await
}

/// Counts a request with a link that is signed by us.
///
/// # Errors
/// As [`of_sender`].
pub(crate) async fn of_link(services: &Services, token: &str) -> Result<(), Problem> {
    count(services, "link", token, OF_LINK).await
}

/// Whoever has one IPv6 address has its whole network of 64 bits.
fn network(source: &str) -> String {
    match source.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let bits = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(bits).to_string()
        }
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

async fn count(services: &Services, what: &str, counted: &str, limit: u32) -> Result<(), Problem> {
    let window = wall_clock().as_second().div_euclid(WINDOW);
    let key = format!("approval#rate#{what}#{}#{window}", &hash(counted)[..32]);
    let number = |value: i64| json!({"N": value.to_string()});
    let input = json!({
        "TableName": services.settings.guard_table,
        "Key": {"pk": {"S": key}},
        "UpdateExpression": "ADD hits :one SET expiresAt = :until",
        "ConditionExpression": "attribute_not_exists(hits) OR hits < :limit",
        "ExpressionAttributeValues": {
            ":one": number(1), ":until": number((window + 2) * WINDOW), ":limit": number(limit.into()),
        },
    });
    match services.call("dynamodb", "UpdateItem", input).await {
        Ok(_) => Ok(()),
        Err(ApiError::Service(error)) if error.code == "ConditionalCheckFailedException" => Err(Problem::TooMany),
        Err(error) => {
            tracing::error!(target: "kintsugi", phase = "approval", "requests cannot be counted: {}", chain(&error));
            Err(Problem::Unavailable)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_told_apart_by_what_they_cannot_change_at_will() {
        let cases = [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::1", "2001:db8:1:2::"),
            ("not an address", "unknown"),
            ("", "unknown"),
        ];
        for (source, expected) in cases {
            assert_eq!(network(source), expected, "{source}");
        }
    }
}
