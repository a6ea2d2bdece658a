//! A composite alarm: a rule over the states of others. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use shared::alarm::AlarmState;
use shared::remediation::{Look, Unseen};

use super::busy_cpu_of;

/// A composite, as far as its state and its rule are concerned.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Composite {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub(super) state_value: String,
    pub(super) alarm_arn: String,
    pub(super) alarm_name: String,
    pub(super) alarm_rule: String,
    #[serde(default)]
    state_reason: String,
}

impl Composite {
    /// Healed is OK, and each of its alarms on the CPU of an instance has recovered too: one without data counts as OK
    /// in a rule that waits for ALARM.
    pub(super) fn look(&self, children: &[AlarmState], waited: Duration) -> Look {
        let seen = format!("the alarm says {}: {}", self.state_value, self.state_reason);
        if self.state_value != "OK" {
            return Look { healed: false, seen };
        }
        let looks =
            children.iter().filter(|child| busy_cpu_of(child).is_some()).map(|child| (child, child.look(waited)));
        match looks.into_iter().find(|(_, look)| !look.healed) {
            Some((child, look)) => {
                Look { healed: false, seen: format!("{seen}; of {} {}", child.alarm_name, look.seen) }
            }
            None => Look { healed: true, seen },
        }
    }
}

/// The instance at fault: the only one with an alarm on its CPU that is in ALARM.
pub(super) fn busy(composite: &Composite, children: &[AlarmState]) -> Result<Option<String>, Unseen> {
    let ringing = children.iter().filter(|child| child.state_value == "ALARM" || composite.state_value != "ALARM");
    let instances: BTreeSet<String> = ringing.filter_map(busy_cpu_of).collect();
    if instances.len() > 1 {
        let several = instances.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Unseen(format!(
            "of the alarms of {} several instances are at fault: {several}",
            composite.alarm_name
        )));
    }
    Ok(instances.into_iter().next())
}

/// The names of the alarms for whose ALARM a rule waits. What stands under NOT is no fault when it rings.
pub(super) fn in_alarm(rule: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = rule;
    while let Some((before, after)) = rest.split_once('(') {
        let words: Vec<&str> =
            before.split(|c: char| !c.is_ascii_alphabetic() && c != '_').filter(|w| !w.is_empty()).collect();
        rest = after;
        let negated = words.len() > 1 && words[words.len() - 2].eq_ignore_ascii_case("NOT");
        match words.last() {
            Some(word) if word.eq_ignore_ascii_case("NOT") => rest = past_group(after),
            Some(word) if ["ALARM", "OK", "INSUFFICIENT_DATA"].iter().any(|state| word.eq_ignore_ascii_case(state)) => {
                let (name, after) = argument(after);
                if word.eq_ignore_ascii_case("ALARM") && !negated {
                    names.insert(name);
                }
                rest = after;
            }
            _ => {}
        }
    }
    names
}

/// A name, quoted or not, or the name in an ARN; and what follows it.
fn argument(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let (name, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => text.split_once(')').unwrap_or((text, "")),
    };
    let name = name.trim();
    (name.strip_prefix("arn:").and_then(|arn| arn.splitn(6, ':').nth(5)).unwrap_or(name).to_owned(), rest)
}

/// What follows the bracket that was opened before `text`. Brackets in quotes are names.
fn past_group(text: &str) -> &str {
    let (mut depth, mut quoted) = (1, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + c.len_utf8()..];
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn composite(state: &str) -> Composite {
        let alarm = json!({"StateValue": state, "AlarmArn": "a", "AlarmName": "c", "AlarmRule": "ALARM(x)"});
        serde_json::from_value(alarm).unwrap()
    }

    fn child(instance: &str, metric: &str, state: &str) -> AlarmState {
        let alarm = json!({
            "AlarmName": "child", "StateValue": state, "StateReasonData": "{\"recentDatapoints\":[1.0]}", "Namespace": "AWS/EC2",
            "MetricName": metric, "ComparisonOperator": "GreaterThanThreshold", "Dimensions": [{"Name": "InstanceId", "Value": instance}], "Period": 60, "EvaluationPeriods": 1,
        });
        serde_json::from_value(alarm).unwrap()
    }

    #[test]
    fn a_rule_waits_for_the_alarms_it_names_and_not_for_those_it_excludes() {
        for (rule, expected) in [
            ("ALARM(cpu)", vec!["cpu"]),
            ("ALARM(\"web (blue) cpu\") AND ALARM(disk)", vec!["disk", "web (blue) cpu"]),
            ("(ALARM(a) OR ALARM(\"b\")) AND NOT ALARM(maintenance)", vec!["a", "b"]),
            ("ALARM(a) AND NOT (ALARM(b) OR (ALARM(c)))", vec!["a"]),
            ("alarm(a) and ok(b) and INSUFFICIENT_DATA(c)", vec!["a"]),
            ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu) OR TRUE", vec!["cpu"]),
            ("NOT ALARM(a) AND ALARM(b)", vec!["b"]),
            ("TRUE", vec![]),
            ("ALARM(", vec![""]),
            ("NOT (ALARM(a)", vec![]),
        ] {
            assert_eq!(in_alarm(rule).into_iter().collect::<Vec<_>>(), expected, "{rule}");
        }
    }

    #[test]
    fn the_instance_at_fault_is_the_only_one_whose_cpu_alarm_rings() {
        let instance = |children: &[AlarmState]| busy(&composite("ALARM"), children).map_err(|Unseen(why)| why);
        let (ring, quiet) = (child("i-1", "CPUUtilization", "ALARM"), child("i-2", "CPUUtilization", "OK"));
        assert_eq!(instance(&[ring, quiet]), Ok(Some("i-1".into())));
        let (cpu, other) = (child("i-1", "CPUUtilization", "ALARM"), child("i-2", "NetworkIn", "ALARM"));
        assert_eq!(instance(&[cpu, other]), Ok(Some("i-1".into())), "another metric is no fault of the CPU");
        let both = [child("i-1", "CPUUtilization", "ALARM"), child("i-2", "CPUUtilization", "ALARM")];
        assert!(instance(&both).unwrap_err().contains("i-1, i-2"));
        assert_eq!(instance(&[child("i-1", "NetworkIn", "ALARM")]), Ok(None));
        assert_eq!(instance(&[]), Ok(None));
        let mut idle = json!({"ComparisonOperator": "LessThanThreshold"});
        let busy = json!({"AlarmName": "child", "StateValue": "ALARM", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization",
                          "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]});
        busy.as_object().into_iter().flatten().for_each(|(name, value)| idle[name] = value.clone());
        assert_eq!(instance(&[serde_json::from_value(idle).unwrap()]), Ok(None), "an idle CPU is no busy one");
    }

    #[test]
    fn a_composite_has_recovered_when_it_and_its_cpu_alarms_say_so() {
        let healed = |state: &str, child_state: &str, metric: &str| {
            composite(state).look(&[child("i-1", metric, child_state)], Duration::ZERO).healed
        };
        assert!(healed("OK", "OK", "CPUUtilization"));
        assert!(!healed("OK", "INSUFFICIENT_DATA", "CPUUtilization"), "it says OK for want of data");
        assert!(healed("OK", "ALARM", "NetworkIn"), "which is another matter");
        assert!(!healed("ALARM", "OK", "CPUUtilization"));
    }
}
