//! From EC2's answers to what a decision is made on. Pure.

use aws_sdk_ec2::types::{
    CapacityReservationPreference, EbsInfo, Instance as Ec2Instance, InstanceNetworkInterface, InstanceTypeInfo,
    NetworkInfo,
};
use shared::guard::Scope;

use crate::seen::{Baseline, Candidate, Instance, Interface, Room};

/// The owner of public addresses that AWS lends.
const LENT_BY: &str = "amazon";

/// An instance without its attributes, of which each takes a call of its own.
pub(crate) fn instance(instance: &Ec2Instance) -> Instance {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let tags = instance.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default())));
    let placement = instance.placement();
    Instance {
        id: text(instance.instance_id()),
        instance_type: text(instance.instance_type().map(|t| t.as_str())),
        state: text(instance.state().and_then(|s| s.name()).map(|n| n.as_str())),
        architecture: text(instance.architecture().map(|a| a.as_str())),
        virtualization: text(instance.virtualization_type().map(|v| v.as_str())),
        ena_support: instance.ena_support().unwrap_or(false),
        boot_mode: instance.current_instance_boot_mode().map(|mode| mode.as_str().to_owned()),
        availability_zone: text(placement.and_then(|p| p.availability_zone())),
        tenancy: placement.and_then(|p| p.tenancy()).map_or("default", |tenancy| tenancy.as_str()).to_owned(),
        lifecycle: instance.instance_lifecycle().map(|l| l.as_str().to_owned()),
        reserved: reserved(instance),
        linux: is_linux(instance),
        root_device: text(instance.root_device_type().map(|d| d.as_str())),
        volumes: count(instance.block_device_mappings().len()),
        interfaces: instance.network_interfaces().iter().map(interface).collect(),
        shutdown_behavior: String::new(),
        stop_protected: false,
        scope: Scope::from_tag_list(tags),
    }
}

/// Whether it starts nowhere but in a reservation.
fn reserved(instance: &Ec2Instance) -> bool {
    let said = instance.capacity_reservation_specification();
    let only = Some(&CapacityReservationPreference::CapacityReservationsOnly);
    said.is_some_and(|said| {
        said.capacity_reservation_target().is_some() || said.capacity_reservation_preference() == only
    })
}

fn is_linux(instance: &Ec2Instance) -> bool {
    match instance.platform_details() {
        Some(details) => details == "Linux/UNIX",
        None => instance.platform().is_none(),
    }
}

fn interface(of: &InstanceNetworkInterface) -> Interface {
    let lent = of.association().filter(|association| association.ip_owner_id() == Some(LENT_BY));
    Interface {
        kind: of.interface_type().unwrap_or("interface").to_owned(),
        ipv4: count(of.private_ip_addresses().len() + of.ipv4_prefixes().len()),
        ipv6: count(of.ipv6_addresses().len() + of.ipv6_prefixes().len()),
        lent_address: lent.and_then(|association| association.public_ip()).map(str::to_owned),
    }
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

pub(crate) fn candidate(info: &InstanceTypeInfo) -> Option<Candidate> {
    let architectures = info.processor_info().map(|p| p.supported_architectures()).unwrap_or_default();
    let (network, ebs) = (info.network_info(), info.ebs_info());
    Some(Candidate {
        instance_type: info.instance_type()?.as_str().to_owned(),
        vcpus: info.v_cpu_info()?.default_v_cpus()?,
        memory_mib: info.memory_info()?.size_in_mib()?,
        architectures: architectures.iter().map(|a| a.as_str().to_owned()).collect(),
        virtualization: info.supported_virtualization_types().iter().map(|v| v.as_str().to_owned()).collect(),
        boot_modes: info.supported_boot_modes().iter().map(|mode| mode.as_str().to_owned()).collect(),
        ena: network.and_then(|n| n.ena_support()).map(|e| e.as_str().to_owned()).unwrap_or_default(),
        nvme: ebs.and_then(|e| e.nvme_support()).map(|n| n.as_str().to_owned()).unwrap_or_default(),
        instance_storage: info.instance_storage_supported().unwrap_or(false),
        room: room(network, ebs),
        baseline: baseline(network, ebs),
    })
}

fn room(network: Option<&NetworkInfo>, ebs: Option<&EbsInfo>) -> Room {
    let limit = ebs.and_then(|ebs| ebs.attachment_limit_type());
    Room {
        interfaces: network.and_then(|n| n.maximum_network_interfaces()),
        ipv4: network.and_then(|n| n.ipv4_addresses_per_interface()),
        ipv6: network.and_then(|n| n.ipv6_addresses_per_interface()),
        volumes: ebs.and_then(|ebs| ebs.maximum_ebs_attachments()),
        shared: limit.is_none_or(|limit| limit.as_str() != "dedicated"),
        efa: network.and_then(|n| n.efa_supported()).unwrap_or(false),
    }
}

fn baseline(network: Option<&NetworkInfo>, ebs: Option<&EbsInfo>) -> Baseline {
    let optimised = ebs.and_then(|ebs| ebs.ebs_optimized_info());
    let cards = network.map(|n| n.network_cards()).unwrap_or_default().iter();
    Baseline {
        network_gbps: cards.map(|card| card.baseline_bandwidth_in_gbps()).sum::<Option<f64>>().filter(|sum| *sum > 0.0),
        ebs_mbps: optimised.and_then(|of| of.baseline_bandwidth_in_mbps()).map(f64::from),
        ebs_iops: optimised.and_then(|of| of.baseline_iops()).map(f64::from),
    }
}
