//! Metrics that somebody put, and how they move when the resource they are of does.
//!
//! Comes in: `PutMetricData`: what is measured now. Goes out: what would be measured of the resource as it is by then.
//! Never: a metric nobody put.
//!
//! A value that is put stands for what causes it: two tasks that are 95 per cent busy are 63 per cent busy when they are
//! three, 2 GiB that are free of 100 are 22 of 120.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::machine::Machines;
use crate::cloud::moto::{Moto, MotoError};

/// A metric: namespace, name, dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// For example `AWS/ECS`.
    pub namespace: String,
    /// For example `CPUUtilization`.
    pub name: String,
    /// Name and value, in name order.
    pub dimensions: BTreeMap<String, String>,
}

/// What was measured, and how large the resource was then, where the size matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Put {
    value: f64,
    size: Option<f64>,
}

/// How a value follows the size of its resource.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    /// Work that is shared by so many.
    Shared,
    /// What is left of it.
    Left,
    /// What it does not hold.
    Over,
    /// Whether a status check fails, of which EC2 itself tells.
    Check,
}

impl Metric {
    /// The metric of an item of `PutMetricData`, or of an alarm.
    #[must_use]
    pub fn read(namespace: &Value, of: &Value) -> Option<Self> {
        let list = of["Dimensions"].as_array().into_iter().flatten();
        let pairs =
            list.filter_map(|pair| Some((pair["Name"].as_str()?.to_owned(), pair["Value"].as_str()?.to_owned())));
        Some(Self {
            namespace: namespace.as_str()?.to_owned(),
            name: of["MetricName"].as_str()?.to_owned(),
            dimensions: pairs.collect(),
        })
    }

    fn dimension(&self, name: &str) -> &str {
        self.dimensions.get(name).map_or("", String::as_str)
    }

    fn relation(&self) -> Option<Relation> {
        let has = |name: &str| self.dimensions.contains_key(name);
        match (self.namespace.as_str(), self.name.as_str()) {
            ("AWS/EC2", "CPUUtilization") if has("AutoScalingGroupName") => Some(Relation::Shared),
            ("AWS/ECS", "CPUUtilization" | "MemoryUtilization") if has("ServiceName") => Some(Relation::Shared),
            ("AWS/RDS", "FreeStorageSpace") => Some(Relation::Left),
            ("AWS/Lambda", "Throttles") => Some(Relation::Over),
            // As much is used of a file system, however large it is.
            ("CWAgent", "disk_used_percent") => Some(Relation::Shared),
            ("AWS/EC2", name) if name.starts_with("StatusCheckFailed") => Some(Relation::Check),
            _ => None,
        }
    }

    /// How large the resource is, in what the metric is measured in. `None`: it does not matter, or it is not there.
    async fn size(&self, machines: &Machines) -> Result<Option<f64>, MotoError> {
        const GIB: f64 = 1_073_741_824.0;
        let moto = machines.moto();
        let (service, api, input, at, unit) = match (self.namespace.as_str(), self.relation()) {
            (_, None) => return Ok(None),
            (_, Some(Relation::Check)) => return self.fails(moto).await,
            ("CWAgent", _) => {
                return machines.file_system(self.dimension("InstanceId"), self.dimension("path")).await;
            }
            ("AWS/EC2", _) => {
                let input = json!({ "AutoScalingGroupNames": [self.dimension("AutoScalingGroupName")] });
                ("autoscaling", "DescribeAutoScalingGroups", input, "/AutoScalingGroups/0/DesiredCapacity", 1.0)
            }
            ("AWS/ECS", _) => {
                let input =
                    json!({ "cluster": self.dimension("ClusterName"), "services": [self.dimension("ServiceName")] });
                ("ecs", "DescribeServices", input, "/services/0/desiredCount", 1.0)
            }
            ("AWS/RDS", _) => {
                let input = json!({ "DBInstanceIdentifier": self.dimension("DBInstanceIdentifier") });
                ("rds", "DescribeDBInstances", input, "/DBInstances/0/AllocatedStorage", GIB)
            }
            _ => {
                let input = json!({ "FunctionName": self.dimension("FunctionName") });
                ("lambda", "GetFunctionConcurrency", input, "/ReservedConcurrentExecutions", 1.0)
            }
        };
        match moto.call(service, api, input).await {
            Ok(answer) => Ok(answer.pointer(at).and_then(Value::as_f64).map(|size| size * unit)),
            // A resource that is gone has no size; what was measured last stays.
            Err(error) if error.code().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the check of this name fails: 1 or 0. Of an instance that does not run nobody can tell.
    async fn fails(&self, moto: &Moto) -> Result<Option<f64>, MotoError> {
        let asked = json!({ "InstanceIds": [self.dimension("InstanceId")], "IncludeAllInstances": true });
        let gone = ["InvalidInstanceID.NotFound"];
        let answer = moto.find("ec2", "DescribeInstanceStatus", asked, &gone).await?.unwrap_or_default();
        Ok(failed(&self.name, &answer["InstanceStatuses"][0]))
    }

    /// What is measured now stands for its cause.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn put(&self, machines: &Machines, value: f64) -> Result<Put, MotoError> {
        Ok(Put { value, size: self.size(machines).await? })
    }

    /// What would be measured now, if anything.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn now(&self, machines: &Machines, put: Put) -> Result<Option<f64>, MotoError> {
        let size = self.size(machines).await?;
        Ok(match (self.relation(), put.size, size) {
            (Some(Relation::Check), _, seen) => seen,
            (Some(relation), Some(before), Some(now)) => Some(moved(relation, put.value, before, now)),
            _ => Some(put.value),
        })
    }
}

/// What a metric of this name is for an instance of this status.
fn failed(metric: &str, status: &Value) -> Option<f64> {
    let impaired = |check: &str| status[check]["Status"] == "impaired";
    let fails = match metric {
        "StatusCheckFailed_Instance" => impaired("InstanceStatus"),
        "StatusCheckFailed_System" => impaired("SystemStatus"),
        _ => impaired("InstanceStatus") || impaired("SystemStatus"),
    };
    (status["InstanceState"]["Name"] == "running").then_some(if fails { 1.0 } else { 0.0 })
}

fn moved(relation: Relation, value: f64, before: f64, now: f64) -> f64 {
    let value = match relation {
        Relation::Shared if now > 0.0 => value * before / now,
        Relation::Shared => 0.0,
        Relation::Left => value + now - before,
        Relation::Over => (value - (now - before)).max(0.0),
        Relation::Check => now,
    };
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_follows_the_size_of_its_resource() {
        let cases = [
            (Relation::Shared, 95.0, 2.0, 3.0, 63.33),
            (Relation::Shared, 95.0, 2.0, 2.0, 95.0),
            (Relation::Shared, 95.0, 2.0, 0.0, 0.0),
            (Relation::Left, 2.0, 100.0, 120.0, 22.0),
            (Relation::Over, 4.0, 10.0, 12.0, 2.0),
            (Relation::Over, 4.0, 10.0, 15.0, 0.0),
        ];
        for (relation, value, before, now, expected) in cases {
            assert_eq!(moved(relation, value, before, now), expected, "{relation:?} {value} {before} {now}");
        }
    }

    #[test]
    fn a_status_check_fails_while_it_is_impaired_and_says_nothing_of_an_instance_that_does_not_run() {
        let status = |state: &str, instance: &str, system: &str| json!({"InstanceState": {"Name": state}, "InstanceStatus": {"Status": instance}, "SystemStatus": {"Status": system}});
        let cases = [
            ("StatusCheckFailed", status("running", "ok", "ok"), Some(0.0)),
            ("StatusCheckFailed", status("running", "initializing", "initializing"), Some(0.0)),
            ("StatusCheckFailed", status("running", "impaired", "ok"), Some(1.0)),
            ("StatusCheckFailed_Instance", status("running", "impaired", "ok"), Some(1.0)),
            ("StatusCheckFailed_System", status("running", "impaired", "ok"), Some(0.0)),
            ("StatusCheckFailed_System", status("running", "ok", "impaired"), Some(1.0)),
            ("StatusCheckFailed_System", status("stopped", "not-applicable", "not-applicable"), None),
            ("StatusCheckFailed", Value::Null, None),
        ];
        for (metric, status, expected) in cases {
            assert_eq!(failed(metric, &status), expected, "{metric} {status}");
        }
    }

    #[test]
    fn a_metric_is_its_dimensions_in_any_order() {
        let of = |dimensions: Value| {
            Metric::read(&json!("AWS/ECS"), &json!({"MetricName": "CPUUtilization", "Dimensions": dimensions})).unwrap()
        };
        let (a, b) = (json!({"Name": "ServiceName", "Value": "web"}), json!({"Name": "ClusterName", "Value": "shop"}));
        assert_eq!(of(json!([a, b])), of(json!([b, a])));
        assert_ne!(of(json!([a])), of(json!([a, b])));
        assert_eq!(of(json!([a, b])).relation(), Some(Relation::Shared));
        assert_eq!(of(json!([])).relation(), None);
    }
}
