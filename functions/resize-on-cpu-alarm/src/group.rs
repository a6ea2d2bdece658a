//! The Auto Scaling group of an instance, and how the instance stands in it. Reads only.

use serde_json::{Value, json};
use shared::aws::Services;
use shared::guard::Scope;
use shared::remediation::Unseen;

use crate::seen::{Group, Instance};

/// Looks at the group, if there is one.
pub(crate) async fn find(services: &Services, instance: &Instance) -> Result<Option<Group>, Unseen> {
    let Some(name) = instance.scope.group() else { return Ok(None) };
    let groups = json!({"AutoScalingGroupNames": [name]});
    let answer = services.call("autoscaling", "DescribeAutoScalingGroups", groups).await;
    let answer =
        answer.map_err(|error| Unseen::of(&format!("Auto Scaling group {name} cannot be looked at"), &error))?;
    read(name, &instance.id, &answer).map(Some)
}

fn read(name: &str, instance: &str, answer: &Value) -> Result<Group, Unseen> {
    let group = &answer["AutoScalingGroups"][0];
    let member = group["Instances"].as_array().into_iter().flatten().find(|member| member["InstanceId"] == instance);
    let (Some(member), Some(desired), Some(min)) =
        (member, group["DesiredCapacity"].as_i64(), group["MinSize"].as_i64())
    else {
        return Err(Unseen(format!("what Auto Scaling says of group {name} is not about {instance}")));
    };
    let state = member["LifecycleState"].as_str().unwrap_or_default().to_owned();
    Ok(Group { name: name.to_owned(), state, desired, min, scope: Scope::from_tags(&group["Tags"]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_only_where_the_answer_is_about_the_instance() {
        let tags = json!([{"Key": "team", "Value": "shop", "PropagateAtLaunch": true}]);
        let members = json!([{"InstanceId": "i-0", "LifecycleState": "Standby"}, {"InstanceId": "i-1", "LifecycleState": "InService"}]);
        let group = json!({"DesiredCapacity": 3, "MinSize": 1, "Tags": tags, "Instances": members});
        let answer = json!({"AutoScalingGroups": [group]});
        let seen = read("web", "i-1", &answer).unwrap();
        assert_eq!((seen.state.as_str(), seen.desired, seen.min), ("InService", 3, 1));
        assert_eq!(seen.scope.tags["team"], "shop");
        for nothing in [json!({}), json!({"AutoScalingGroups": []}), Value::Null] {
            assert!(read("web", "i-1", &nothing).is_err());
        }
        assert!(read("web", "i-2", &answer).is_err(), "of another");
        let mut unknown = answer.clone();
        unknown["AutoScalingGroups"][0]["MinSize"] = Value::Null;
        assert!(read("web", "i-1", &unknown).is_err(), "a number that is missing is not guessed");
    }
}
