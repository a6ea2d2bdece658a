//! CloudWatch's mute rules, which moto does not have.
//!
//! Comes in: `PutAlarmMuteRule`, `ListAlarmMuteRules`, `DeleteAlarmMuteRule`. Goes out: their answers. Never: a rule that
//! comes back; of the schedules only `at(...)` is known here, another one is refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::DateTime;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value, json};

use crate::clock::{self, Clock};
use crate::gateway::respond::AwsError;
use crate::gateway::{ACCOUNT, REGION};

type Input = Map<String, Value>;

#[derive(Debug, Clone)]
struct Rule {
    from: Timestamp,
    until: Timestamp,
    alarms: Vec<String>,
    updated: Timestamp,
}

/// Mute rules by name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mutes {
    rules: Arc<Mutex<BTreeMap<String, Rule>>>,
    clock: Arc<Clock>,
}

impl Mutes {
    /// No rules.
    #[must_use]
    pub fn new(clock: Arc<Clock>) -> Self {
        Self { rules: Arc::default(), clock }
    }

    /// The answer to a call about mute rules, or `None`: it is about something else.
    #[must_use]
    pub fn answer(&self, operation: &str, input: &Input) -> Option<Result<Value, AwsError>> {
        match operation {
            "PutAlarmMuteRule" => Some(self.put(input)),
            "ListAlarmMuteRules" => Some(Ok(self.list(input))),
            "DeleteAlarmMuteRule" => {
                self.rules().remove(text(input, "AlarmMuteRuleName").unwrap_or_default());
                Some(Ok(json!({})))
            }
            _ => None,
        }
    }

    fn put(&self, input: &Input) -> Result<Value, AwsError> {
        let name = text(input, "Name").ok_or_else(|| invalid("Name is required."))?;
        let schedule = &input.get("Rule").unwrap_or(&Value::Null)["Schedule"];
        let (from, until) =
            once(schedule).ok_or_else(|| invalid("The local world knows Schedule {Expression: at(...), Duration}."))?;
        let targets = input.get("MuteTargets").unwrap_or(&Value::Null);
        let alarms = targets["AlarmNames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let rule = Rule { from, until, alarms: alarms.map(str::to_owned).collect(), updated: self.clock.now() };
        self.rules().insert(name.to_owned(), rule);
        Ok(json!({}))
    }

    fn list(&self, input: &Input) -> Value {
        let now = self.clock.now();
        let statuses: Vec<&str> =
            input.get("Statuses").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let alarm = text(input, "AlarmName");
        let rules = self.rules();
        let wanted = rules.iter().filter(|(_, rule)| {
            let about = alarm.is_none_or(|alarm| rule.alarms.iter().any(|name| name == alarm));
            about && (statuses.is_empty() || statuses.contains(&rule.status(now)))
        });
        let summaries: Vec<Value> = wanted.map(|(name, rule)| rule.describe(name, now)).collect();
        json!({ "AlarmMuteRuleSummaries": summaries })
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn status(&self, now: Timestamp) -> &'static str {
        match now {
            now if now < self.from => "SCHEDULED",
            now if now < self.until => "ACTIVE",
            _ => "EXPIRED",
        }
    }

    fn describe(&self, name: &str, now: Timestamp) -> Value {
        json!({
            "AlarmMuteRuleArn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:{name}"),
            "Status": self.status(now),
            "MuteType": "ONE_TIME",
            "LastUpdatedTimestamp": clock::epoch(self.updated),
        })
    }
}

/// `at(2026-11-27T04:00)` for `PT2H`, in UTC.
fn once(schedule: &Value) -> Option<(Timestamp, Timestamp)> {
    let at = schedule["Expression"].as_str()?.strip_prefix("at(")?.strip_suffix(')')?;
    let from = at.parse::<DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let lasts: Span = schedule["Duration"].as_str()?.parse().ok()?;
    Some((from, from.checked_add(lasts).ok()?))
}

fn text<'a>(input: &'a Input, member: &str) -> Option<&'a str> {
    input.get(member).and_then(Value::as_str)
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidParameterValue", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timings;

    #[test]
    fn a_rule_mutes_its_alarms_in_its_time() {
        let mutes = Mutes::new(Arc::new(Clock::new(Timings::default())));
        let input = |value: Value| value.as_object().cloned().unwrap();
        let put = |expression: &str| {
            let rule = json!({"Schedule": {"Expression": expression, "Duration": "PT2H"}});
            let rule = json!({"Name": "quiet", "Rule": rule, "MuteTargets": {"AlarmNames": ["cpu"]}});
            mutes.answer("PutAlarmMuteRule", &input(rule)).unwrap()
        };
        let active = |alarm: &str| {
            let asked = input(json!({"AlarmName": alarm, "Statuses": ["ACTIVE"]}));
            let listed = mutes.answer("ListAlarmMuteRules", &asked).unwrap().unwrap();
            listed["AlarmMuteRuleSummaries"].as_array().unwrap().len()
        };
        put("at(2001-01-01T00:00)").unwrap();
        assert_eq!(active("cpu"), 0);
        put(&format!("at({})", mutes.clock.now().strftime("%Y-%m-%dT%H:%M"))).unwrap();
        assert_eq!((active("cpu"), active("disk")), (1, 0));
        assert!(put("cron(0 2 * * *)").is_err());
        assert!(mutes.answer("DescribeAlarms", &Map::new()).is_none());
    }
}
