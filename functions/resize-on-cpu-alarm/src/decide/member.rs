//! Whether a member of an Auto Scaling group may be on standby meanwhile, and what that means. Pure.

use shared::incident::Incident;
use shared::lowcode::shell_word;

use super::Limits;
use crate::seen::{Group, Instance};

/// Why it may not be put on standby; `None` if it may.
pub(super) fn why_not(group: &Group, limits: Limits<'_>) -> Option<String> {
    let Group { name, state, desired, min, scope } = group;
    let (tag, out) = (limits.opt_in_tag, limits.opt_out_tag);
    let opted_in = scope.tags.get(tag).is_some_and(|value| value == "true") && !scope.tags.contains_key(out);
    let owns = format!("Auto Scaling group {name} owns the instance and would replace it");
    if !opted_in {
        return Some(format!("{owns}; tag the group {tag}=true to have the instance put on standby meanwhile"));
    }
    if state != "InService" {
        return Some(format!(
            "the instance is {state} in Auto Scaling group {name}, not InService; the group is at it"
        ));
    }
    (desired <= min).then(|| {
        format!("{owns}: it wants {desired} and must have {min}, so none may be on standby; change its launch template")
    })
}

/// What is said of it in the line of the change.
pub(super) fn meanwhile(group: Option<&Group>) -> String {
    group.map(|group| format!("; on standby of its group {} meanwhile", group.name)).unwrap_or_default()
}

/// How a person brings it back to its group.
pub(super) fn back(incident: &Incident, instance: &Instance, group: Option<&Group>) -> Vec<String> {
    let Some(Group { name, .. }) = group else { return vec![] };
    let (region, id) = (&incident.region, &instance.id);
    let name = shell_word(name);
    vec![
        "If it is on standby of its group, bring it back when it runs:".to_owned(),
        format!("aws autoscaling describe-auto-scaling-instances --region {region} --instance-ids {id}"),
        format!("aws autoscaling exit-standby --region {region} --auto-scaling-group-name {name} --instance-ids {id}"),
    ]
}

#[cfg(test)]
mod tests {
    use shared::guard::Scope;
    use shared::remediation::Decision;

    use super::super::tests::{after, runs, tag};
    use super::*;

    /// A member of a group of three, which must have two.
    fn member(change: impl FnOnce(&mut Group)) -> Decision {
        after(|o| {
            tag(o, "aws:autoscaling:groupName", "web's");
            let scope = Scope::from_tag_list([("kintsugi:remediate", "true")]);
            let mut group = Group { name: "web's".into(), state: "InService".into(), desired: 3, min: 2, scope };
            change(&mut group);
            o.group = Some(group);
        })
    }

    #[test]
    fn a_member_of_a_group_is_on_standby_meanwhile() {
        let run = runs(member(|_| ()));
        assert_eq!(run.parameters["AutoScalingGroupName"], "web's");
        assert_eq!(run.undo.as_ref().unwrap()["AutoScalingGroupName"], "web's");
        assert!(run.change.ends_with("; on standby of its group web's meanwhile"), "{}", run.change);
        assert!(
            run.by_hand.iter().any(|line| line.contains(r"--auto-scaling-group-name 'web'\''s' ")),
            "{:?}",
            run.by_hand
        );
        assert_eq!(run.scope.group(), None, "the guard lets it through");
        assert!(!runs(after(|_| ())).parameters.contains_key("AutoScalingGroupName"));
    }

    #[test]
    fn a_member_is_left_alone_where_its_group_must_have_it_or_was_not_opted_in() {
        type Change = fn(&mut Group);
        let cases: [(Change, &str); 5] = [
            (|group| group.min = 3, "so none may be on standby"),
            (|group| group.desired = 1, "so none may be on standby"),
            (|group| group.state = "Standby".into(), "is Standby in Auto Scaling group"),
            (|group| group.scope.tags.clear(), "tag the group kintsugi:remediate=true"),
            (|group| drop(group.scope.tags.insert("kintsugi:ignore".into(), String::new())), "tag the group"),
        ];
        for (change, why) in cases {
            let Decision::Refuse(refusal) = member(change) else { panic!("{why}") };
            assert_eq!(refusal.guard, "owner");
            assert!(refusal.reason.contains(why), "{}", refusal.reason);
        }
    }
}
