//! What a decision is made on. Recorded, so that a replay decides on what was seen then.

use serde::{Deserialize, Serialize};
use shared::alarm::Side;
use shared::guard::Scope;

/// Everything the decision needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// State of the alarm now; the event may be old.
    pub alarm_state: String,
    /// Whether the CPU is too busy (above) or idle (below) when it rings, where that is known.
    #[serde(default = "busy")]
    pub side: Option<Side>,
    /// The instance.
    pub instance: Instance,
    /// The Auto Scaling group it is a member of.
    #[serde(default)]
    pub group: Option<Group>,
    /// Types of the instance's family that its Availability Zone offers, itself included.
    pub family: Vec<Candidate>,
}

/// An Auto Scaling group, and the instance in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How the instance stands in it, for example `InService`.
    pub state: String,
    /// How many instances it wants.
    pub desired: i64,
    /// How many it must have.
    pub min: i64,
    /// Its tags.
    pub scope: Scope,
}

/// What was seen before it was asked for was a busy one.
fn busy() -> Option<Side> {
    Some(Side::Above)
}

/// The instance, as far as a resize is concerned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// For example `i-0abc`.
    pub id: String,
    /// For example `m5.large`.
    pub instance_type: String,
    /// For example `running`.
    pub state: String,
    /// `x86_64`, `arm64`, ...
    pub architecture: String,
    /// `hvm` or `paravirtual`.
    pub virtualization: String,
    /// Whether its image can use the Elastic Network Adapter.
    pub ena_support: bool,
    /// How it booted: `legacy-bios` or `uefi`. Absent where AWS does not say.
    pub boot_mode: Option<String>,
    /// Where it is.
    pub availability_zone: String,
    /// `default`, `dedicated` or `host`.
    pub tenancy: String,
    /// `spot`, `scheduled`, ...; absent for on-demand.
    pub lifecycle: Option<String>,
    /// Whether it may start only in a Capacity Reservation, which is for one type.
    pub reserved: bool,
    /// Whether its list price is that of Linux.
    pub linux: bool,
    /// `ebs` or `instance-store`.
    pub root_device: String,
    /// How many EBS volumes are attached.
    pub volumes: i32,
    /// Its network interfaces.
    pub interfaces: Vec<Interface>,
    /// `stop` or `terminate`: what it does when it is shut down.
    pub shutdown_behavior: String,
    /// Whether AWS refuses to stop it.
    pub stop_protected: bool,
    /// Who owns it.
    pub scope: Scope,
}

/// A network interface of the instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interface {
    /// `interface`, `efa`, ...
    pub kind: String,
    /// How many private IPv4 addresses and prefixes it has.
    pub ipv4: i32,
    /// How many IPv6 addresses and prefixes it has.
    pub ipv6: i32,
    /// The public address that AWS lent it, which a stop takes back. Not an Elastic IP, which stays.
    pub lent_address: Option<String>,
}

/// A type it could have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// For example `m5.xlarge`.
    pub instance_type: String,
    /// Default number of vCPUs.
    pub vcpus: i32,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Architectures it runs.
    pub architectures: Vec<String>,
    /// Virtualisation it runs.
    pub virtualization: Vec<String>,
    /// Boot modes it knows.
    pub boot_modes: Vec<String>,
    /// `required`, `supported` or `unsupported`.
    pub ena: String,
    /// The same of EBS volumes as NVMe devices.
    pub nvme: String,
    /// Whether it has disks of its own, whose data a stop destroys.
    pub instance_storage: bool,
    /// What can be attached to it.
    pub room: Room,
    /// What it moves at least, in the long run.
    pub baseline: Baseline,
}

/// How much can be attached. What AWS does not say is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Room {
    /// Network interfaces.
    pub interfaces: Option<i32>,
    /// IPv4 addresses of one interface.
    pub ipv4: Option<i32>,
    /// IPv6 addresses of one interface.
    pub ipv6: Option<i32>,
    /// EBS volumes.
    pub volumes: Option<i32>,
    /// Whether every further network interface takes the place of a volume.
    pub shared: bool,
    /// Whether an interface can be an Elastic Fabric Adapter.
    pub efa: bool,
}

/// Rates that hold without bursts. What AWS does not say is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Of all network cards, in Gbit/s.
    pub network_gbps: Option<f64>,
    /// To EBS, in Mbit/s.
    pub ebs_mbps: Option<f64>,
    /// To EBS, operations a second.
    pub ebs_iops: Option<f64>,
}
