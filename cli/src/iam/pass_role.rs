//! Roles that a call hands on to a service: the caller needs iam:PassRole for them.
//!
//! Comes in: a call's input. Goes out: ARNs of roles. Never: a role that is only looked at, or that the caller assumes.

use serde_json::{Map, Value};

use super::known::{Known, Place};

/// The roles that a writing call hands on.
pub(super) fn of_call(service: &str, api: &str, input: &Map<String, Value>, known: &Known) -> Vec<String> {
    let mut roles = Vec::new();
    match (service, api) {
        ("sts", _) => return roles,
        ("iam", "AddRoleToInstanceProfile") => roles.extend(named(input.get("RoleName"), known)),
        ("iam", _) => return roles,
        _ => search(input, known, &mut roles),
    }
    if ["lambda", "glue", "codebuild"].contains(&service) {
        roles.extend(named(input.get("Role"), known));
    }
    roles.sort();
    roles.dedup();
    roles
}

/// Members that are roles, at any depth. Recursion is bounded by the document's nesting limit.
fn search(input: &Map<String, Value>, known: &Known, roles: &mut Vec<String>) {
    for (member, value) in input {
        let lower = member.to_ascii_lowercase();
        if lower.ends_with("rolearn") || lower == "deliverlogspermissionarn" {
            roles.extend(named(Some(value), known));
        } else if lower.starts_with("iaminstanceprofile") {
            // A profile is named, the role in it is handed on.
            roles.extend(named(Some(&Value::Null), known));
        } else {
            match value {
                Value::Object(inner) => search(inner, known, roles),
                Value::Array(items) => {
                    items.iter().filter_map(Value::as_object).for_each(|inner| search(inner, known, roles));
                }
                _ => {}
            }
        }
    }
}

fn named(value: Option<&Value>, known: &Known) -> Vec<String> {
    let Place { partition, account, sub, .. } = &known.place;
    let Some(value) = value.filter(|value| value.as_str() != Some("")) else { return Vec::new() };
    let arn = |text: String| match text {
        text if text.starts_with("arn:") || (*sub && text.starts_with("${")) => text,
        name => format!("arn:{partition}:iam::{account}:role/{name}"),
    };
    known.texts(value).into_iter().map(arn).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn handed(service: &str, api: &str, input: Value) -> Vec<String> {
        of_call(service, api, input.as_object().unwrap(), &Known::default())
    }

    #[test]
    fn a_role_that_an_input_carries_is_handed_on() {
        let role = "arn:aws:iam::123456789012:role/flow";
        assert_eq!(handed("ec2", "CreateFlowLogs", json!({"DeliverLogsPermissionArn": role})), [role]);
        assert_eq!(
            handed("rds", "ModifyDBInstance", json!({"MonitoringRoleArn": "{{ Role }}"})),
            ["arn:aws:iam::*:role/*"]
        );
        assert_eq!(handed("lambda", "CreateFunction", json!({"Role": role})), [role]);
        assert_eq!(
            handed("ec2", "RunInstances", json!({"IamInstanceProfile": {"Name": "p"}})),
            ["arn:aws:iam::*:role/*"]
        );
        assert_eq!(handed("cloudtrail", "UpdateTrail", json!({"x": [{"CloudWatchLogsRoleArn": role}]})), [role]);
    }

    #[test]
    fn a_role_that_is_assumed_or_changed_is_not() {
        assert!(handed("sts", "AssumeRole", json!({"RoleArn": "arn:aws:iam::1:role/x"})).is_empty());
        assert!(handed("iam", "DeleteRole", json!({"RoleName": "x"})).is_empty());
        assert_eq!(handed("iam", "AddRoleToInstanceProfile", json!({"RoleName": "x"})), ["arn:aws:iam::*:role/x"]);
    }
}
