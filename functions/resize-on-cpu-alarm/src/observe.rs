//! What there is: the alarm, the instance, the types of its family that its zone offers. Reads only.

use std::collections::BTreeSet;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, InstanceAttributeName, InstanceTypeInfo, LocationType};
use shared::aws::Services;
use shared::incident::Incident;
use shared::remediation::Unseen;

use crate::described::{candidate, instance};
use crate::seen::{Candidate, Instance, Observed};
use crate::{alarm, group};

pub(crate) async fn observe(ec2: &Client, services: &Services, incident: &Incident) -> Result<Observed, Unseen> {
    let named = incident.resource.as_ref().map(|resource| resource.id.as_str());
    let said = alarm::said(services, &incident.noticed_by, named).await?;
    let instance = find_instance(ec2, &said.instance).await?;
    let (group, family) = tokio::try_join!(group::find(services, &instance), family(ec2, &instance))?;
    Ok(Observed { alarm_state: said.state, side: said.side, group, instance, family })
}

async fn find_instance(ec2: &Client, id: &str) -> Result<Instance, Unseen> {
    let answer = ec2.describe_instances().instance_ids(id).send().await;
    let answer = answer.map_err(|error| Unseen::sdk(&format!("instance {id} cannot be looked at"), &error))?;
    let mut found = answer.reservations().iter().flat_map(|reservation| reservation.instances());
    let mut found = found.next().map(instance).ok_or_else(|| Unseen(format!("there is no instance {id}")))?;
    (found.shutdown_behavior, found.stop_protected) =
        tokio::try_join!(shutdown_behavior(ec2, id), stop_protected(ec2, id))?;
    Ok(found)
}

async fn shutdown_behavior(ec2: &Client, id: &str) -> Result<String, Unseen> {
    let request = ec2.describe_instance_attribute().instance_id(id);
    let answer = request.attribute(InstanceAttributeName::InstanceInitiatedShutdownBehavior).send().await;
    let answer =
        answer.map_err(|error| Unseen::sdk(&format!("what {id} does when it is shut down is unknown"), &error))?;
    let value = answer.instance_initiated_shutdown_behavior().and_then(|value| value.value());
    Ok(value.unwrap_or_default().to_owned())
}

async fn stop_protected(ec2: &Client, id: &str) -> Result<bool, Unseen> {
    let request = ec2.describe_instance_attribute().instance_id(id);
    let answer = request.attribute(InstanceAttributeName::DisableApiStop).send().await;
    let answer = answer.map_err(|error| Unseen::sdk(&format!("whether {id} may be stopped is unknown"), &error))?;
    Ok(answer.disable_api_stop().and_then(|value| value.value()).unwrap_or(false))
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
