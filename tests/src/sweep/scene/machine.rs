//! An instance that is too small for its load, and the alarm that says so.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use world::operator::look::MachineState;
use world::operator::make::Machine;

use super::{Condition, Place, Prop, Scene, Trouble};
use crate::local::{Delivery, alarm_event};

/// 92 % of two vCPUs, 46 % of four.
const LOAD: f64 = 1.84;
const SMALL: &str = "m5.large";
/// The next size, and what is tried when AWS cannot start it so.
const LARGER: [&str; 3] = ["m5.xlarge", "m5.2xlarge", "m5.4xlarge"];

/// The scenes of `resize-instance`.
pub enum BusyMachine {
    /// An instance of nobody else's.
    Alone,
    /// A member of an Auto Scaling group of two.
    Member,
}

#[async_trait]
impl Scene for BusyMachine {
    fn runbook(&self) -> &str {
        match self {
            Self::Alone => "resize-instance",
            Self::Member => "resize-member-of-group",
        }
    }

    fn function(&self) -> &str {
        "resize-on-cpu-alarm"
    }

    fn is_always_played(&self) -> bool {
        matches!(self, Self::Alone)
    }

    /// Three times as many cases, which take three times as long: the instance is stopped and started.
    fn weight(&self) -> usize {
        9
    }

    async fn make(&self, place: Place<'_>, name: &str) -> Result<Prop, Trouble> {
        let machine = match self {
            Self::Alone => place.operator.machine(name, SMALL).await?,
            Self::Member => place.operator.member(name, SMALL).await?,
        };
        until(place, &machine, is_settled).await?;
        place.stack.set_load(&machine.instance, LOAD).await;
        place.operator.cpu_alarm(&machine, &[]).await?;
        until(place, &machine, |now| now.alarm == "ALARM").await?;
        let events = Delivery::ALL.into_iter().map(|delivery| alarm_event(delivery, &machine));
        let events = events.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let Machine { instance, alarm, .. } = machine;
        Ok(Prop {
            name: name.to_owned(),
            kind: "AWS::EC2::Instance".to_owned(),
            id: instance,
            parts: self.group(name).into_iter().collect(),
            alarm: Some(alarm),
            events,
        })
    }

    async fn see(&self, place: Place<'_>, prop: &Prop) -> Result<Condition, Trouble> {
        let machine = machine(prop);
        let mut now = until(place, &machine, is_settled).await?;
        let larger = |now: &MachineState| LARGER.contains(&now.instance_type.as_str());
        if larger(&now) && now.state == "running" {
            // A sample that comes late is missing data for a moment. What stays so is seen.
            now = until(place, &machine, |now| now.alarm == "OK").await.unwrap_or(now);
        }
        if let Some(group) = self.group(&prop.name)
            && let Some(wrong) = absence(place, &group, &prop.id).await?
        {
            return Ok(Condition::Between(format!("{now}, {wrong}")));
        }
        Ok(match (now.instance_type.as_str(), now.state.as_str(), now.alarm.as_str()) {
            (_, "running", "OK") if larger(&now) => Condition::Healed,
            (SMALL, "running", _) => Condition::AsItWas,
            _ => Condition::Between(now.to_string()),
        })
    }

    async fn clear(&self, place: Place<'_>, prop: &Prop) -> Result<(), Trouble> {
        place.stack.gateway().cloud().alarms.set_load(&prop.id, None).await;
        place.operator.call("cloudwatch", "DeleteAlarms", json!({ "AlarmNames": [prop.alarm] })).await?;
        match self.group(&prop.name) {
            Some(group) => {
                let all = json!({ "AutoScalingGroupName": group, "ForceDelete": true });
                place.operator.call("autoscaling", "DeleteAutoScalingGroup", all).await?
            }
            None => place.operator.call("ec2", "TerminateInstances", json!({ "InstanceIds": [prop.id] })).await?,
        };
        Ok(())
    }
}

impl BusyMachine {
    /// The group it is a member of, which has its name.
    fn group(&self, name: &str) -> Option<String> {
        matches!(self, Self::Member).then(|| name.to_owned())
    }
}

/// What is wrong where a group does not have its two members in service again. What is on its way is waited for.
async fn absence(place: Place<'_>, group: &str, instance: &str) -> Result<Option<String>, Trouble> {
    let mut seen = String::new();
    for _ in 0..100 {
        let names = json!({ "AutoScalingGroupNames": [group] });
        let groups = place.operator.call("autoscaling", "DescribeAutoScalingGroups", names).await?;
        let group = &groups["AutoScalingGroups"][0];
        let members = group["Instances"].as_array().map(Vec::as_slice).unwrap_or_default();
        let own = members.iter().find(|member| member["InstanceId"] == instance);
        let state = own.map_or("gone", |own| own["LifecycleState"].as_str().unwrap_or_default());
        seen = format!("{state} in a group of {} that wants {}", members.len(), group["DesiredCapacity"]);
        match state {
            "InService" if members.len() == 2 && group["DesiredCapacity"] == 2 => return Ok(None),
            "Pending" | "EnteringStandby" => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => break,
        }
    }
    Ok(Some(seen))
}

fn machine(prop: &Prop) -> Machine {
    let alarm = prop.alarm.clone().unwrap_or_default();
    Machine { name: String::new(), instance: prop.id.clone(), instance_type: SMALL.to_owned(), alarm }
}

/// An instance that is stopping or pending is something else in a moment.
fn is_settled(now: &MachineState) -> bool {
    !matches!(now.state.as_str(), "pending" | "stopping")
}

async fn until(
    place: Place<'_>,
    machine: &Machine,
    is_so: impl Fn(&MachineState) -> bool + Send,
) -> Result<MachineState, Trouble> {
    // A loaded machine takes its time.
    for _ in 0..600 {
        let now = place.operator.see_machine(machine).await?;
        if is_so(&now) {
            return Ok(now);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("{} does not come to rest", machine.instance).into())
}
