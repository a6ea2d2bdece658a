//! s3control: the ARN of an access point or of a bucket on an Outpost in the place of its name.
//!
//! Comes in: an input. Goes out: the same with the account that the ARN names, and what boto3 refuses in it.
//! Never: a call for another account than the caller's own word.

use serde_json::{Map, Value};

use crate::input::{Finding, Problem};

/// The members that may be an ARN, what that names, and in what words.
const PLACES: [(&str, &str, &str); 2] =
    [("Name", "accesspoint", "an access point on an Outpost"), ("Bucket", "bucket", "a bucket on an Outpost")];

/// The parts of an ARN that are looked at.
struct Arn<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: Vec<&'a str>,
}

impl<'a> Arn<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, service, region, account, resource] = parts[..] else { return None };
        Some(Self { service, region, account, resource: resource.split([':', '/']).collect() })
    }

    /// `outpost/op-1/accesspoint/mine` of the service of Outposts, in a Region that is one.
    fn names(&self, kind: &str) -> bool {
        let is_one = matches!(&self.resource[..], ["outpost", _, named, _] if *named == kind);
        let is_region = !self.region.starts_with("fips-") && !self.region.ends_with("fips-");
        self.service == "s3-outposts" && is_one && is_region
    }
}

/// An ARN says whose it is; who gives one need not say it again.
pub(super) fn take_account(api: &str, input: &mut Map<String, Value>) {
    let account = arns(api, input).find(|(_, kind, _, arn)| arn.names(kind)).map(|(.., arn)| arn.account.to_owned());
    if let Some(account) = account {
        input.entry("AccountId").or_insert_with(|| account.into());
    }
}

/// What boto3 refuses beyond the model.
pub(super) fn check(api: &str, input: &Map<String, Value>) -> Vec<Finding> {
    let account = input.get("AccountId").and_then(Value::as_str);
    let finding = |path: &str, problem| Some(Finding { path: path.to_owned(), problem });
    let look = |(place, kind, expected, arn): (_, _, _, Arn<'_>)| match account {
        _ if !arn.names(kind) => finding(place, Problem::OtherArn { expected }),
        Some(account) if account != arn.account => finding("AccountId", Problem::OtherAccount),
        _ => None,
    };
    arns(api, input).filter_map(look).collect()
}

fn arns<'a>(
    api: &'a str,
    input: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'static str, &'static str, &'static str, Arn<'a>)> {
    let at = move |(place, kind, expected): &(&'static str, &'static str, &'static str)| {
        let arn = Arn::of(input.get(*place)?.as_str()?)?;
        is_expanded(api, place).then_some((*place, *kind, *expected, arn))
    };
    PLACES.iter().filter_map(at)
}

/// What is to be made has a name and no ARN yet.
fn is_expanded(api: &str, place: &str) -> bool {
    !matches!((api, place), ("CreateBucket" | "ListRegionalBuckets", _) | ("CreateAccessPoint", "Name"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POINT: &str = "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/mine";
    const BUCKET: &str = "arn:aws:s3-outposts:eu-west-1:123456789012:outpost:op-1:bucket:mine";

    /// The account after the input was prepared, and what is wrong with it.
    fn prepared(api: &str, input: Value) -> (Value, Vec<String>) {
        let Value::Object(mut input) = input else { panic!() };
        take_account(api, &mut input);
        let findings = check(api, &input).iter().map(ToString::to_string).collect();
        (input.get("AccountId").cloned().unwrap_or_default(), findings)
    }

    #[test]
    fn an_arn_says_whose_it_is() {
        for input in
            [json!({"Name": POINT}), json!({"Bucket": BUCKET}), json!({"Bucket": BUCKET, "AccountId": "123456789012"})]
        {
            assert_eq!(prepared("GetBucket", input), (json!("123456789012"), vec![]));
        }
        assert_eq!(prepared("GetAccessPoint", json!({"Name": "mine"})), (Value::Null, vec![]));
    }

    #[test]
    fn an_arn_of_another_account_or_of_another_kind_is_refused() {
        let other = prepared("GetBucket", json!({"Bucket": BUCKET, "AccountId": "210987654321"})).1;
        assert_eq!(other, ["AccountId is another account than the one of the ARN"]);
        for arn in [
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine",
            "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1",
            "arn:aws:s3-outposts:fips-us-gov-east-1:123456789012:outpost/op-1/accesspoint/mine",
            BUCKET,
        ] {
            let findings = prepared("GetAccessPoint", json!({"Name": arn})).1;
            assert_eq!(findings, ["Name is an ARN, but not of an access point on an Outpost"], "{arn}");
        }
    }

    #[test]
    fn what_is_to_be_made_has_no_arn() {
        assert_eq!(prepared("CreateAccessPoint", json!({"Name": POINT})), (Value::Null, vec![]));
        assert_eq!(prepared("CreateBucket", json!({"Bucket": BUCKET})), (Value::Null, vec![]));
        assert_eq!(prepared("CreateAccessPoint", json!({"Bucket": BUCKET})).0, "123456789012");
    }
}
