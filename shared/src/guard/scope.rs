//! Is this resource ours to change? Where it is, opt-in, opt-out, and who else owns it.
//!
//! Comes in: the resource's account, Region and tags. Goes out: yes, or why not.
//! Never: a yes for a resource whose tags are unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::{Limits, OptIn, Owned};
use super::{Refusal, refusal};
use crate::incident::Incident;
use crate::settings::{ACCOUNT_WIDE, Settings};

/// What a function found out about a resource's owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Every tag of the resource.
    pub tags: BTreeMap<String, String>,
}

/// An Auto Scaling group would replace a stopped instance, whatever a binding says. Only what puts it on standby may.
const GROUP: &str = "aws:autoscaling:groupName";
/// CloudFormation sets it itself.
const STACK: &str = "aws:cloudformation:stack-name";
/// Terraform sets none, so teams agree on one: the tag `terraform`, or one of these with one of those values.
const MANAGED_BY: [&str; 4] = ["managed-by", "managed_by", "managedby", "provisioner"];
const TOOLS: [&str; 4] = ["terraform", "opentofu", "pulumi", "cloudformation"];

impl Scope {
    /// Tags as AWS lists them: `[{"Key": "Name", "Value": "web"}]`.
    #[must_use]
    pub fn from_tag_list<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    }

    /// AWS spells tags in three ways, and as a map.
    #[must_use]
    pub fn from_tags(tags: &Value) -> Self {
        let text = |tag: &Value, names: [&str; 3]| names.iter().find_map(|name| tag[*name].as_str().map(str::to_owned));
        let listed = tags.as_array().into_iter().flatten().filter_map(|tag| {
            let key = text(tag, ["Key", "TagKey", "key"])?;
            Some((key, text(tag, ["Value", "TagValue", "value"]).unwrap_or_default()))
        });
        let mapped = tags.as_object().into_iter().flatten();
        let mapped = mapped.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
        Self { tags: listed.chain(mapped).collect() }
    }

    /// The Auto Scaling group that the resource is a member of.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.tags.get(GROUP).map(String::as_str)
    }

    /// The same, as if no group owned it: while it is on standby, its group does not replace it.
    #[must_use]
    pub fn on_standby(mut self) -> Self {
        self.tags.remove(GROUP);
        self
    }

    pub(super) fn check(
        &self,
        settings: &Settings,
        incident: &Incident,
        limits: &Limits,
        binding: &str,
    ) -> Result<String, Refusal> {
        place("account", &incident.account, limits.accounts.as_deref(), limits.denied_accounts.as_deref())?;
        place("region", &incident.region, limits.regions.as_deref(), limits.denied_regions.as_deref())?;
        let opt_out = &settings.opt_out_tag;
        if self.tags.contains_key(opt_out) {
            return Err(refusal(
                "opt-out",
                format!("the resource has the tag {opt_out}; remove it to have it put right"),
            ));
        }
        let by = self.opted_in(settings, limits, binding)?;
        self.owner(limits.owned.unwrap_or(Owned::Refuse))?;
        Ok(by)
    }

    fn opted_in(&self, settings: &Settings, limits: &Limits, binding: &str) -> Result<String, Refusal> {
        let tag = &settings.opt_in_tag;
        if self.tags.get(tag).map(String::as_str) == Some("true") {
            return Ok(format!("opted in by tag {tag}=true"));
        }
        let by_binding = limits.opt_in == Some(OptIn::Binding);
        if by_binding && settings.named(binding, true).is_some() {
            return Ok(format!("opted in by the deployment, which names binding {binding}"));
        }
        let how = if by_binding {
            format!(
                "what is of the whole account has no tag; name {binding}=enforce in BindingModes, or {ACCOUNT_WIDE}=enforce for all such bindings, to have it put right"
            )
        } else {
            format!("the resource is not opted in; tag it {tag}=true to have it put right")
        };
        Err(refusal("scope", how))
    }

    fn owner(&self, owned: Owned) -> Result<(), Refusal> {
        if let Some(group) = self.group() {
            let reason = format!("Auto Scaling group {group} owns the resource and would replace it; change it there");
            return Err(refusal("owner", reason));
        }
        let Some(owner) = self.code().filter(|_| owned == Owned::Refuse) else { return Ok(()) };
        let reason = format!(
            "{owner} owns the resource and would undo the change; change it there, or say `owned: allow` (guards) in the binding"
        );
        Err(refusal("owner", reason))
    }

    /// The code that made the resource and would put it back.
    fn code(&self) -> Option<String> {
        if let Some(stack) = self.tags.get(STACK) {
            return Some(format!("CloudFormation stack {stack}"));
        }
        self.tags.iter().find_map(|(key, value)| {
            let (key, tool) = (key.to_lowercase(), value.to_lowercase());
            let named = MANAGED_BY.contains(&key.as_str()) && TOOLS.contains(&tool.as_str());
            match key.as_str() {
                "terraform" if tool != "false" => Some(format!("Terraform {value}")),
                _ => named.then(|| value.clone()),
            }
        })
    }
}

/// Whether an account or Region is one of those allowed and none of those denied.
fn place(what: &str, here: &str, only: Option<&[String]>, never: Option<&[String]>) -> Result<(), Refusal> {
    let listed = |list: &[String]| list.iter().any(|one| one == here);
    let (plural, capital) = if what == "region" { ("regions", "Regions") } else { ("accounts", "Accounts") };
    if never.is_some_and(listed) {
        let reason =
            format!("nothing is changed in {here}; take it out of `denied{capital}` (guards) to have it put right");
        return Err(refusal(what, reason));
    }
    match only {
        Some(only) if !listed(only) => {
            let only = only.join(", ");
            let reason = format!("{here} is not one of {only}; add it to `{plural}` (guards) to have it put right");
            Err(refusal(what, reason))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::limits::read;
    use super::super::tests::incident;
    use super::*;

    fn check(tags: &[(&str, &str)], limits: &str) -> Result<String, String> {
        let settings = Settings::read(|name| (name == "KINTSUGI_GUARD_TABLE").then(|| "t".into())).unwrap();
        let scope = Scope::from_tag_list(tags.iter().copied());
        scope.check(&settings, &incident(), &read(limits).unwrap(), "revoke-open-ssh").map_err(|refusal| refusal.guard)
    }

    const YES: (&str, &str) = ("kintsugi:remediate", "true");

    #[test]
    fn a_resource_opts_in_and_opting_out_always_wins() {
        assert!(check(&[YES], "").is_ok());
        assert_eq!(check(&[], ""), Err("scope".into()));
        assert_eq!(check(&[("kintsugi:remediate", "yes")], ""), Err("scope".into()));
        assert_eq!(check(&[YES, ("kintsugi:ignore", "")], ""), Err("opt-out".into()));
    }

    #[test]
    fn what_somebody_else_owns_is_left_to_them_unless_the_binding_says_otherwise() {
        let cases = [
            ("aws:cloudformation:stack-name", "web", true),
            ("terraform", "true", true),
            ("Terraform", "prod/web", true),
            ("terraform", "false", false),
            ("ManagedBy", "Terraform", true),
            ("managed-by", "opentofu", true),
            ("managed-by", "the web team", false),
        ];
        for (tag, value, owned) in cases {
            let expected = if owned { Err("owner".to_owned()) } else { check(&[YES], "") };
            assert_eq!(check(&[YES, (tag, value)], ""), expected, "{tag}={value}");
            assert!(check(&[YES, (tag, value)], "owned: allow").is_ok(), "{tag}={value}");
        }
    }

    #[test]
    fn an_instance_of_an_auto_scaling_group_is_left_to_the_group_whatever_is_said() {
        let group = ("aws:autoscaling:groupName", "web");
        assert_eq!(check(&[YES, group], ""), Err("owner".into()));
        assert_eq!(check(&[YES, group], "owned: allow"), Err("owner".into()));
    }

    #[test]
    fn accounts_and_regions_are_allowed_or_denied_by_name_and_denying_wins() {
        // The incident is in eu-west-1 of 123456789012.
        let cases = [
            ("regions: [eu-west-1, us-east-1]", "yes"),
            ("regions: [us-east-1]", "region"),
            ("regions: []", "region"),
            ("deniedRegions: [us-east-1]", "yes"),
            ("regions: [eu-west-1], deniedRegions: [eu-west-1]", "region"),
            ("accounts: ['123456789012']", "yes"),
            ("accounts: [123456789012]", "yes"),
            ("accounts: ['210987654321']", "account"),
            ("deniedAccounts: ['123456789012']", "account"),
        ];
        for (limits, expected) in cases {
            let said = check(&[YES], limits).map_or_else(|guard| guard, |_| "yes".to_owned());
            assert_eq!(said, expected, "{limits}");
        }
    }

    #[test]
    fn tags_are_understood_in_every_spelling_of_aws() {
        for tags in [
            json!([{"Key": "a", "Value": "b"}, {"Key": "c"}]),
            json!([{"TagKey": "a", "TagValue": "b"}, {"TagKey": "c", "TagValue": ""}]),
            json!([{"key": "a", "value": "b"}, {"key": "c"}]),
            json!({"a": "b", "c": ""}),
        ] {
            assert_eq!(Scope::from_tags(&tags), Scope::from_tag_list([("a", "b"), ("c", "")]), "{tags}");
        }
        assert!(Scope::from_tags(&json!([])).tags.is_empty() && Scope::from_tags(&Value::Null).tags.is_empty());
    }
}
