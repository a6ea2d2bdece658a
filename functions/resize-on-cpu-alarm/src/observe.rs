//! What there is: the alarm, the instance, the types of its family that its zone offers. Reads only.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Instance as Ec2Instance, InstanceTypeInfo, LocationType};
use serde::{Deserialize, Serialize};
use shared::alarm::{Watched, alarm_state};
use shared::aws::Services;
use shared::guard::Scope;
use shared::incident::Incident;
use shared::remediation::Unseen;
use std::collections::BTreeSet;

/// Everything the decision needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// State of the alarm now; the event may be old.
    pub alarm_state: String,
    /// The instance.
    pub instance: Instance,
    /// Types of the instance's family that its Availability Zone offers, itself included.
    pub family: Vec<Candidate>,
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
    /// Where it is.
    pub availability_zone: String,
    /// `spot`, `scheduled`, ...; absent for on-demand.
    pub lifecycle: Option<String>,
    /// `ebs` or `instance-store`.
    pub root_device: String,
    /// Who owns it.
    pub scope: Scope,
}

/// A type it could have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// `required`, `supported` or `unsupported`.
    pub ena: String,
    /// Whether it has disks of its own, whose data a stop destroys.
    pub instance_storage: bool,
}

fn cpu_of(instance: &str) -> Watched<'_> {
    Watched { namespace: "AWS/EC2", metric: "CPUUtilization", dimension: "InstanceId", value: instance }
}

pub(crate) async fn observe(ec2: &Client, services: &Services, incident: &Incident) -> Result<Observed, Unseen> {
    let Some(resource) = &incident.resource else { return Err(Unseen("the incident names no instance".into())) };
    let (alarm, instance) = tokio::join!(alarm_state(services, &incident.noticed_by), find_instance(ec2, &resource.id));
    let (alarm, instance) = (alarm?, instance?);
    if !alarm.watches(&incident.noticed_by, cpu_of(&resource.id)) {
        return Err(Unseen(format!("the alarm {} does not watch the CPU of {}", incident.noticed_by, resource.id)));
    }
    let family = family(ec2, &instance).await?;
    Ok(Observed { alarm_state: alarm.state_value, instance, family })
}

async fn find_instance(ec2: &Client, id: &str) -> Result<Instance, Unseen> {
    let answer = ec2.describe_instances().instance_ids(id).send().await;
    let answer = answer.map_err(|error| Unseen::sdk(&format!("instance {id} cannot be looked at"), &error))?;
    let mut found = answer.reservations().iter().flat_map(|reservation| reservation.instances());
    found.next().map(instance).ok_or_else(|| Unseen(format!("there is no instance {id}")))
}

fn instance(instance: &Ec2Instance) -> Instance {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let tags = instance.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default())));
    Instance {
        id: text(instance.instance_id()),
        instance_type: text(instance.instance_type().map(|t| t.as_str())),
        state: text(instance.state().and_then(|s| s.name()).map(|n| n.as_str())),
        architecture: text(instance.architecture().map(|a| a.as_str())),
        virtualization: text(instance.virtualization_type().map(|v| v.as_str())),
        ena_support: instance.ena_support().unwrap_or(false),
        availability_zone: text(instance.placement().and_then(|p| p.availability_zone())),
        lifecycle: instance.instance_lifecycle().map(|l| l.as_str().to_owned()),
        root_device: text(instance.root_device_type().map(|d| d.as_str())),
        scope: Scope::from_tag_list(tags),
    }
}

async fn family(ec2: &Client, instance: &Instance) -> Result<Vec<Candidate>, Unseen> {
    let (family, _) = instance.instance_type.split_once('.').unwrap_or((&instance.instance_type, ""));
    let described: Vec<Candidate> = types(ec2, &format!("{family}.*")).await?.iter().filter_map(candidate).collect();
    let offered = offered(ec2, &described, &instance.availability_zone).await?;
    Ok(described.into_iter().filter(|candidate| offered.contains(&candidate.instance_type)).collect())
}

async fn types(ec2: &Client, pattern: &str) -> Result<Vec<InstanceTypeInfo>, Unseen> {
    let filter = Filter::builder().name("instance-type").values(pattern).build();
    let pages = ec2.describe_instance_types().filters(filter).into_paginator().items().send();
    let found: Result<Vec<_>, _> = pages.collect().await;
    found.map_err(|error| Unseen::sdk("the instance types cannot be looked at", &error))
}

/// Which of the described types the zone offers. By exact names: only for descriptions are wildcards documented.
async fn offered(ec2: &Client, described: &[Candidate], zone: &str) -> Result<BTreeSet<String>, Unseen> {
    let names = described.iter().map(|candidate| candidate.instance_type.clone()).collect();
    let filter = |name: &str, values| Filter::builder().name(name).set_values(Some(values)).build();
    let request = ec2
        .describe_instance_type_offerings()
        .location_type(LocationType::AvailabilityZone)
        .filters(filter("location", vec![zone.to_owned()]))
        .filters(filter("instance-type", names));
    let found: Result<Vec<_>, _> = request.into_paginator().items().send().collect().await;
    let found = found.map_err(|error| Unseen::sdk("the zone's offerings cannot be looked at", &error))?;
    Ok(found.iter().filter_map(|offering| offering.instance_type().map(|t| t.as_str().to_owned())).collect())
}

fn candidate(info: &InstanceTypeInfo) -> Option<Candidate> {
    let architectures = info.processor_info().map(|p| p.supported_architectures()).unwrap_or_default();
    Some(Candidate {
        instance_type: info.instance_type()?.as_str().to_owned(),
        vcpus: info.v_cpu_info()?.default_v_cpus()?,
        memory_mib: info.memory_info()?.size_in_mib()?,
        architectures: architectures.iter().map(|a| a.as_str().to_owned()).collect(),
        virtualization: info.supported_virtualization_types().iter().map(|v| v.as_str().to_owned()).collect(),
        instance_storage: info.instance_storage_supported().unwrap_or(false),
        ena: info.network_info().and_then(|n| n.ena_support()).map(|e| e.as_str().to_owned()).unwrap_or_default(),
    })
}
