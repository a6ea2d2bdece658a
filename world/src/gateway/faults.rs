//! Faults told by a script: AWS on a bad day, the same bad day every time.
//!
//! Comes in: a [`Script`] and, call by call, a [`Call`]. Goes out: the fault this call shall have, if any.
//! Never: a fault nobody asked for, and no randomness but the script's seed.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::call::{Call, Protocol};
use super::respond::AwsError;

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
    /// At most so many faults from this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Between 0 and 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What goes wrong.
    pub fault: Fault,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// AWS's error in the caller's protocol.
    Error {
        /// `InsufficientInstanceCapacity`
        code: String,
        /// A sentence; the default names the fault as injected.
        #[serde(default)]
        message: Option<String>,
        /// HTTP status, 400 if absent.
        #[serde(default)]
        status: Option<u16>,
        /// Whether the call is performed all the same, so that only its answer is wrong.
        #[serde(default)]
        performed: bool,
    },
    /// The error by which this service throttles.
    Throttle,
    /// The error by which this service denies.
    Deny,
    /// A page instead of an answer, as load balancers send.
    Html {
        /// HTTP status, for example 503.
        status: u16,
        /// Whether the call is performed all the same.
        #[serde(default)]
        performed: bool,
    },
    /// The connection ends without an answer.
    Cut {
        /// Whether the call is performed all the same.
        #[serde(default)]
        performed: bool,
    },
    /// The right answer, late.
    Delay {
        /// Real seconds, not scaled.
        seconds: f64,
    },
}

impl Fault {
    /// Whether the call is passed on before it fails.
    #[must_use]
    pub fn performed(&self) -> bool {
        match self {
            Self::Error { performed, .. } | Self::Html { performed, .. } | Self::Cut { performed } => *performed,
            Self::Delay { .. } => true,
            Self::Throttle | Self::Deny => false,
        }
    }

    /// The error to answer with, if the fault is one.
    #[must_use]
    pub fn error(&self, call: &Call) -> Option<AwsError> {
        let error = match self {
            Self::Error { code, message, status, .. } => {
                let message = message.clone().unwrap_or_else(|| format!("{code} (injected by the local world)"));
                AwsError { status: status.unwrap_or(400), ..AwsError::new(code, message) }
            }
            Self::Throttle => throttle(call),
            Self::Deny => deny(call),
            Self::Html { .. } | Self::Cut { .. } | Self::Delay { .. } => return None,
        };
        Some(error)
    }
}

fn throttle(call: &Call) -> AwsError {
    let (code, status) = match (call.service.as_str(), call.protocol) {
        ("ec2", _) => ("RequestLimitExceeded", 503),
        ("s3", _) => ("SlowDown", 503),
        ("dynamodb", _) => ("ProvisionedThroughputExceededException", 400),
        (_, Protocol::Query) => ("Throttling", 400),
        _ => ("ThrottlingException", 400),
    };
    AwsError { status, ..AwsError::new(code, "Rate exceeded") }
}

fn deny(call: &Call) -> AwsError {
    let (code, status) = match (call.service.as_str(), call.protocol) {
        ("ec2", _) => ("UnauthorizedOperation", 403),
        ("s3", _) | (_, Protocol::Query) => ("AccessDenied", 403),
        _ => ("AccessDeniedException", 400),
    };
    let message = format!("User: {} is not authorized to perform: {}:{}", call.caller, call.service, call.operation);
    AwsError { status, ..AwsError::new(code, message) }
}

/// The script in force, and how far it is.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    script: Script,
    /// For every rule: fitting calls seen, faults made.
    counts: Vec<(u64, u64)>,
}

impl Faults {
    /// Puts a script in force; counting starts anew. An empty one ends all faults.
    ///
    /// # Errors
    /// One sentence about the rule that cannot be obeyed.
    pub fn set(&self, script: Script) -> Result<(), String> {
        for (index, rule) in script.rules.iter().enumerate() {
            rule.check().map_err(|reason| format!("rule {}: {reason}", index + 1))?;
        }
        let counts = vec![(0, 0); script.rules.len()];
        *self.state() = State { script, counts };
        Ok(())
    }

    /// The script, and for every rule how many calls fitted and how many failed.
    #[must_use]
    pub fn report(&self) -> Value {
        let state = self.state();
        let counts: Vec<Value> =
            state.counts.iter().map(|(seen, made)| serde_json::json!({ "seen": seen, "made": made })).collect();
        serde_json::json!({ "script": state.script, "counts": counts })
    }

    /// The fault of this call. Counts the call.
    #[must_use]
    pub fn of(&self, call: &Call) -> Option<Fault> {
        let mut state = self.state();
        let State { script, counts } = &mut *state;
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

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn check(&self) -> Result<(), String> {
        match (&self.fault, self.probability) {
            (_, Some(p)) if !(0.0..=1.0).contains(&p) => Err(format!("a probability lies between 0 and 1, not {p}")),
            (Fault::Delay { seconds }, _) if !(0.0..=3600.0).contains(seconds) => {
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
    use crate::gateway::call::Effect;

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
    fn a_service_throttles_and_denies_in_its_own_words() {
        let cases = [
            ("ec2", "RequestLimitExceeded", "UnauthorizedOperation"),
            ("s3", "SlowDown", "AccessDenied"),
            ("ssm", "ThrottlingException", "AccessDeniedException"),
        ];
        for (service, throttled, denied) in cases {
            let call = call(service, "X");
            assert_eq!(Fault::Throttle.error(&call).unwrap().code, throttled);
            assert_eq!(Fault::Deny.error(&call).unwrap().code, denied);
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
