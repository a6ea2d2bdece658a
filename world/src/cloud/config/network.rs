//! Networks, as their rules see them: default security groups, ports that are open to the world, flow logs.
//!
//! Comes in: what EC2's API answers about one. Goes out: whether it is as the rule wants it.
//! Never: an opinion on sources narrower than the whole world.

use serde_json::Value;

use super::ec2_settings::{by_id, described};
use super::look::security_groups;
use super::managed::{Managed, Resources};
use super::security_group::lets_the_world_in;
use crate::cloud::moto::{Moto, MotoError};

/// Rules about networks.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        resource_type: "AWS::EC2::SecurityGroup",
        look: |moto, only| Box::pin(default_groups(moto, only)),
        judge: |group, _| is_empty(&group["IpPermissions"]) && is_empty(&group["IpPermissionsEgress"]),
    },
    Managed {
        identifier: "RESTRICTED_INCOMING_TRAFFIC",
        resource_type: "AWS::EC2::SecurityGroup",
        look: |moto, only| Box::pin(security_groups(moto, only)),
        judge: |group, parameters| !blocked_ports(parameters).any(|port| lets_the_world_in(group, port)),
    },
    Managed {
        identifier: "VPC_FLOW_LOGS_ENABLED",
        resource_type: "AWS::EC2::VPC",
        look: |moto, only| Box::pin(networks(moto, only)),
        judge: is_logged,
    },
];

/// AWS's own defaults, where the rule names no others.
fn blocked_ports(parameters: &Value) -> impl Iterator<Item = i64> {
    let named = |(name, default): (&str, i64)| match &parameters[name] {
        Value::String(text) => text.trim().parse().unwrap_or(default),
        other => other.as_i64().unwrap_or(default),
    };
    let ports = [("blockedPort1", 20), ("blockedPort2", 21), ("blockedPort3", 3389)];
    ports.into_iter().chain([("blockedPort4", 3306), ("blockedPort5", 4333)]).map(named)
}

fn is_logged(network: &Value, parameters: &Value) -> bool {
    let wanted = parameters["trafficType"].as_str().filter(|wanted| !wanted.is_empty());
    let logs = network["FlowLogs"].as_array().into_iter().flatten();
    logs.filter(|log| log["FlowLogStatus"] == "ACTIVE")
        .any(|log| wanted.is_none_or(|wanted| log["TrafficType"].as_str() == Some(wanted)))
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

async fn default_groups(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let groups = security_groups(moto, only).await?;
    Ok(groups.into_iter().filter(|(_, group)| group["GroupName"] == "default").collect())
}

/// VPCs with their flow logs.
async fn networks(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let mut found = by_id(described(moto, "DescribeVpcs", "Vpcs").await?.into_iter(), "VpcId", only);
    let logs = described(moto, "DescribeFlowLogs", "FlowLogs").await?;
    for (id, network) in &mut found {
        network["FlowLogs"] = logs.iter().filter(|log| log["ResourceId"] == id.as_str()).cloned().collect();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn open(from: i64, to: i64) -> Value {
        json!({"IpPermissions": [{"IpProtocol": "tcp", "FromPort": from, "ToPort": to, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]})
    }

    #[test]
    fn what_is_not_as_the_rule_wants_it_is_seen() {
        let log = |kind: &str| json!({"FlowLogs": [{"FlowLogStatus": "ACTIVE", "TrafficType": kind}]});
        let cases = [
            (
                "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
                json!({"IpPermissions": [], "IpPermissionsEgress": []}),
                json!({}),
                true,
            ),
            (
                "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
                json!({"IpPermissions": [{}], "IpPermissionsEgress": []}),
                json!({}),
                false,
            ),
            (
                "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
                json!({"IpPermissions": [], "IpPermissionsEgress": [{}]}),
                json!({}),
                false,
            ),
            ("RESTRICTED_INCOMING_TRAFFIC", open(443, 443), json!({}), true),
            ("RESTRICTED_INCOMING_TRAFFIC", open(3389, 3389), json!({}), false),
            ("RESTRICTED_INCOMING_TRAFFIC", open(3000, 3400), json!({}), false),
            ("RESTRICTED_INCOMING_TRAFFIC", open(443, 443), json!({"blockedPort3": "443"}), false),
            ("RESTRICTED_INCOMING_TRAFFIC", open(3389, 3389), json!({"blockedPort3": "443"}), true),
            ("VPC_FLOW_LOGS_ENABLED", json!({"FlowLogs": []}), json!({}), false),
            ("VPC_FLOW_LOGS_ENABLED", log("REJECT"), json!({}), true),
            ("VPC_FLOW_LOGS_ENABLED", log("REJECT"), json!({"trafficType": "ALL"}), false),
            ("VPC_FLOW_LOGS_ENABLED", log("ALL"), json!({"trafficType": "ALL"}), true),
        ];
        for (rule, resource, parameters, compliant) in cases {
            let judge = Managed::of(rule).unwrap().judge;
            assert_eq!(judge(&resource, &parameters), compliant, "{rule} {resource} {parameters}");
        }
    }
}
