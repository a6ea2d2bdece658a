//! The managed rules this world evaluates.
//!
//! Comes in: an identifier. Goes out: how to look at the resources of the rule, and how it judges one.
//! Never: a rule of its own; each family of rules lists its own in its file.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{access, bucket, bucket_settings, databases, ec2_settings, identity, network, security_group, trails};
use crate::cloud::moto::{Moto, MotoError};

/// Resources by id, as the APIs describe them.
pub type Resources = BTreeMap<String, Value>;
/// Reads every resource of a rule from moto; only the one named, if one is.
pub type Look = for<'a> fn(&'a Moto, Option<&'a str>) -> BoxFuture<'a, Result<Resources, MotoError>>;

/// One of AWS's managed rules.
#[derive(Debug)]
pub struct Managed {
    /// Its `SourceIdentifier`.
    pub identifier: &'static str,
    /// The type of resource it looks at.
    pub resource_type: &'static str,
    /// How it looks.
    pub look: Look,
    /// Whether a resource is as the rule wants it, given the rule's input parameters. Pure.
    pub judge: fn(&Value, &Value) -> bool,
}

/// Every rule of this world, by family.
const FAMILIES: &[&[Managed]] = &[
    access::RULES,
    bucket::RULES,
    bucket_settings::RULES,
    databases::RULES,
    ec2_settings::RULES,
    identity::RULES,
    network::RULES,
    security_group::RULES,
    trails::RULES,
];

impl Managed {
    /// The rule with this `SourceIdentifier`.
    #[must_use]
    pub fn of(identifier: &str) -> Option<&'static Self> {
        Self::all().find(|rule| rule.identifier == identifier)
    }

    /// Every rule.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FAMILIES.iter().flat_map(|family| family.iter())
    }
}

impl PartialEq for Managed {
    fn eq(&self, other: &Self) -> bool {
        self.identifier == other.identifier
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_rule_is_listed_twice() {
        let known: BTreeSet<&str> = Managed::all().map(|rule| rule.identifier).collect();
        assert_eq!(known.len(), Managed::all().count());
    }
}
