//! What is our own: our functions' doing, and the parts this stack is made of.
//!
//! Comes in: an event, a resource, what the names of this stack begin with. Goes out: yes or no, with the reason. Pure.
//! Never: a change of what decides about changes. What is wrong with our own parts is told to people.

use super::{Refusal, Scope, refusal};
use crate::event::{ApiCall, Trigger};
use crate::incident::{Incident, Resource};
use crate::settings::Settings;

/// Types of which this stack has some.
const KINDS: [&str; 8] = [
    "AWS::CloudFormation::Stack",
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
];

/// Whether the event tells of a call that one of this stack's roles has made.
#[must_use]
pub fn own_doing(settings: &Settings, trigger: &Trigger) -> Option<Refusal> {
    let Trigger::ApiCall(ApiCall { name, role: Some(role), .. }) = trigger else { return None };
    let prefix = settings.own_prefix.as_deref()?;
    role.starts_with(prefix).then(|| {
        let reason = format!(
            "{name} was called by {role}, a role of Kintsugi itself, which is no incident; the same call by anybody else is"
        );
        refusal("own-doing", reason)
    })
}

/// Refuses what this stack itself is made of.
pub(super) fn check(
    settings: &Settings,
    incident: &Incident,
    resource: &Resource,
    scope: &Scope,
) -> Result<(), Refusal> {
    let Some(prefix) = settings.own_prefix.as_deref() else { return Ok(()) };
    let stack = prefix.trim_end_matches('-');
    let of_stack = scope.tags.get("aws:cloudformation:stack-name").is_some_and(|name| name == stack);
    let named = KINDS.contains(&resource.kind.as_str()) && last(&resource.id).starts_with(prefix);
    let alarm = incident.noticed_by.split_once(":alarm:").is_some_and(|(_, name)| name.starts_with(prefix));
    if !(of_stack || named || alarm) {
        return Ok(());
    }
    let what = if alarm { incident.noticed_by.clone() } else { resource.to_string() };
    let reason = format!(
        "{what} belongs to Kintsugi itself (stack {stack}), which does not mend itself: put it right by hand, or deploy \
         the stack again"
    );
    Err(refusal("own-resource", reason))
}

/// A name without what stands before it in an ARN, a URL or a log group's path.
fn last(id: &str) -> &str {
    id.rsplit(['/', ':']).next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::super::tests::incident;
    use super::*;

    fn settings() -> Settings {
        Settings::read(|name| match name {
            "KINTSUGI_GUARD_TABLE" => Some("kintsugi-GuardTable-1".into()),
            "KINTSUGI_OWN_PREFIX" => Some("kintsugi-".into()),
            _ => None,
        })
        .unwrap()
    }

    #[test]
    fn the_parts_of_this_stack_are_left_to_people_and_nobody_else_s_are() {
        let cases = [
            ("AWS::DynamoDB::Table", "kintsugi-GuardTable-1", "", "rule", true),
            ("AWS::Lambda::Function", "arn:aws:lambda:eu-west-1:1:function:kintsugi-open-ticket", "", "rule", true),
            ("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/kintsugi-dead-letters", "", "rule", true),
            ("AWS::Logs::LogGroup", "/aws/lambda/kintsugi-open-ticket", "", "rule", true),
            ("AWS::S3::Bucket", "anything", "kintsugi", "rule", true),
            ("AWS::EC2::Instance", "i-1", "", "arn:aws:cloudwatch:eu-west-1:1:alarm:kintsugi-open-ticket-errors", true),
            ("AWS::EC2::Instance", "i-1", "", "arn:aws:cloudwatch:eu-west-1:1:alarm:web-cpu", false),
            ("AWS::DynamoDB::Table", "orders", "", "rule", false),
            ("AWS::S3::Bucket", "kintsugi-photos", "", "rule", false),
            ("AWS::S3::Bucket", "anything", "kintsugi-web", "rule", false),
        ];
        for (kind, id, stack, noticed_by, own) in cases {
            let resource = Resource { kind: kind.into(), id: id.into() };
            let tags = [("aws:cloudformation:stack-name", stack)];
            let scope = Scope::from_tag_list(tags.into_iter().filter(|_| !stack.is_empty()));
            let incident = Incident { noticed_by: noticed_by.into(), ..incident() };
            let said = check(&settings(), &incident, &resource, &scope);
            assert_eq!(said.is_err(), own, "{kind} {id} {noticed_by}");
        }
    }

    #[test]
    fn a_call_by_one_of_our_roles_is_our_own_doing() {
        let call = |role: Option<&str>| {
            let event = serde_json::from_str(include_str!("../../../events/cloudtrail/own-call.json")).unwrap();
            let Ok(Trigger::ApiCall(call)) = crate::event::parse(&event) else { panic!() };
            Trigger::ApiCall(ApiCall { role: role.map(str::to_owned), ..call })
        };
        assert_eq!(
            own_doing(&settings(), &call(Some("kintsugi-FixConfigDriftFunctionRole-1"))).unwrap().guard,
            "own-doing"
        );
        assert_eq!(own_doing(&settings(), &call(Some("Admin"))), None);
        assert_eq!(own_doing(&settings(), &call(None)), None);
    }
}
