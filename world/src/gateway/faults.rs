//! Faults told by a script: AWS on a bad day, the same bad day every time.
//!
//! Comes in: a [`Script`] and, call by call, a [`Call`]. Goes out: the fault this call shall have, if any.
//! Never: a fault nobody asked for, and no randomness but the script's seed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::fault::Fault;

/// Rules, tried in order; the first that fires decides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Script {
    /// Decides what `probability` means: the same seed and the same calls, the same faults.
    #[serde(default)]
    pub seed: u64,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Which calls go wrong, and how. What is absent fits every call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// boto3's client name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Operation; a `*` at the end stands for any rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The function (its `app/` in the user agent) or the access key id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Input members that must be equal, for example `{"InstanceId.1": "i-0abc"}`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub input: Map<String, Value>,
    /// Only these of the fitting calls, counted from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nth: Vec<u64>,
    /// Only from this one of the fitting calls on, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// At most so many faults from this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Between 0 and 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What goes wrong.
    pub fault: Fault,
}

/// The scripts in force, and how far they are.
///
/// Several may be, each under a name of its own: whoever spoils the calls of one caller does not touch the counting of
/// another's.
#[derive(Debug, Default)]
pub struct Faults(Mutex<BTreeMap<String, State>>);

#[derive(Debug, Default)]
struct State {
    script: Script,
    /// For every rule: fitting calls seen, faults made.
    counts: Vec<(u64, u64)>,
}

/// The name of the script that has none.
const UNNAMED: &str = "";

impl Faults {
    /// Puts a script in force; counting starts anew. An empty one ends its faults.
    ///
    /// # Errors
    /// One sentence about the rule that cannot be obeyed.
    pub fn set(&self, script: Script) -> Result<(), String> {
        self.set_named(UNNAMED, script)
    }

    /// The same under a name, beside the scripts of other names.
    ///
    /// # Errors
    /// One sentence about the rule that cannot be obeyed.
    pub fn set_named(&self, name: &str, script: Script) -> Result<(), String> {
        for (index, rule) in script.rules.iter().enumerate() {
            rule.check().map_err(|reason| format!("rule {}: {reason}", index + 1))?;
        }
        let counts = vec![(0, 0); script.rules.len()];
        self.scripts().insert(name.to_owned(), State { script, counts });
        Ok(())
    }

    /// The script, and for every rule how many calls fitted and how many failed.
    #[must_use]
    pub fn report(&self) -> Value {
        let mut scripts = self.scripts();
        let state = scripts.entry(UNNAMED.to_owned()).or_default();
        let counts: Vec<Value> =
            state.counts.iter().map(|(seen, made)| serde_json::json!({ "seen": seen, "made": made })).collect();
        serde_json::json!({ "script": state.script, "counts": counts })
    }

    /// How many faults each rule of the script of this name has made.
    #[must_use]
    pub fn made(&self, name: &str) -> Vec<u64> {
        let scripts = self.scripts();
        scripts.get(name).map(|state| state.counts.iter().map(|(_, made)| *made).collect()).unwrap_or_default()
    }

    /// The fault of this call. Counts the call.
    #[must_use]
    pub fn of(&self, call: &Call) -> Option<Fault> {
        self.scripts().values_mut().find_map(|state| state.of(call))
    }

    fn scripts(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(&mut self, call: &Call) -> Option<Fault> {
        let Self { script, counts } = self;
        for (index, (rule, (seen, made))) in script.rules.iter().zip(counts).enumerate() {
            if !rule.fits(call) {
                continue;
            }
            *seen += 1;
            if rule.fires(script.seed, index, *seen, *made) {
                *made += 1;
                return Some(rule.fault.clone());
            }
        }
        None
    }
}

impl Rule {
    fn check(&self) -> Result<(), String> {
        match (&self.fault, self.probability) {
            (_, Some(p)) if !(0.0..=1.0).contains(&p) => Err(format!("a probability lies between 0 and 1, not {p}")),
            (Fault::Delay { seconds } | Fault::Hang { seconds }, _) if !(0.0..=3600.0).contains(seconds) => {
                Err(format!("a delay lies between 0 and 3600 seconds, not {seconds}"))
            }
            (Fault::Error { status: Some(status), .. } | Fault::Html { status, .. }, _)
                if !(400..600).contains(status) =>
            {
                Err(format!("an error's status lies between 400 and 599, not {status}"))
            }
            _ if self.nth.contains(&0) => Err("nth counts from 1".to_owned()),
            _ => Ok(()),
        }
    }

    fn fits(&self, call: &Call) -> bool {
        let named = |wanted: &Option<String>, actual: &str| match wanted.as_deref() {
            None => true,
            Some(wanted) => wanted.strip_suffix('*').map_or(wanted == actual, |start| actual.starts_with(start)),
        };
        named(&self.service, &call.service)
            && named(&self.operation, &call.operation)
            && named(&self.caller, &call.caller)
            && self.input.iter().all(|(member, value)| call.input.get(member) == Some(value))
    }

    fn fires(&self, seed: u64, index: usize, seen: u64, made: u64) -> bool {
        (self.nth.is_empty() || self.nth.contains(&seen))
            && self.from.is_none_or(|from| seen >= from)
            && self.times.is_none_or(|times| made < times)
            && self.probability.is_none_or(|p| chance(seed, index, seen) < p)
    }
}

/// A number from 0 to 1 that depends on nothing but its arguments.
fn chance(seed: u64, rule: usize, seen: u64) -> f64 {
    let digest = Sha256::digest(format!("{seed}/{rule}/{seen}"));
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    f64::from(number) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gateway::call::{Effect, Protocol};

    fn call(service: &str, operation: &str) -> Call {
        let input = json!({"InstanceId.1": "i-1"}).as_object().cloned().unwrap();
        let protocol = if service == "ec2" { Protocol::Ec2 } else { Protocol::Json };
        Call {
            service: service.into(),
            operation: operation.into(),
            protocol,
            effect: Effect::Write,
            region: "eu-west-1".into(),
            caller: "resize".into(),
            input,
        }
    }

    fn faults(script: Value) -> Faults {
        let faults = Faults::default();
        faults.set(serde_json::from_value(script).unwrap()).unwrap();
        faults
    }

    #[test]
    fn a_rule_fires_on_the_calls_it_names_and_as_often_as_it_says() {
        let faults = faults(json!({"rules": [
            {"service": "ec2", "operation": "StartInstances", "times": 1, "fault": {"error": {"code": "InsufficientInstanceCapacity", "status": 500}}},
            {"service": "ec2", "operation": "Describe*", "nth": [2], "fault": "throttle"},
            {"input": {"InstanceId.1": "i-2"}, "fault": {"cut": {}}},
            {"caller": "other", "fault": "deny"},
        ]}));
        let code = |service: &str, operation: &str| {
            let call = call(service, operation);
            faults.of(&call).and_then(|fault| fault.error(&call)).map(|error| (error.code, error.status))
        };
        assert_eq!(code("ec2", "StartInstances"), Some(("InsufficientInstanceCapacity".into(), 500)));
        assert_eq!(code("ec2", "StartInstances"), None);
        assert_eq!(code("ec2", "DescribeInstances"), None);
        assert_eq!(code("ec2", "DescribeInstanceTypes"), Some(("RequestLimitExceeded".into(), 503)));
        assert_eq!(code("ssm", "GetParameter"), None);
        assert_eq!(faults.report()["counts"][1], json!({"seen": 2, "made": 1}));
    }

    #[test]
    fn scripts_of_several_names_do_not_touch_each_other() {
        let faults = faults(json!({"rules": [{"caller": "other", "fault": "deny"}]}));
        let named = |rules: Value| serde_json::from_value(json!({ "rules": rules })).unwrap();
        faults.set_named("one", named(json!([{"caller": "resize", "from": 2, "fault": "throttle"}]))).unwrap();
        let spoilt: Vec<bool> = (0..3).map(|_| faults.of(&call("ec2", "X")).is_some()).collect();
        assert_eq!(spoilt, [false, true, true]);
        assert_eq!((faults.made("one"), faults.made("nobody")), (vec![2], vec![]));
        faults.set(Script::default()).unwrap();
        assert!(faults.of(&call("ec2", "X")).is_some(), "the unnamed script is another one");
    }

    #[test]
    fn a_service_throttles_and_denies_in_its_own_words() {
        let cases = [
            ("ec2", "RequestLimitExceeded", "UnauthorizedOperation", "InvalidInstanceID.NotFound"),
            ("s3", "SlowDown", "AccessDenied", "NoSuchBucket"),
            ("ssm", "ThrottlingException", "AccessDeniedException", "OpsItemNotFoundException"),
        ];
        for (service, throttled, denied, absent) in cases {
            let call = call(service, "X");
            assert_eq!(Fault::Throttle.error(&call).unwrap().code, throttled);
            assert_eq!(Fault::Deny.error(&call).unwrap().code, denied);
            assert_eq!(Fault::NotFound.error(&call).unwrap().code, absent);
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_faults() {
        let run = |seed: u64| {
            let faults = faults(json!({"seed": seed, "rules": [{"probability": 0.3, "fault": "throttle"}]}));
            (0..200).map(|_| faults.of(&call("ec2", "X")).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let made = run(7).iter().filter(|fault| **fault).count();
        assert!((30..90).contains(&made), "{made} of 200 at 0.3");
    }

    #[test]
    fn a_script_that_cannot_be_obeyed_is_refused_with_the_rule() {
        let cases = [
            (json!([{"fault": {"delay": {"seconds": -1}}}]), "rule 1: a delay lies between 0 and 3600 seconds, not -1"),
            (
                json!([{"fault": "deny"}, {"fault": {"html": {"status": 200}}}]),
                "rule 2: an error's status lies between 400 and 599, not 200",
            ),
            (json!([{"probability": 1.5, "fault": "deny"}]), "rule 1: a probability lies between 0 and 1, not 1.5"),
            (json!([{"nth": [0], "fault": "deny"}]), "rule 1: nth counts from 1"),
        ];
        for (rules, reason) in cases {
            let script = serde_json::from_value(json!({ "rules": rules })).unwrap();
            assert_eq!(Faults::default().set(script).unwrap_err(), reason);
        }
        assert!(serde_json::from_value::<Script>(json!({"rules": [{"sevice": "ec2", "fault": "deny"}]})).is_err());
    }
}
