//! Every check, one row or test each.

use shared::guard::Scope;
use shared::incident::Delivery;

use super::*;
use crate::seen::{Baseline, Interface, Room};

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
        binding: None,
        given: Default::default(),
        delivery: Delivery::EventBridge,
    }
}

fn candidate(instance_type: &str, vcpus: i32) -> Candidate {
    let rate = Some(f64::from(vcpus));
    Candidate {
        instance_type: instance_type.into(),
        vcpus,
        memory_mib: i64::from(vcpus) * 4096,
        architectures: vec!["x86_64".into()],
        virtualization: vec!["hvm".into()],
        boot_modes: vec!["legacy-bios".into(), "uefi".into()],
        ena: "required".into(),
        nvme: "required".into(),
        instance_storage: false,
        room: Room { interfaces: Some(3), ipv4: Some(10), ipv6: Some(10), volumes: Some(27), shared: true, efa: false },
        baseline: Baseline { network_gbps: rate, ebs_mbps: rate, ebs_iops: rate },
    }
}

fn observed() -> Observed {
    Observed {
        alarm_state: "ALARM".into(),
        side: Some(Side::Above),
        group: None,
        instance: Instance {
            id: "i-0abcdef1234567890".into(),
            instance_type: "m5.large".into(),
            state: "running".into(),
            architecture: "x86_64".into(),
            virtualization: "hvm".into(),
            ena_support: true,
            boot_mode: Some("uefi".into()),
            availability_zone: "eu-west-1a".into(),
            tenancy: "default".into(),
            lifecycle: None,
            reserved: false,
            linux: true,
            root_device: "ebs".into(),
            volumes: 2,
            interfaces: vec![Interface { kind: "interface".into(), ipv4: 1, ..Interface::default() }],
            shutdown_behavior: "stop".into(),
            stop_protected: false,
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

pub(super) fn after(change: impl FnOnce(&mut Observed)) -> Decision {
    let mut observed = observed();
    change(&mut observed);
    decide(&incident(), &observed, LIMITS)
}

const LIMITS: Limits<'_> =
    Limits { max_size: "4xlarge", max_cost: None, opt_in_tag: "kintsugi:remediate", opt_out_tag: "kintsugi:ignore" };

fn up_to(max_size: &str) -> Decision {
    decide(&incident(), &observed(), Limits { max_size, ..LIMITS })
}

pub(super) fn tag(observed: &mut Observed, key: &str, value: &str) {
    observed.instance.scope.tags.insert(key.into(), value.into());
}

pub(super) fn runs(decision: Decision) -> Run {
    match decision {
        Decision::Run(run) => *run,
        other => panic!("{other:?}"),
    }
}

fn target(decision: &Decision) -> String {
    match decision {
        Decision::Run(run) => run.parameters["TargetType"].as_str().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}

pub(super) fn refused(decision: Decision) -> String {
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
fn a_size_that_the_zone_does_not_offer_is_passed_over() {
    assert_eq!(target(&after(|o| o.family.retain(|c| c.instance_type != "m5.xlarge"))), "m5.2xlarge");
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
    assert_eq!(refused(up_to("large")), "size");
    assert_eq!(refused(up_to("enormous")), "size");
}

#[test]
fn what_would_not_survive_a_stop_is_left_alone() {
    type Change = fn(&mut Instance);
    let cases: [(Change, &str); 8] = [
        (|i| i.state = "stopped".into(), "not running"),
        (|i| i.lifecycle = Some("spot".into()), "spot"),
        (|i| i.lifecycle = Some("capacity-block".into()), "capacity-block"),
        (|i| i.tenancy = "host".into(), "Dedicated Host"),
        (|i| i.reserved = true, "Capacity Reservation"),
        (|i| i.root_device = "instance-store".into(), "root device"),
        (|i| i.shutdown_behavior = "terminate".into(), "terminates"),
        (|i| i.stop_protected = true, "protected"),
    ];
    for (change, why) in cases {
        let Decision::Refuse(refusal) = after(|o| change(&mut o.instance)) else { panic!("{why}") };
        assert_eq!(refusal.guard, "target", "{why}");
        assert!(refusal.reason.contains(why), "{}", refusal.reason);
    }
    assert_eq!(target(&after(|o| o.instance.tenancy = "dedicated".into())), "m5.xlarge", "which any size can be");
}

#[test]
fn disks_of_the_machine_itself_are_given_up_only_where_a_tag_says_so() {
    let with = |value: Option<&'static str>| {
        after(|o| {
            o.family[3].instance_storage = true;
            if let Some(value) = value {
                tag(o, "kintsugi:instance-store", value);
            }
        })
    };
    assert_eq!(refused(with(None)), "target");
    assert_eq!(refused(with(Some("keep"))), "target");
    let run = runs(with(Some("discard")));
    assert!(run.change.contains("instance store volumes is lost"));
    assert!(run.irreversible.is_some_and(|why| run.change.contains(&why)), "approvers and tickets are told");
}

#[test]
fn a_size_that_would_lack_anything_is_passed_over() {
    type Change = fn(&mut Instance, &mut Candidate);
    let cases: [(&str, Change); 14] = [
        ("architecture", |_, c| c.architectures = vec!["arm64".into()]),
        ("virtualisation", |_, c| c.virtualization = vec!["paravirtual".into()]),
        ("boot mode", |_, c| c.boot_modes = vec!["legacy-bios".into()]),
        ("interfaces", |i, c| {
            i.interfaces = vec![Interface::default(); 3];
            c.room.interfaces = Some(2);
        }),
        ("IPv4 addresses", |i, c| {
            i.interfaces[0].ipv4 = 5;
            c.room.ipv4 = Some(4);
        }),
        ("IPv6 addresses", |i, c| {
            i.interfaces[0].ipv6 = 5;
            c.room.ipv6 = Some(4);
        }),
        ("volumes", |_, c| c.room.volumes = Some(1)),
        ("volumes beside interfaces", |i, c| {
            i.interfaces = vec![Interface::default(); 3];
            c.room.volumes = Some(3);
        }),
        ("fabric adapter", |i, _| i.interfaces[0].kind = "efa".into()),
        ("network", |_, c| c.baseline.network_gbps = Some(1.9)),
        ("unknown network", |_, c| c.baseline.network_gbps = None),
        ("EBS bandwidth", |_, c| c.baseline.ebs_mbps = Some(1.9)),
        ("EBS operations", |_, c| c.baseline.ebs_iops = Some(1.9)),
        ("another kind of machine", |_, c| c.instance_type = "m5.metal-24xl".into()),
    ];
    for (what, change) in cases {
        let decision = after(|o| {
            // The one after it can be a fabric adapter, so that this is asked for too.
            o.family[4].room.efa = true;
            let Observed { instance, family, .. } = o;
            change(instance, &mut family[2]);
        });
        assert_eq!(target(&decision), "m5.2xlarge", "{what}");
    }
}

#[test]
fn what_has_just_enough_room_is_taken() {
    let decision = after(|o| {
        o.instance.interfaces = vec![Interface { ipv4: 10, ipv6: 10, ..Interface::default() }; 3];
        o.instance.volumes = 25;
    });
    assert_eq!(target(&decision), "m5.xlarge");
    let decision = after(|o| {
        o.instance.interfaces = vec![Interface::default(); 3];
        o.instance.volumes = 27;
        o.family.iter_mut().for_each(|c| c.room.shared = false);
    });
    assert_eq!(target(&decision), "m5.xlarge", "volumes have places of their own there");
}

#[test]
fn an_image_without_nvme_drivers_is_not_put_on_a_type_that_needs_them() {
    let on = |nvme: &'static str| after(|o| o.family[3].nvme = nvme.into());
    assert_eq!(refused(on("unsupported")), "size");
    assert_eq!(target(&on("supported")), "m5.xlarge");
}

#[test]
fn when_no_size_is_enough_each_says_why() {
    let Decision::Refuse(refusal) = after(|o| o.instance.interfaces = vec![Interface::default(); 4]) else { panic!() };
    assert_eq!(refusal.guard, "size");
    assert!(
        refusal.reason.contains("m5.xlarge holds 3 network interfaces, and there are 4; m5."),
        "{}",
        refusal.reason
    );
}

#[test]
fn the_next_sizes_are_tried_in_order_when_aws_cannot_start_the_first() {
    let run = runs(after(|o| o.family.push(candidate("m5.8xlarge", 32))));
    let types = |names: [&str; 3]| names.map(|name| run.parameters.get(name).and_then(Value::as_str));
    assert_eq!(types(WANTED), [Some("m5.xlarge"), Some("m5.2xlarge"), Some("m5.4xlarge")]);
    assert_eq!(types(HAD), [Some("m5.large"), None, None]);
    assert!(run.change.starts_with("m5.large -> m5.xlarge (m5.2xlarge, then m5.4xlarge if AWS cannot start it so)"));
    let small = runs(up_to("xlarge"));
    assert_eq!(small.parameters.get("SecondType"), None, "beyond the maximum");
}

#[test]
fn a_stop_is_forced_only_where_a_tag_says_so() {
    assert_eq!(runs(after(|_| ())).parameters.get("AllowForceStop"), None);
    assert_eq!(runs(after(|o| tag(o, "kintsugi:force-stop", "yes"))).parameters.get("AllowForceStop"), None);
    assert_eq!(runs(after(|o| tag(o, "kintsugi:force-stop", "true"))).parameters["AllowForceStop"], true);
}

#[test]
fn the_price_is_said_where_it_is_known() {
    let change = |change: fn(&mut Instance)| runs(after(|o| change(&mut o.instance))).change;
    assert!(change(|_| ()).contains(", +78.11 USD a month"));
    assert!(!change(|i| i.linux = false).contains("USD"), "the table is for Linux");
    assert!(!change(|i| i.tenancy = "dedicated".into()).contains("USD"));
}

#[test]
fn a_limit_of_cost_is_kept_for_every_choice_and_an_unknown_price_is_beyond_it() {
    let limited = |limit: u32, linux: bool| {
        let mut observed = observed();
        observed.instance.linux = linux;
        decide(&incident(), &observed, Limits { max_cost: Some(limit), ..LIMITS })
    };
    let run = runs(limited(300, true));
    assert_eq!(
        (run.parameters["TargetType"].as_str(), run.parameters["SecondType"].as_str()),
        (Some("m5.xlarge"), Some("m5.2xlarge"))
    );
    assert_eq!(run.parameters.get("ThirdType"), None);
    assert_eq!(runs(limited(79, true)).parameters.get("SecondType"), None);
    assert_eq!(refused(limited(78, true)), "cost");
    assert_eq!(refused(limited(10_000, false)), "cost");
}

#[test]
fn an_address_that_aws_lent_is_warned_of_and_an_elastic_one_is_not() {
    let lent = Interface { lent_address: Some("198.51.100.7".into()), ..Interface::default() };
    let run = runs(after(|o| o.instance.interfaces = vec![lent.clone()]));
    let said = "its public address 198.51.100.7 will change";
    assert!(run.change.contains(said), "{}", run.change);
    assert!(run.by_hand.iter().any(|line| line.contains(said)));
    let run = runs(after(|o| o.instance.interfaces = vec![lent.clone(), Interface::default()]));
    assert!(run.change.contains("198.51.100.7 will be lost"), "{}", run.change);
    assert!(!runs(after(|_| ())).change.contains("address"));
}

#[test]
fn an_alarm_that_is_ok_again_needs_nothing() {
    assert!(matches!(after(|o| o.alarm_state = "OK".into()), Decision::AlreadyHealthy(_)));
    assert_eq!(refused(after(|o| o.alarm_state = "INSUFFICIENT_DATA".into())), "target");
}

#[test]
fn going_back_takes_any_of_the_choices_to_the_old_type() {
    let undo = runs(after(|_| ())).undo.unwrap();
    let types = |names: [&str; 3]| names.map(|name| undo.get(name).and_then(Value::as_str));
    assert_eq!(types(HAD), [Some("m5.xlarge"), Some("m5.2xlarge"), Some("m5.4xlarge")]);
    assert_eq!(types(WANTED), [Some("m5.large"), None, None]);
}

#[test]
fn an_alarm_that_rings_on_either_side_of_a_band_is_not_acted_on() {
    assert_eq!(refused(after(|o| o.side = None)), "target");
}

#[test]
fn what_an_execution_saw_before_sides_were_asked_for_was_a_busy_cpu() {
    let mut seen = serde_json::to_value(observed()).unwrap();
    seen.as_object_mut().unwrap().remove("side");
    assert_eq!(serde_json::from_value::<Observed>(seen).unwrap().side, Some(Side::Above));
}
