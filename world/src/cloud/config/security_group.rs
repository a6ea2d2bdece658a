//! Security groups, as the SSH rule sees them.
//!
//! Comes in: one item of `DescribeSecurityGroups`. Goes out: whether it lets everybody in on a port.
//! Never: an opinion on sources narrower than the whole world.

use serde_json::Value;

use super::look::security_groups;
use super::managed::Managed;

/// Rules about security groups.
pub const RULES: &[Managed] = &[Managed {
    identifier: "INCOMING_SSH_DISABLED",
    resource_type: "AWS::EC2::SecurityGroup",
    look: |moto, only| Box::pin(security_groups(moto, only)),
    judge: |group, _| !lets_the_world_in(group, 22),
}];

const WORLD: [(&str, &str, &str); 2] = [("IpRanges", "CidrIp", "0.0.0.0/0"), ("Ipv6Ranges", "CidrIpv6", "::/0")];

/// Whether some ingress permission lets all of IPv4 or all of IPv6 reach this TCP port.
#[must_use]
pub fn lets_the_world_in(group: &Value, port: i64) -> bool {
    group["IpPermissions"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|permission| covers(permission, port) && is_open(permission))
}

/// Protocol `-1` is every protocol and every port, whatever the ports say; TCP has a name and a number.
fn covers(permission: &Value, port: i64) -> bool {
    match permission["IpProtocol"].as_str() {
        Some("-1") => true,
        Some("tcp" | "6") => {
            let (from, to) = (permission["FromPort"].as_i64(), permission["ToPort"].as_i64());
            // AWS takes -1 and absence for all ports.
            let from = from.filter(|port| *port >= 0).unwrap_or(0);
            let to = to.filter(|port| *port >= 0).unwrap_or(65_535);
            (from..=to).contains(&port)
        }
        _ => false,
    }
}

fn is_open(permission: &Value) -> bool {
    WORLD.iter().any(|(ranges, member, everybody)| {
        permission[*ranges].as_array().into_iter().flatten().any(|range| range[*member].as_str() == Some(*everybody))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ssh_is_open_when_any_permission_covers_port_22_for_everybody() {
        let four = json!([{"CidrIp": "0.0.0.0/0"}]);
        let six = json!([{"CidrIpv6": "::/0"}]);
        let office = json!([{"CidrIp": "10.0.0.0/8"}]);
        let cases = [
            ("port 22 to IPv4", json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": four}]), true),
            (
                "port 22 to IPv6 only",
                json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [], "Ipv6Ranges": six}]),
                true,
            ),
            (
                "a range around 22",
                json!([{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 1024, "IpRanges": four}]),
                true,
            ),
            ("every protocol", json!([{"IpProtocol": "-1", "IpRanges": four}]), true),
            ("tcp by number", json!([{"IpProtocol": "6", "FromPort": 22, "ToPort": 22, "IpRanges": four}]), true),
            (
                "all tcp ports by -1",
                json!([{"IpProtocol": "tcp", "FromPort": -1, "ToPort": -1, "IpRanges": four}]),
                true,
            ),
            (
                "one bad range among good ones",
                json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}]}]),
                true,
            ),
            (
                "the second permission",
                json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": four}, {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": four}]),
                true,
            ),
            (
                "the office only",
                json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": office}]),
                false,
            ),
            ("another port", json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": four}]), false),
            ("udp", json!([{"IpProtocol": "udp", "FromPort": 22, "ToPort": 22, "IpRanges": four}]), false),
            ("nothing", json!([]), false),
        ];
        for (name, permissions, open) in cases {
            assert_eq!(lets_the_world_in(&json!({"IpPermissions": permissions}), 22), open, "{name}");
        }
    }

    #[test]
    fn what_goes_out_does_not_matter() {
        let group = json!({"IpPermissions": [], "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]});
        assert!(!lets_the_world_in(&group, 22));
    }
}
