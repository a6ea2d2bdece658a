//! The next size up, or why not. Pure.

use serde_json::{Map, Value, json};
use shared::guard::Refusal;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Run};

use crate::observe::{Candidate, Instance, Observed};

/// Sizes that are no step of a ladder: a metal instance is another machine, not a bigger one.
const NO_LADDER: &str = "metal";

pub(crate) fn decide(incident: &Incident, observed: &Observed, max_size: &str) -> Decision {
    let Observed { alarm_state, instance, family } = observed;
    match alarm_state.as_str() {
        "ALARM" => {}
        "OK" => return Decision::AlreadyHealthy("the alarm is OK again".into()),
        other => return refuse("target", format!("the alarm says {other} now; there is nothing to act on")),
    }
    if let Some(reason) = not_resizable(instance, family) {
        return refuse("target", reason);
    }
    match next_size(instance, family, max_size) {
        Ok(next) => Decision::Run(Box::new(run(incident, instance, &next.instance_type))),
        Err(reason) => refuse("size", reason),
    }
}

fn refuse(guard: &str, reason: String) -> Decision {
    Decision::Refuse(Refusal { guard: guard.into(), reason })
}

/// What a stop, a change of type and a start would not survive.
fn not_resizable(instance: &Instance, family: &[Candidate]) -> Option<String> {
    let Instance { id, state, lifecycle, root_device, instance_type, .. } = instance;
    if state != "running" {
        return Some(format!("{id} is {state}, not running; there is nothing to relieve"));
    }
    if let Some(lifecycle) = lifecycle {
        return Some(format!("{id} is a {lifecycle} instance, whose type cannot be changed"));
    }
    let disks = family.iter().any(|c| c.instance_type == *instance_type && c.instance_storage);
    if disks {
        return Some(format!(
            "{id} is a {instance_type}, which has disks of its own; a stop would destroy what is on them"
        ));
    }
    (root_device != "ebs").then(|| format!("the root device of {id} is {root_device}; it would not survive a stop"))
}

/// The smallest type of the family that is larger and fits the instance.
fn next_size<'a>(instance: &Instance, family: &'a [Candidate], max_size: &str) -> Result<&'a Candidate, String> {
    let size = |of: &Candidate| (of.vcpus, of.memory_mib);
    let current = family.iter().find(|c| c.instance_type == instance.instance_type);
    let current = current.ok_or_else(|| format!("AWS does not describe the type {}", instance.instance_type))?;
    // It runs on a type that requires ENA, so it has it, whatever its image was registered with.
    let ena = instance.ena_support || current.ena == "required";
    let larger = family.iter().filter(|c| size(c) > size(current) && fits(instance, ena, c));
    let next = larger.min_by_key(|c| (size(c), c.instance_type.clone()));
    let next = next.ok_or_else(|| {
        format!(
            "{} is the largest of its family that {} offers and the instance can use",
            instance.instance_type, instance.availability_zone
        )
    })?;
    match within(&next.instance_type, max_size) {
        Some(true) => Ok(next),
        Some(false) => Err(format!("the next size is {}, beyond the maximum {max_size}", next.instance_type)),
        None => Err(format!("it cannot be told whether {} is within the maximum {max_size}", next.instance_type)),
    }
}

fn fits(instance: &Instance, ena: bool, candidate: &Candidate) -> bool {
    candidate.architectures.contains(&instance.architecture)
        && candidate.virtualization.contains(&instance.virtualization)
        && (candidate.ena != "required" || ena)
        && !candidate.instance_type.contains(NO_LADDER)
}

/// Whether a type's size is at most `max`. `None` if either is no size we know.
fn within(instance_type: &str, max: &str) -> Option<bool> {
    let (_, size) = instance_type.split_once('.')?;
    Some(rank(size)? <= rank(max)?)
}

/// Sizes in order: nano < micro < small < medium < large < xlarge < 2xlarge < ...
fn rank(size: &str) -> Option<u32> {
    const NAMED: [&str; 6] = ["nano", "micro", "small", "medium", "large", "xlarge"];
    let named = NAMED.iter().position(|name| *name == size).and_then(|at| u32::try_from(at).ok());
    named.or_else(|| size.strip_suffix("xlarge")?.parse::<u32>().ok().map(|times| times + 4))
}

fn run(incident: &Incident, instance: &Instance, target: &str) -> Run {
    let (id, current) = (&instance.id, &instance.instance_type);
    Run {
        binding: "resize-on-cpu-alarm".into(),
        resource: Resource { kind: "AWS::EC2::Instance".into(), id: id.clone() },
        scope: instance.scope.clone(),
        parameters: parameters(id, current, target),
        undo: Some(parameters(id, target, current)),
        change: format!("{current} -> {target}"),
        by_hand: by_hand(incident, id, current, target),
    }
}

fn parameters(id: &str, current: &str, target: &str) -> Map<String, Value> {
    let pairs = [("InstanceId", id), ("CurrentType", current), ("TargetType", target)];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn by_hand(incident: &Incident, id: &str, current: &str, target: &str) -> Vec<String> {
    let region = &incident.region;
    let look = "Reservations[].Instances[].[State.Name,InstanceType]";
    vec![
        format!("It was {current} and should have become {target}. See what it is now:"),
        format!("aws ec2 describe-instances --region {region} --instance-ids {id} --query '{look}'"),
        "To go back, stop it, give it its old type and start it:".to_owned(),
        format!("aws ec2 stop-instances --region {region} --instance-ids {id}"),
        format!("aws ec2 wait instance-stopped --region {region} --instance-ids {id}"),
        format!(
            "aws ec2 modify-instance-attribute --region {region} --instance-id {id} --instance-type Value={current}"
        ),
        format!("aws ec2 start-instances --region {region} --instance-ids {id}"),
    ]
}

#[cfg(test)]
mod tests {
    use shared::guard::Scope;
    use shared::incident::Delivery;

    use super::*;

    fn incident() -> Incident {
        Incident {
            fingerprint: "f".into(),
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            noticed_by: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu".into(),
            resource: None,
            summary: String::new(),
            since: None,
            event: None,
            delivery: Delivery::EventBridge,
        }
    }

    fn candidate(instance_type: &str, vcpus: i32) -> Candidate {
        Candidate {
            instance_type: instance_type.into(),
            vcpus,
            memory_mib: i64::from(vcpus) * 4096,
            architectures: vec!["x86_64".into()],
            virtualization: vec!["hvm".into()],
            ena: "required".into(),
            instance_storage: false,
        }
    }

    fn observed() -> Observed {
        Observed {
            alarm_state: "ALARM".into(),
            instance: Instance {
                id: "i-0abcdef1234567890".into(),
                instance_type: "m5.large".into(),
                state: "running".into(),
                architecture: "x86_64".into(),
                virtualization: "hvm".into(),
                ena_support: true,
                availability_zone: "eu-west-1a".into(),
                lifecycle: None,
                root_device: "ebs".into(),
                scope: Scope::from_tag_list([]),
            },
            family: vec![
                candidate("m5.4xlarge", 16),
                candidate("m5.metal", 6),
                candidate("m5.xlarge", 4),
                candidate("m5.large", 2),
                candidate("m5.2xlarge", 8),
            ],
        }
    }

    fn after(change: impl FnOnce(&mut Observed)) -> Decision {
        let mut observed = observed();
        change(&mut observed);
        decide(&incident(), &observed, "4xlarge")
    }

    fn target(decision: &Decision) -> String {
        match decision {
            Decision::Run(run) => run.parameters["TargetType"].as_str().unwrap().to_owned(),
            other => format!("{other:?}"),
        }
    }

    fn refused(decision: Decision) -> String {
        match decision {
            Decision::Refuse(refusal) => refusal.guard,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_next_size_is_the_smallest_larger_one_whatever_the_order() {
        assert_eq!(target(&after(|_| ())), "m5.xlarge");
        assert_eq!(target(&after(|o| o.instance.instance_type = "m5.2xlarge".into())), "m5.4xlarge");
    }

    #[test]
    fn a_size_that_does_not_fit_the_instance_or_its_zone_is_passed_over() {
        assert_eq!(target(&after(|o| o.family.retain(|c| c.instance_type != "m5.xlarge"))), "m5.2xlarge");
        assert_eq!(target(&after(|o| o.family[2].architectures = vec!["arm64".into()])), "m5.2xlarge");
        assert_eq!(target(&after(|o| o.family[2].virtualization = vec!["paravirtual".into()])), "m5.2xlarge");
    }

    #[test]
    fn an_image_without_ena_is_not_put_on_a_type_that_needs_it() {
        let without = |on: &'static str| {
            after(|o| {
                o.instance.ena_support = false;
                o.family[3].ena = on.into();
            })
        };
        assert_eq!(refused(without("supported")), "size");
        assert_eq!(target(&without("required")), "m5.xlarge", "it runs on a type that requires ENA");
    }

    #[test]
    fn the_maximum_is_kept_and_an_unknown_size_is_not_guessed() {
        assert_eq!(refused(after(|o| o.instance.instance_type = "m5.4xlarge".into())), "size");
        assert_eq!(refused(decide(&incident(), &observed(), "large")), "size");
        assert_eq!(refused(decide(&incident(), &observed(), "enormous")), "size");
    }

    #[test]
    fn what_would_not_survive_a_stop_is_left_alone() {
        assert_eq!(refused(after(|o| o.instance.state = "stopped".into())), "target");
        assert_eq!(refused(after(|o| o.instance.lifecycle = Some("spot".into()))), "target");
        assert_eq!(refused(after(|o| o.family[3].instance_storage = true)), "target");
        assert_eq!(refused(after(|o| o.instance.root_device = "instance-store".into())), "target");
    }

    #[test]
    fn an_alarm_that_is_ok_again_needs_nothing() {
        assert!(matches!(after(|o| o.alarm_state = "OK".into()), Decision::AlreadyHealthy(_)));
        assert_eq!(refused(after(|o| o.alarm_state = "INSUFFICIENT_DATA".into())), "target");
    }

    #[test]
    fn going_back_swaps_the_types() {
        let Decision::Run(run) = after(|_| ()) else { panic!("runs") };
        let undo = run.undo.unwrap();
        assert_eq!((undo["CurrentType"].as_str(), undo["TargetType"].as_str()), (Some("m5.xlarge"), Some("m5.large")));
    }

    #[test]
    fn sizes_are_in_order() {
        let ladder = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "24xlarge"];
        assert!(ladder.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
        assert_eq!(rank("metal"), None);
    }
}
