//! Whether a type can take over all that the instance has and does. Pure.

use crate::seen::{Baseline, Candidate, Instance, Room};

/// Sizes that are no step of a ladder: a metal instance is another machine, not a bigger one.
const NO_LADDER: &str = "metal";

/// What the instance would lack on `to`, having run on `from`; `None` if nothing.
pub(super) fn lacks(instance: &Instance, from: &Candidate, to: &Candidate) -> Option<String> {
    cannot(instance, from, to).or_else(|| is_slower(&from.baseline, &to.baseline))
}

/// The same, without what it moves: less of it is what a smaller type is for.
pub(super) fn cannot(instance: &Instance, from: &Candidate, to: &Candidate) -> Option<String> {
    runs(instance, from, to).or_else(|| holds(instance, &to.room))
}

/// Whether its image boots there and finds its devices.
fn runs(instance: &Instance, from: &Candidate, to: &Candidate) -> Option<String> {
    let Instance { architecture, virtualization, boot_mode, .. } = instance;
    // It runs on a type that requires ENA or NVMe, so it has the driver, whatever its image was registered with.
    let ena = instance.ena_support || from.ena == "required";
    let nvme = from.nvme != "unsupported";
    let boots = boot_mode.as_ref().is_none_or(|mode| to.boot_modes.contains(mode));
    [
        (to.instance_type.contains(NO_LADDER), "is another kind of machine".to_owned()),
        (!to.architectures.contains(architecture), format!("does not run {architecture}")),
        (!to.virtualization.contains(virtualization), format!("does not run {virtualization} images")),
        (!boots, format!("does not boot by {}", boot_mode.as_deref().unwrap_or_default())),
        (to.ena == "required" && !ena, "needs a driver for the Elastic Network Adapter".to_owned()),
        (to.nvme == "required" && !nvme, "needs a driver for NVMe volumes".to_owned()),
    ]
    .into_iter()
    .find_map(|(so, reason)| so.then_some(reason))
}

/// Whether all that is attached can be attached there.
fn holds(instance: &Instance, room: &Room) -> Option<String> {
    let interfaces = i32::try_from(instance.interfaces.len()).unwrap_or(i32::MAX);
    let most = |of: fn(&crate::seen::Interface) -> i32| instance.interfaces.iter().map(of).max().unwrap_or_default();
    // The first interface has a place of its own.
    let attached = instance.volumes + if room.shared { (interfaces - 1).max(0) } else { 0 };
    let what = if room.shared { "volumes and further network interfaces" } else { "volumes" };
    let efa = instance.interfaces.iter().any(|interface| interface.kind.starts_with("efa"));
    over(interfaces, room.interfaces, "network interfaces")
        .or_else(|| over(most(|of| of.ipv4), room.ipv4, "IPv4 addresses on an interface"))
        .or_else(|| over(most(|of| of.ipv6), room.ipv6, "IPv6 addresses on an interface"))
        .or_else(|| over(attached, room.volumes, what))
        .or_else(|| (efa && !room.efa).then(|| "has no Elastic Fabric Adapter".to_owned()))
}

fn over(has: i32, most: Option<i32>, what: &str) -> Option<String> {
    most.filter(|most| has > *most).map(|most| format!("holds {most} {what}, and there are {has}"))
}

/// A bigger type that moves less would only move the trouble.
fn is_slower(from: &Baseline, to: &Baseline) -> Option<String> {
    let rates = [
        (from.network_gbps, to.network_gbps, "Gbit/s to the network"),
        (from.ebs_mbps, to.ebs_mbps, "Mbit/s to EBS"),
        (from.ebs_iops, to.ebs_iops, "operations a second to EBS"),
    ];
    rates.into_iter().find_map(|(from, to, what)| {
        let from = from?;
        match to {
            Some(to) if to >= from => None,
            Some(to) => Some(format!("sustains {to} {what}, less than {from}")),
            None => Some(format!("sustains an unknown number of {what}, the instance has {from}")),
        }
    })
}
