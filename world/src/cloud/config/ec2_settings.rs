//! Instances, volumes and the account's settings of EC2, as their rules see them.
//!
//! Comes in: what EC2's API answers about one. Goes out: whether it is as the rule wants it.
//! Never: an instance that is gone, a volume that is attached to nothing; AWS does not judge those.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::managed::{Managed, Resources};
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::ACCOUNT;

/// Rules about settings of EC2.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "EC2_EBS_ENCRYPTION_BY_DEFAULT",
        resource_type: "AWS::::Account",
        look: |moto, only| Box::pin(account(moto, only)),
        judge: |account, _| account["EbsEncryptionByDefault"] == true,
    },
    Managed {
        identifier: "EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
        // Of all snapshots at once: AWS Config names the account.
        resource_type: "AWS::::Account",
        look: |moto, only| Box::pin(shares(moto, only)),
        judge: |account, _| !account["Shares"].as_array().into_iter().flatten().any(is_public),
    },
    Managed {
        identifier: "EC2_IMDSV2_CHECK",
        resource_type: "AWS::EC2::Instance",
        look: |moto, only| Box::pin(instances(moto, only)),
        judge: |instance, _| instance["MetadataOptions"]["HttpTokens"] == "required",
    },
    Managed {
        identifier: "ENCRYPTED_VOLUMES",
        resource_type: "AWS::EC2::Volume",
        look: |moto, only| Box::pin(attached_volumes(moto, only)),
        judge: is_encrypted,
    },
];

/// With the key that the rule names, if it names one: by ARN or by id.
fn is_encrypted(volume: &Value, parameters: &Value) -> bool {
    let key = volume["KmsKeyId"].as_str().unwrap_or_default();
    let wanted = parameters["kmsId"].as_str().unwrap_or_default();
    volume["Encrypted"] == true && key.ends_with(wanted)
}

async fn account(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let said = moto.call("ec2", "GetEbsEncryptionByDefault", json!({})).await?;
    Ok(only.is_none_or(|only| only == ACCOUNT).then(|| (ACCOUNT.to_owned(), said)).into_iter().collect())
}

/// Whom the account's snapshots are shared with, one entry for each snapshot.
async fn shares(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let own = json!({ "Filters": [{ "Name": "owner-id", "Values": [ACCOUNT] }] });
    let snapshots = list(moto.call("ec2", "DescribeSnapshots", own).await?["Snapshots"].take());
    let mut shares = vec![];
    for snapshot in snapshots {
        let asked = json!({ "SnapshotId": snapshot["SnapshotId"], "Attribute": "createVolumePermission" });
        let absent = ["InvalidSnapshot.NotFound"];
        shares.extend(moto.find("ec2", "DescribeSnapshotAttribute", asked, &absent).await?);
    }
    let account = json!({ "Shares": shares });
    Ok(only.is_none_or(|only| only == ACCOUNT).then(|| (ACCOUNT.to_owned(), account)).into_iter().collect())
}

fn is_public(snapshot: &Value) -> bool {
    snapshot["CreateVolumePermissions"].as_array().into_iter().flatten().any(|share| share["Group"] == "all")
}

async fn instances(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let reservations = described(moto, "DescribeInstances", "Reservations").await?;
    let instances = reservations.into_iter().flat_map(|mut one| list(one["Instances"].take()));
    let going = |one: &Value| matches!(one["State"]["Name"].as_str(), Some("terminated" | "shutting-down"));
    Ok(by_id(instances.filter(|one| !going(one)), "InstanceId", only))
}

async fn attached_volumes(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let volumes = described(moto, "DescribeVolumes", "Volumes").await?;
    Ok(by_id(volumes.into_iter().filter(|one| one["State"] == "in-use"), "VolumeId", only))
}

/// Everything that an operation of EC2 describes, all pages of it.
pub(super) async fn described(moto: &Moto, api: &str, member: &str) -> Result<Vec<Value>, MotoError> {
    moto.all("ec2", api, json!({}), member).await
}

/// Resources by the member that names them.
pub(super) fn by_id(found: impl Iterator<Item = Value>, id: &str, only: Option<&str>) -> BTreeMap<String, Value> {
    let named = found.map(|one| (one[id].as_str().unwrap_or_default().to_owned(), one));
    named.filter(|(id, _)| only.is_none_or(|only| only == id)).collect()
}

pub(super) fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_the_rule_wants_it_is_seen() {
        let key = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555";
        let volume = json!({"Encrypted": true, "KmsKeyId": key});
        let shared =
            |with: Value| json!({"Shares": [{"CreateVolumePermissions": []}, {"CreateVolumePermissions": [with]}]});
        let cases = [
            ("EC2_EBS_ENCRYPTION_BY_DEFAULT", json!({"EbsEncryptionByDefault": true}), json!({}), true),
            ("EC2_EBS_ENCRYPTION_BY_DEFAULT", json!({"EbsEncryptionByDefault": false}), json!({}), false),
            ("EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK", shared(json!({"UserId": "210987654321"})), json!({}), true),
            ("EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK", shared(json!({"Group": "all"})), json!({}), false),
            ("EC2_IMDSV2_CHECK", json!({"MetadataOptions": {"HttpTokens": "required"}}), json!({}), true),
            ("EC2_IMDSV2_CHECK", json!({"MetadataOptions": {"HttpTokens": "optional"}}), json!({}), false),
            ("ENCRYPTED_VOLUMES", volume.clone(), json!({}), true),
            ("ENCRYPTED_VOLUMES", volume.clone(), json!({"kmsId": key}), true),
            ("ENCRYPTED_VOLUMES", volume.clone(), json!({"kmsId": "11111111-2222-4333-8444-555555555555"}), true),
            ("ENCRYPTED_VOLUMES", volume, json!({"kmsId": "99999999-2222-4333-8444-555555555555"}), false),
            ("ENCRYPTED_VOLUMES", json!({"Encrypted": false}), json!({}), false),
        ];
        for (rule, resource, parameters, compliant) in cases {
            let judge = Managed::of(rule).unwrap().judge;
            assert_eq!(judge(&resource, &parameters), compliant, "{rule} {resource} {parameters}");
        }
    }
}
