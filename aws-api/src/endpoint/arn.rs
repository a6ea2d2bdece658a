//! ARNs as endpoint rules see them.
//!
//! Comes in: text. Goes out: its parts, if it is an ARN. Never: a check of what it names.

use serde_json::{Value, json};

pub(super) fn parse(text: &str) -> Option<Value> {
    let mut parts = text.splitn(6, ':');
    let (prefix, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    if prefix != "arn" || partition.is_empty() || service.is_empty() || resource.is_empty() {
        return None;
    }
    let resource: Vec<&str> = resource.split([':', '/']).collect();
    Some(json!({
        "partition": partition,
        "service": service,
        "region": region,
        "accountId": account,
        "resourceId": resource,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_split_at_colons_and_slashes() {
        let parsed = parse("arn:aws:s3:eu-west-1:123456789012:accesspoint/mine").unwrap();
        assert_eq!(parsed["resourceId"], json!(["accesspoint", "mine"]));
        assert_eq!(parsed["region"], "eu-west-1");
    }

    #[test]
    fn what_lacks_a_part_is_no_arn() {
        for text in ["arn:aws:s3", "arn:aws:s3:::", "urn:aws:s3:::x", "arn::s3:::x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
