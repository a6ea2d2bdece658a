//! How each type of resource is looked up: its tags, and its name and ARN where its id is neither.
//!
//! Comes in: `runbooks/resources.yaml`. Goes out: the reads of a type. Never: a type that nobody wrote down; without
//! tags nothing can be opted in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

const TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/resources.json"));

/// One read of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// For example `s3:GetBucketTagging`.
    pub call: String,
    /// Its input, with expressions.
    pub input: Map<String, Value>,
    /// Only for ids that begin so: the same type may be named in two ways.
    #[serde(default, rename = "idBegins")]
    pub id_begins: Option<String>,
    /// Where in the answer the name is.
    #[serde(default)]
    pub name: Option<String>,
    /// Where the ARN is.
    #[serde(default)]
    pub arn: Option<String>,
    /// Where the tags are: a list of key and value, or a map.
    #[serde(default)]
    pub tags: Option<String>,
    /// Error codes by which AWS says that nothing is set.
    #[serde(default)]
    pub none: Vec<String>,
}

/// The reads of a type, in order; `None` for a type that nobody wrote down.
///
/// # Errors
/// The table cannot be read; a test keeps that from being shipped.
pub fn lookups(kind: &str) -> Result<Option<Vec<Lookup>>, serde_json::Error> {
    let mut table: BTreeMap<String, Vec<Lookup>> = serde_json::from_str(TABLE)?;
    Ok(table.remove(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_every_type_but_the_account_has_tags() {
        let table: BTreeMap<String, Vec<Lookup>> = serde_json::from_str(TABLE).unwrap();
        for (kind, lookups) in table {
            let tagged = lookups.iter().any(|lookup| lookup.tags.is_some());
            assert_eq!(tagged, kind != "AWS::::Account", "{kind}");
        }
        assert_eq!(lookups("AWS::Nothing::Here").unwrap(), None);
    }
}
