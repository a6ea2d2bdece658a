//! Which binding, which runbook, which parameters, or why not. Pure.

use shared::catalogue::{self, Binding};
use shared::guard::Refusal;
use shared::incident::{Incident, Resource};
use shared::lowcode;
use shared::remediation::{Decision, Remediation};

use crate::FixConfigDrift;
use crate::observe::{Observed, Rule, Seen};
use crate::{bucket, security_group};

pub(crate) fn decide(incident: &Incident, observed: &Observed) -> Decision {
    let Some(resource) = &incident.resource else { return refuse("target", "the incident names no resource".into()) };
    let binding = match binding(incident, &observed.rule, resource) {
        Ok(binding) => binding,
        Err(refusal) => return Decision::Refuse(refusal),
    };
    match &observed.seen {
        Seen::Excepted(why) => refuse("exception", format!("{why}; delete the exception to have it put right")),
        Seen::Known(known) => lowcode::decide(&binding, incident, known),
        Seen::Bucket(bucket) => bucket::decide(&binding, incident, resource, bucket),
        Seen::SecurityGroup(group) => security_group::decide(&binding, incident, resource, group),
        Seen::Other => refuse("binding", format!("{} is no type this build knows how to put right", resource.kind)),
    }
}

pub(crate) fn refuse(guard: &str, reason: String) -> Decision {
    Decision::Refuse(Refusal { guard: guard.into(), reason })
}

/// The binding of the rule's managed identifier, for exactly this resource type.
pub(crate) fn binding(incident: &Incident, rule: &Rule, resource: &Resource) -> Result<Binding, Refusal> {
    let refusal = |reason: String| Refusal { guard: "binding".into(), reason };
    let name = &incident.noticed_by;
    let Rule::Managed { identifier, .. } = rule else {
        return Err(refusal(format!("rule {name} is a custom rule; only AWS's managed rules are bound to a runbook")));
    };
    let bindings = catalogue::bindings().map_err(|error| refusal(shared::telemetry::chain(&error)))?;
    let mut mine = bindings.into_iter().filter(|binding| binding.function == FixConfigDrift::NAME);
    let found =
        mine.find(|binding| binding.when.config_rule.as_ref().is_some_and(|on| on.identifiers.contains(identifier)));
    let found = found.ok_or_else(|| refusal(format!("no binding for {identifier} (rule {name})")))?;
    let wanted = found.when.config_rule.as_ref().map(|on| on.resource_type.as_str());
    if wanted == Some(&resource.kind) {
        return Ok(found);
    }
    Err(refusal(format!("{identifier} is bound for {}, and this is a {}", wanted.unwrap_or_default(), resource.kind)))
}

#[cfg(test)]
mod tests {
    use shared::guard::Scope;
    use shared::incident::Delivery;

    use super::*;
    use crate::bucket::Bucket;

    fn incident(kind: &str) -> Incident {
        Incident {
            fingerprint: "f".into(),
            account: "1".into(),
            region: "eu-west-1".into(),
            noticed_by: "my-rule".into(),
            resource: Some(Resource { kind: kind.into(), id: "shop-exports".into() }),
            summary: String::new(),
            since: None,
            event: None,
            binding: None,
            given: Default::default(),
            delivery: Delivery::EventBridge,
        }
    }

    fn decided(rule: Rule, kind: &str) -> Decision {
        let bucket = Bucket { blocked: [false; 4], scope: Scope::from_tag_list([]) };
        decide(&incident(kind), &Observed { rule, seen: Seen::Bucket(bucket) })
    }

    fn managed(identifier: &str) -> Rule {
        Rule::Managed { identifier: identifier.into(), parameters: serde_json::Map::new() }
    }

    fn reason(decision: Decision) -> String {
        match decision {
            Decision::Refuse(refusal) => refusal.reason,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_rule_is_known_by_its_managed_identifier_whatever_its_name() {
        let decision = decided(managed("S3_BUCKET_PUBLIC_READ_PROHIBITED"), "AWS::S3::Bucket");
        let Decision::Run(run) = decision else { panic!("{decision:?}") };
        assert_eq!(run.binding, "block-public-access-on-bucket");
    }

    #[test]
    fn what_is_excepted_from_the_rule_is_left_alone_and_the_reason_says_how_to_change_that() {
        let rule = managed("S3_BUCKET_PUBLIC_READ_PROHIBITED");
        let seen = Seen::Excepted("AWS Config has an exception for it: public on purpose".into());
        let decision = decide(&incident("AWS::S3::Bucket"), &Observed { rule, seen });
        assert!(matches!(&decision, Decision::Refuse(refusal) if refusal.guard == "exception"), "{decision:?}");
        assert!(reason(decision).contains("delete the exception"));
    }

    #[test]
    fn an_unknown_rule_a_custom_rule_and_another_type_are_refused_with_the_reason() {
        let unknown = reason(decided(managed("DYNAMODB_IN_BACKUP_PLAN"), "AWS::S3::Bucket"));
        assert!(unknown.contains("no binding for DYNAMODB_IN_BACKUP_PLAN"), "{unknown}");
        let custom = reason(decided(Rule::Custom, "AWS::S3::Bucket"));
        assert!(custom.contains("custom rule"), "{custom}");
        let other = reason(decided(managed("INCOMING_SSH_DISABLED"), "AWS::S3::Bucket"));
        assert!(other.contains("AWS::EC2::SecurityGroup"), "{other}");
    }
}
