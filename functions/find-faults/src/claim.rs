//! Which binding claims what was found. Pure.
//!
//! Comes in: an alarm's event and actions, a Config rule's identifier. Goes out: the binding, with its function.
//! Never: a claim that no event would make: a composite or an expression reaches a function only by an action.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::catalogue::Binding;
use shared::event::{Trigger, parse};
use shared::lowcode::serves;

/// Which function an ARN reaches: the function's own, or a topic's that it listens to.
pub(crate) type Doors = BTreeMap<String, String>;

/// The bindings that want an alarm, one for each function that its event would reach.
pub(crate) fn of_alarm<'a>(bindings: &'a [Binding], doors: &Doors, alarm: &Value, event: &Value) -> Vec<&'a Binding> {
    let Ok(Trigger::Alarm(read)) = parse(event) else { return vec![] };
    let actions = actions(doors, alarm);
    let mut claims: Vec<&Binding> = vec![];
    for binding in bindings {
        let Some(on) = &binding.when.alarm else { continue };
        let claimed = serves(on, &read) || actions.contains(&binding.function.as_str());
        if claimed && !claims.iter().any(|known| known.function == binding.function) {
            claims.push(binding);
        }
    }
    claims
}

/// The functions that the alarm itself would invoke or notify.
fn actions<'a>(doors: &'a Doors, alarm: &Value) -> Vec<&'a str> {
    if alarm["ActionsEnabled"] == false {
        return vec![];
    }
    let actions = alarm["AlarmActions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    actions.filter_map(|arn| doors.get(arn)).map(String::as_str).collect()
}

/// The binding that wants a Config rule: by the identifier of AWS's rule, whatever its name.
pub(crate) fn of_rule<'a>(bindings: &'a [Binding], rule: &Value) -> Option<&'a Binding> {
    let source = &rule["Source"];
    let identifier = source["SourceIdentifier"].as_str().filter(|_| source["Owner"] == "AWS")?;
    bindings.iter().find(|binding| {
        binding.when.config_rule.as_ref().is_some_and(|on| on.identifiers.iter().any(|known| known == identifier))
    })
}

/// Whether a result is about the type of resource that the binding is for.
pub(crate) fn is_of_its_type(binding: &Binding, result: &Value) -> bool {
    let kind = &result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceType"];
    binding.when.config_rule.as_ref().is_some_and(|on| *kind == on.resource_type.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::catalogue::bindings;

    use super::*;
    use crate::alarm::{event, tests::described};

    const RESIZE: &str = "arn:aws:lambda:eu-west-1:210987654321:function:k-resize-on-cpu-alarm:live";

    fn claimed(alarm: &Value) -> Vec<String> {
        let doors = Doors::from([(RESIZE.to_owned(), "resize-on-cpu-alarm".to_owned())]);
        let (event, _) = event(alarm).unwrap();
        of_alarm(&bindings().unwrap(), &doors, alarm, &event).iter().map(|binding| binding.name.clone()).collect()
    }

    #[test]
    fn an_alarm_is_claimed_by_the_metric_that_a_binding_waits_for() {
        assert_eq!(claimed(&described("cpu")), ["resize-on-cpu-alarm"]);
        let mut of_group = described("cpu");
        of_group["Dimensions"] = json!([{"Name": "AutoScalingGroupName", "Value": "web"}]);
        assert_eq!(claimed(&of_group), ["raise-group-capacity"]);
        let mut other = described("disk");
        other["MetricName"] = json!("disk_used_percent");
        assert!(claimed(&other).is_empty());
    }

    #[test]
    fn a_composite_is_claimed_only_where_it_would_reach_a_function_by_itself() {
        let mut composite = described("both");
        composite["AlarmRule"] = json!("ALARM(a)");
        assert!(claimed(&composite).is_empty());
        composite["AlarmActions"] = json!(["arn:aws:sns:eu-west-1:210987654321:other", RESIZE]);
        assert_eq!(claimed(&composite), ["resize-on-cpu-alarm"]);
        composite["ActionsEnabled"] = json!(false);
        assert!(claimed(&composite).is_empty());
    }

    #[test]
    fn a_rule_is_claimed_by_its_identifier_and_a_custom_one_by_nobody() {
        let rule = |owner: &str, id: &str| json!({"ConfigRuleName": "mine", "Source": {"Owner": owner, "SourceIdentifier": id}});
        let bindings = bindings().unwrap();
        let name = |rule: &Value| of_rule(&bindings, rule).map(|binding| binding.name.as_str());
        assert_eq!(name(&rule("AWS", "INCOMING_SSH_DISABLED")), Some("revoke-open-ssh"));
        assert_eq!(name(&rule("CUSTOM_LAMBDA", "INCOMING_SSH_DISABLED")), None);
        assert_eq!(name(&rule("AWS", "DYNAMODB_IN_BACKUP_PLAN")), None);
        let of =
            |kind: &str| json!({"EvaluationResultIdentifier": {"EvaluationResultQualifier": {"ResourceType": kind}}});
        let binding = of_rule(&bindings, &rule("AWS", "INCOMING_SSH_DISABLED")).unwrap();
        assert!(is_of_its_type(binding, &of("AWS::EC2::SecurityGroup")));
        assert!(!is_of_its_type(binding, &of("AWS::EC2::Instance")));
    }
}
