//! Databases, as the rules about public access see them.
//!
//! Comes in: instances, snapshots and clusters as RDS and Redshift describe them. Goes out: whether everybody reaches them.
//! Never: a look at security groups or subnets; the rules do not look there either.

use serde_json::{Value, json};

use super::managed::{Managed, Resources};
use crate::cloud::moto::{Moto, MotoError};

/// Rules about databases and tables.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
        resource_type: "AWS::RDS::DBInstance",
        look: |moto, only| Box::pin(instances(moto, only)),
        judge: |instance, _| is_private(instance),
    },
    Managed {
        identifier: "DYNAMODB_PITR_ENABLED",
        resource_type: "AWS::DynamoDB::Table",
        look: |moto, only| Box::pin(tables(moto, only)),
        judge: |recovery, _| recovery["PointInTimeRecoveryStatus"] == "ENABLED",
    },
    Managed {
        identifier: "RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
        resource_type: "AWS::RDS::DBSnapshot",
        look: |moto, only| Box::pin(snapshots(moto, only)),
        judge: |attributes, _| !is_for_everybody(attributes),
    },
    Managed {
        identifier: "REDSHIFT_CLUSTER_PUBLIC_ACCESS_CHECK",
        resource_type: "AWS::Redshift::Cluster",
        look: |moto, only| Box::pin(clusters(moto, only)),
        judge: |cluster, _| is_private(cluster),
    },
];

fn is_private(database: &Value) -> bool {
    database["PubliclyAccessible"] != true
}

/// Whether the attribute `restore` has `all`.
fn is_for_everybody(attributes: &Value) -> bool {
    let attributes = attributes["DBSnapshotAttributes"].as_array().into_iter().flatten();
    attributes.filter(|one| one["AttributeName"] == "restore").any(|restore| {
        restore["AttributeValues"].as_array().into_iter().flatten().any(|who| who.as_str() == Some("all"))
    })
}

/// By the id that AWS Config has for them, which is not their name.
async fn instances(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let listed = moto.call("rds", "DescribeDBInstances", json!({})).await?;
    Ok(by_id(&listed["DBInstances"], "DbiResourceId", only))
}

/// The recovery of each table.
async fn tables(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let names = match only {
        Some(only) => vec![Value::from(only)],
        None => {
            moto.call("dynamodb", "ListTables", json!({})).await?["TableNames"].as_array().cloned().unwrap_or_default()
        }
    };
    let mut found = Resources::new();
    for name in names.iter().filter_map(Value::as_str) {
        let input = json!({ "TableName": name });
        let gone = ["TableNotFoundException", "ResourceNotFoundException"];
        let Some(mut backups) = moto.find("dynamodb", "DescribeContinuousBackups", input, &gone).await? else {
            continue;
        };
        let recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"].take();
        found.insert(name.to_owned(), recovery);
    }
    Ok(found)
}

async fn clusters(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let listed = moto.call("redshift", "DescribeClusters", json!({})).await?;
    Ok(by_id(&listed["Clusters"], "ClusterIdentifier", only))
}

async fn snapshots(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let listed = moto.call("rds", "DescribeDBSnapshots", json!({ "SnapshotType": "manual" })).await?;
    let mut found = Resources::new();
    for id in by_id(&listed["DBSnapshots"], "DBSnapshotIdentifier", only).into_keys() {
        let input = json!({ "DBSnapshotIdentifier": id });
        let attributes = moto.find("rds", "DescribeDBSnapshotAttributes", input, &["DBSnapshotNotFound"]).await?;
        if let Some(mut attributes) = attributes {
            found.insert(id, attributes["DBSnapshotAttributesResult"].take());
        }
    }
    Ok(found)
}

fn by_id(items: &Value, id: &str, only: Option<&str>) -> Resources {
    let items = items.as_array().into_iter().flatten();
    let named = items.filter_map(|item| Some((item[id].as_str()?.to_owned(), item.clone())));
    named.filter(|(id, _)| only.is_none_or(|only| only == id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_private_unless_it_says_otherwise() {
        let cases = [
            (json!({"PubliclyAccessible": true}), false),
            (json!({"PubliclyAccessible": false}), true),
            (json!({}), true),
        ];
        for (database, private) in cases {
            assert_eq!(is_private(&database), private, "{database}");
        }
    }

    #[test]
    fn a_snapshot_is_for_everybody_when_all_may_restore_it() {
        let cases = [
            (json!([{"AttributeName": "restore", "AttributeValues": ["all"]}]), true),
            (json!([{"AttributeName": "restore", "AttributeValues": ["210987654321", "all"]}]), true),
            (json!([{"AttributeName": "restore", "AttributeValues": ["210987654321"]}]), false),
            (json!([{"AttributeName": "restore", "AttributeValues": []}]), false),
            (json!([{"AttributeName": "other", "AttributeValues": ["all"]}]), false),
            (json!([]), false),
        ];
        for (attributes, public) in cases {
            assert_eq!(is_for_everybody(&json!({"DBSnapshotAttributes": attributes})), public, "{attributes}");
        }
    }

    #[test]
    fn only_the_one_that_was_named_is_seen() {
        let items = json!([{"Id": "a"}, {"Id": "b"}, {"Name": "c"}]);
        assert_eq!(by_id(&items, "Id", None).len(), 2);
        assert_eq!(by_id(&items, "Id", Some("b")).into_keys().collect::<Vec<_>>(), ["b"]);
    }
}
