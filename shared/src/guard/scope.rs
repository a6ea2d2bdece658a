//! Is this resource ours to change? Opt-in, opt-out, and who else owns it.
//!
//! Comes in: the resource's tags. Goes out: yes, or why not. Never: a yes for a resource whose tags are unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Refusal, refusal};
use crate::settings::Settings;

/// What a function found out about a resource's owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Every tag of the resource.
    pub tags: BTreeMap<String, String>,
}

/// Tags of those that own a resource. CloudFormation and Auto Scaling set theirs themselves; Terraform sets none, so
/// teams agree on one. An Auto Scaling group would replace a stopped instance.
const OWNERS: [(&str, &str); 3] = [
    ("aws:cloudformation:stack-name", "CloudFormation stack"),
    ("aws:autoscaling:groupName", "Auto Scaling group"),
    ("terraform", "Terraform"),
];

impl Scope {
    /// Tags as AWS lists them: `[{"Key": "Name", "Value": "web"}]`.
    #[must_use]
    pub fn from_tag_list<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    }

    pub(super) fn check(&self, settings: &Settings) -> Result<String, Refusal> {
        let (opt_in, opt_out) = (&settings.opt_in_tag, &settings.opt_out_tag);
        if self.tags.contains_key(opt_out) {
            return Err(refusal(
                "opt-out",
                format!("the resource has the tag {opt_out}; remove it to have it put right"),
            ));
        }
        if self.tags.get(opt_in).map(String::as_str) != Some("true") {
            return Err(refusal(
                "scope",
                format!("the resource is not opted in; tag it {opt_in}=true to have it put right"),
            ));
        }
        match OWNERS.iter().find_map(|(tag, owner)| Some((owner, self.tags.get(*tag)?))) {
            Some((owner, name)) => Err(refusal(
                "owner",
                format!("{owner} {name} owns the resource and would undo the change; change it there"),
            )),
            None => Ok(format!("opted in by tag {opt_in}=true")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tags: &[(&str, &str)]) -> Result<String, String> {
        let settings = Settings::read(|name| (name == "KINTSUGI_GUARD_TABLE").then(|| "t".into())).unwrap();
        Scope::from_tag_list(tags.iter().copied()).check(&settings).map_err(|refusal| refusal.guard)
    }

    #[test]
    fn a_resource_opts_in_and_opting_out_always_wins() {
        let yes = ("kintsugi:remediate", "true");
        assert!(check(&[yes]).is_ok());
        assert_eq!(check(&[]), Err("scope".into()));
        assert_eq!(check(&[("kintsugi:remediate", "yes")]), Err("scope".into()));
        assert_eq!(check(&[yes, ("kintsugi:ignore", "")]), Err("opt-out".into()));
    }

    #[test]
    fn what_somebody_else_owns_is_left_to_them() {
        let yes = ("kintsugi:remediate", "true");
        assert_eq!(check(&[yes, ("aws:cloudformation:stack-name", "web")]), Err("owner".into()));
        assert_eq!(check(&[yes, ("terraform", "true")]), Err("owner".into()));
        assert_eq!(check(&[yes, ("aws:autoscaling:groupName", "web")]), Err("owner".into()));
    }
}
