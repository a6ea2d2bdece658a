//! Copies from another Region: the service there must be asked in the caller's name, with a URL signed beforehand.
//!
//! Comes in: an input. Goes out: what is to be signed for which Region, and the input with the URL in it.
//! Never: a signature; the client has the credentials.

use serde_json::{Map, Value};

use crate::models::Operation;

/// `(service, operation)`; ec2 has a member and habits of its own.
const COPIES: &[(&str, &str)] = &[
    ("ec2", "CopySnapshot"),
    ("rds", "CopyDBClusterSnapshot"),
    ("rds", "CreateDBCluster"),
    ("rds", "CopyDBSnapshot"),
    ("rds", "CreateDBInstanceReadReplica"),
    ("rds", "StartDBInstanceAutomatedBackupsReplication"),
    ("neptune", "CopyDBClusterSnapshot"),
    ("neptune", "CreateDBCluster"),
    ("docdb", "CopyDBClusterSnapshot"),
    ("docdb", "CreateDBCluster"),
];

/// A copy whose URL the caller did not give.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// The Region that is asked by the URL.
    pub(crate) source: String,
    /// The member that takes the URL.
    member: &'static str,
}

/// What must be signed for this input, if anything must. The input loses what the service does not know.
pub(crate) fn copy(operation: &Operation, input: &mut Map<String, Value>) -> Option<Copy> {
    let known = COPIES.contains(&(operation.service(), operation.name()));
    known.then(|| found(operation.service() == "ec2", input))?
}

fn found(is_ec2: bool, input: &mut Map<String, Value>) -> Option<Copy> {
    let member = if is_ec2 { "PresignedUrl" } else { "PreSignedUrl" };
    // boto3's own member: RDS, Neptune and DocumentDB do not know it.
    let source = if is_ec2 { input.get("SourceRegion").cloned() } else { input.remove("SourceRegion") };
    let source = source?.as_str()?.to_owned();
    (!input.contains_key(member)).then_some(Copy { source, member })
}

impl Copy {
    /// Writes the signed URL into the input.
    pub(crate) fn fill(self, input: &mut Map<String, Value>, url: String, destination: &str) {
        if self.member == "PresignedUrl" {
            input.insert("DestinationRegion".to_owned(), destination.into());
        }
        input.insert(self.member.to_owned(), url.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other} is not an object"),
        }
    }

    #[test]
    fn ec2_keeps_the_source_region_and_is_told_the_destination() {
        let mut input = object(json!({"SourceRegion": "us-east-1", "SourceSnapshotId": "snap-1"}));
        let copy = found(true, &mut input).unwrap();
        assert_eq!(copy.source, "us-east-1");
        copy.fill(&mut input, "https://signed".to_owned(), "eu-west-1");
        let expected = json!({"SourceRegion": "us-east-1", "SourceSnapshotId": "snap-1",
            "DestinationRegion": "eu-west-1", "PresignedUrl": "https://signed"});
        assert_eq!(Value::Object(input), expected);
    }

    #[test]
    fn rds_never_sees_the_source_region() {
        let mut input = object(json!({"SourceRegion": "us-east-1"}));
        found(false, &mut input).unwrap().fill(&mut input, "https://signed".to_owned(), "eu-west-1");
        assert_eq!(Value::Object(input), json!({"PreSignedUrl": "https://signed"}));
    }

    #[test]
    fn a_url_the_caller_gives_is_kept_and_a_local_copy_needs_none() {
        let mut input = object(json!({"SourceRegion": "us-east-1", "PreSignedUrl": "mine"}));
        assert_eq!(found(false, &mut input), None);
        assert_eq!(Value::Object(input), json!({"PreSignedUrl": "mine"}));
        assert_eq!(found(false, &mut Map::new()), None);
    }
}
