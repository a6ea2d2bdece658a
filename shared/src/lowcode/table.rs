//! How each type of resource is looked up: its tags, and its name and ARN where its id is neither.
//!
//! Comes in: `runbooks/resources.yaml`. Goes out: the reads of a type. Never: a type that nobody wrote down; without
//! tags nothing can be opted in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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
    /// What is in an answer from which AWS leaves the tags out, as it does where there are none.
    #[serde(default)]
    pub untagged: Option<String>,
    /// What else of the answer bindings may ask for: `resource.NAME` by its path. A runbook need not look for it again.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// Error codes by which AWS says that nothing is set.
    #[serde(default)]
    pub none: Vec<String>,
}

type Table = BTreeMap<String, Vec<Lookup>>;

/// Read once in a process.
fn table() -> Result<&'static Table, &'static serde_json::Error> {
    static READ: LazyLock<Result<Table, serde_json::Error>> = LazyLock::new(|| serde_json::from_str(TABLE));
    READ.as_ref()
}

/// The reads of a type, in order; `None` for a type that nobody wrote down.
///
/// # Errors
/// The table cannot be read; a test keeps that from being shipped.
pub fn lookups(kind: &str) -> Result<Option<&'static [Lookup]>, &'static serde_json::Error> {
    Ok(table()?.get(kind).map(Vec::as_slice))
}

/// What bindings may ask for of a resource of this type beside what every resource has.
pub(super) fn kept(kind: &str) -> impl Iterator<Item = &'static str> {
    let lookups = lookups(kind).ok().flatten().unwrap_or_default();
    lookups.iter().flat_map(|lookup| lookup.keep.keys().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_every_type_but_the_account_has_tags() {
        for (kind, lookups) in table().unwrap() {
            for name in lookups.iter().flat_map(|lookup| lookup.keep.keys()) {
                assert!(!["id", "type", "name", "arn"].contains(&name.as_str()), "{kind} has a {name} already");
            }
            let tagged = lookups.iter().any(|lookup| lookup.tags.is_some());
            assert_eq!(tagged, kind != "AWS::::Account", "{kind}");
        }
        assert_eq!(lookups("AWS::Nothing::Here").unwrap(), None);
    }
}
