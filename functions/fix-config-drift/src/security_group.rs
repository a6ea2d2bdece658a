//! A security group that opens SSH to the world: which permissions do, and the run that revokes exactly those.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::aws::{ApiError, Services};
use shared::catalogue::Binding;
use shared::guard::Scope;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Run, Unseen};

use crate::decide::refuse;

const SSH: i64 = 22;
const WORLD: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// A security group with its ingress permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Every ingress permission, each under its own id.
    pub ingress: Vec<Permission>,
    /// Who owns it.
    pub scope: Scope,
}

/// One ingress permission for one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// For example `sgr-0abc`.
    pub id: String,
    /// `tcp`, `udp`, a number, or `-1` for all.
    pub protocol: String,
    /// First port; -1 for all.
    pub from: i64,
    /// Last port; -1 for all.
    pub to: i64,
    /// CIDR block, prefix list or other group.
    pub source: String,
}

impl Permission {
    fn opens_ssh_to_the_world(&self) -> bool {
        WORLD.contains(&self.source.as_str()) && self.is_for_ssh()
    }

    /// For a list of addresses that others keep, which may well be all of them.
    fn opens_ssh_to_a_list(&self) -> bool {
        self.source.starts_with("pl-") && self.is_for_ssh()
    }

    fn is_for_ssh(&self) -> bool {
        let all = self.protocol == "-1";
        let tcp = matches!(self.protocol.as_str(), "tcp" | "6");
        let ports = self.from == -1 || (self.from..=self.to).contains(&SSH);
        all || tcp && ports
    }

    /// For port 22 and nothing else.
    fn only_ssh(&self) -> bool {
        self.protocol != "-1" && self.from == SSH && self.to == SSH
    }

    fn words(&self) -> String {
        let what = if self.protocol == "-1" {
            "all traffic".to_owned()
        } else {
            format!("{} {}-{}", self.protocol, self.from, self.to)
        };
        format!("{} ({what} from {})", self.id, self.source)
    }
}

pub(crate) async fn see(services: &Services, group: &str) -> Result<SecurityGroup, Unseen> {
    let unseen = |error: ApiError| Unseen::of(&format!("security group {group} cannot be looked at"), &error);
    let groups = services.call("ec2", "DescribeSecurityGroups", json!({"GroupIds": [group]})).await.map_err(unseen)?;
    let ingress = permissions(services, group).await.map_err(unseen)?;
    Ok(SecurityGroup { ingress, scope: Scope::from_tags(&groups["SecurityGroups"][0]["Tags"]) })
}

async fn permissions(services: &Services, group: &str) -> Result<Vec<Permission>, ApiError> {
    let input = json!({"Filters": [{"Name": "group-id", "Values": [group]}], "MaxResults": 1000});
    let rules = services.all("ec2", "DescribeSecurityGroupRules", input, &["SecurityGroupRules"]).await?;
    Ok(rules.iter().filter_map(permission).collect())
}

fn permission(rule: &Value) -> Option<Permission> {
    if rule["IsEgress"] == true {
        return None;
    }
    let text = |name: &str| rule[name].as_str().filter(|text| !text.is_empty());
    let source = text("CidrIpv4").or(text("CidrIpv6")).or(text("PrefixListId"));
    Some(Permission {
        id: text("SecurityGroupRuleId")?.to_owned(),
        protocol: text("IpProtocol").unwrap_or("-1").to_owned(),
        from: rule["FromPort"].as_i64().unwrap_or(-1),
        to: rule["ToPort"].as_i64().unwrap_or(-1),
        source: source.unwrap_or("another group").to_owned(),
    })
}

pub(crate) fn decide(binding: &Binding, incident: &Incident, resource: &Resource, group: &SecurityGroup) -> Decision {
    let open: Vec<&Permission> = group.ingress.iter().filter(|p| p.opens_ssh_to_the_world()).collect();
    if open.is_empty() {
        return nothing_open(group);
    }
    let wide: Vec<String> = open.iter().filter(|p| !p.only_ssh()).map(|p| p.words()).collect();
    if !wide.is_empty() {
        // Revoking these would close other ports too, and which of them are needed nobody here can tell.
        let wide = wide.join(", ");
        return refuse(
            "target",
            format!("SSH is open to the world by permissions for more than SSH, to be narrowed by a person: {wide}"),
        );
    }
    Decision::Run(Box::new(run(binding, incident, resource, group, &open)))
}

/// Nothing names the world itself; but the rule has said that SSH is open, and what is in a list nobody here knows.
fn nothing_open(group: &SecurityGroup) -> Decision {
    let lists: Vec<String> = group.ingress.iter().filter(|p| p.opens_ssh_to_a_list()).map(Permission::words).collect();
    if lists.is_empty() {
        return Decision::AlreadyHealthy("no permission opens SSH to the world".into());
    }
    let lists = lists.join(", ");
    refuse(
        "target",
        format!(
            "no permission opens SSH to the world by its address, but there are some for prefix lists, whose entries a \
             person must look at: {lists}"
        ),
    )
}

fn run(
    binding: &Binding,
    incident: &Incident,
    resource: &Resource,
    group: &SecurityGroup,
    open: &[&Permission],
) -> Run {
    let ids: Vec<&str> = open.iter().map(|p| p.id.as_str()).collect();
    let (region, id) = (&incident.region, &resource.id);
    let undo = open.iter().map(|p| {
        let range = if p.source.contains(':') { "Ipv6Ranges=[{CidrIpv6=" } else { "IpRanges=[{CidrIp=" };
        let what = format!("IpProtocol=tcp,FromPort={SSH},ToPort={SSH},{range}{}}}]", p.source);
        format!("aws ec2 authorize-security-group-ingress --region {region} --group-id {id} --ip-permissions '{what}'")
    });
    let mut by_hand = vec![
        "See what the group permits:".to_owned(),
        format!("aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={id}"),
        "To undo:".to_owned(),
    ];
    by_hand.extend(undo);
    Run {
        binding: binding.name.clone(),
        resource: resource.clone(),
        scope: group.scope.clone(),
        parameters: Map::from_iter([
            ("GroupId".to_owned(), json!(id)),
            ("SecurityGroupRuleIds".to_owned(), json!(ids)),
        ]),
        undo: None,
        change: format!("revoke {}", open.iter().map(|p| p.words()).collect::<Vec<_>>().join(", ")),
        by_hand,
        irreversible: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(protocol: &str, from: i64, to: i64, source: &str) -> Permission {
        Permission {
            id: format!("sgr-{protocol}-{from}-{to}-{source}"),
            protocol: protocol.into(),
            from,
            to,
            source: source.into(),
        }
    }

    fn decided(ingress: Vec<Permission>) -> Decision {
        let binding = shared::catalogue::binding("revoke-open-ssh").unwrap();
        let resource = Resource { kind: "AWS::EC2::SecurityGroup".into(), id: "sg-0123456789abcdef0".into() };
        let incident = Incident {
            fingerprint: "f".into(),
            account: "1".into(),
            region: "eu-west-1".into(),
            noticed_by: "no-open-ssh".into(),
            resource: Some(resource.clone()),
            summary: String::new(),
            since: None,
            event: None,
            binding: None,
            given: Default::default(),
            delivery: shared::incident::Delivery::EventBridge,
        };
        decide(&binding, &incident, &resource, &SecurityGroup { ingress, scope: Scope::from_tag_list([]) })
    }

    #[test]
    fn exactly_the_permissions_that_open_ssh_to_the_world_are_revoked() {
        let open = [permission("tcp", 22, 22, "0.0.0.0/0"), permission("tcp", 22, 22, "::/0")];
        let fine = [
            permission("tcp", 22, 22, "10.0.0.0/8"),
            permission("tcp", 22, 22, "another group"),
            permission("tcp", 443, 443, "0.0.0.0/0"),
            permission("udp", 22, 22, "0.0.0.0/0"),
        ];
        let Decision::Run(run) = decided([&fine[..], &open[..]].concat()) else { panic!() };
        assert_eq!(run.parameters["SecurityGroupRuleIds"], json!([open[0].id, open[1].id]));
        assert!(run.by_hand.iter().any(|line| line.contains("CidrIpv6=::/0")), "{:?}", run.by_hand);
    }

    #[test]
    fn a_permission_for_more_than_ssh_is_for_a_person() {
        for wide in [
            permission("-1", -1, -1, "0.0.0.0/0"),
            permission("tcp", 0, 65535, "::/0"),
            permission("6", 20, 25, "0.0.0.0/0"),
        ] {
            let Decision::Refuse(refusal) = decided(vec![permission("tcp", 22, 22, "0.0.0.0/0"), wide.clone()]) else {
                panic!()
            };
            assert!(refusal.reason.contains(&wide.id), "{}", refusal.reason);
        }
    }

    #[test]
    fn a_prefix_list_is_looked_at_by_a_person_where_nothing_else_is_open() {
        for list in
            [permission("tcp", 22, 22, "pl-0123456789abcdef0"), permission("-1", -1, -1, "pl-0123456789abcdef0")]
        {
            let Decision::Refuse(refusal) = decided(vec![list.clone()]) else { panic!("{list:?}") };
            assert!(refusal.reason.contains(&list.id), "{}", refusal.reason);
            let open = permission("tcp", 22, 22, "0.0.0.0/0");
            let Decision::Run(run) = decided(vec![list, open.clone()]) else { panic!() };
            assert_eq!(run.parameters["SecurityGroupRuleIds"], json!([open.id]));
        }
        let other = permission("tcp", 443, 443, "pl-0123456789abcdef0");
        assert!(matches!(decided(vec![other]), Decision::AlreadyHealthy(_)));
    }

    #[test]
    fn a_group_that_opens_nothing_is_healthy() {
        assert!(matches!(decided(vec![permission("tcp", 23, 80, "0.0.0.0/0")]), Decision::AlreadyHealthy(_)));
    }
}
