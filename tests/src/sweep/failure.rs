//! How one call fails, as a rule of the gateway's fault script.
//!
//! Comes in: a way to fail and the step it shall happen to. Goes out: the rule. Never: a failure that AWS does not have.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::recording::Step;

/// Longer than any client here waits for an answer: 25 seconds.
const TOO_LONG: f64 = 28.0;

/// So many looks in a row fail when what fails in passing lasts: four looks, each tried three times by the client.
const OUTAGE: u64 = 12;

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Failure {
    /// Too many calls.
    Throttled,
    /// No permission.
    Denied,
    /// The resource is not there.
    NotFound,
    /// AWS has no room for the instance.
    NoCapacity,
    /// AWS's own fault.
    ServiceFault,
    /// AWS's own fault, after it had done what it was asked.
    ServiceFaultAfter,
    /// The connection ends without an answer.
    Cut,
    /// The connection ends without an answer, and the call was performed.
    CutAfter,
    /// No answer comes.
    Unanswered,
    /// The answer comes when nobody waits for it any more, and the call was performed.
    Late,
}

/// How often a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lasting {
    /// This one call.
    Once,
    /// This and so many minus one of the same kind after it.
    Times(u64),
    /// This and what comes after it: for good, but for looks that fail in passing, which are patiently repeated for up
    /// to half an hour; those for so many calls.
    Lasting,
}

impl Failure {
    /// Those that a call which only looks can have.
    pub const OF_READS: [Self; 6] =
        [Self::Throttled, Self::Denied, Self::NotFound, Self::ServiceFault, Self::Cut, Self::Unanswered];
    /// Those that only a call which changes something can have, beside those of reads.
    pub const OF_WRITES: [Self; 4] = [Self::NoCapacity, Self::ServiceFaultAfter, Self::CutAfter, Self::Late];

    /// Whether this step can fail so.
    #[must_use]
    pub fn fits(self, step: &Step) -> bool {
        match self {
            Self::NoCapacity => matches!(step.operation.as_str(), "StartInstances" | "RunInstances"),
            Self::ServiceFaultAfter | Self::CutAfter | Self::Late => step.writes,
            _ => true,
        }
    }

    /// Whether it costs the client's whole patience.
    #[must_use]
    pub fn is_slow(self) -> bool {
        matches!(self, Self::Unanswered | Self::Late)
    }

    /// Whether waiting may help.
    fn passes(self) -> bool {
        matches!(self, Self::Throttled | Self::ServiceFault | Self::Cut)
    }

    /// The rule by which `step` of `caller` fails so.
    #[must_use]
    pub fn rule(self, step: &Step, lasting: Lasting, caller: &str) -> Value {
        let mut rule = rule(step, caller, self.fault());
        match lasting {
            Lasting::Once => rule["nth"] = json!([step.nth]),
            Lasting::Times(times) => {
                rule["from"] = json!(step.nth);
                rule["times"] = json!(times);
            }
            Lasting::Lasting => {
                rule["from"] = json!(step.nth);
                if self.passes() && !step.writes {
                    rule["times"] = json!(OUTAGE);
                }
            }
        }
        rule
    }

    fn fault(self) -> Value {
        let error =
            |performed: bool| json!({ "error": { "code": "InternalError", "status": 500, "performed": performed } });
        match self {
            Self::Throttled => json!("throttle"),
            Self::Denied => json!("deny"),
            Self::NotFound => json!("notFound"),
            Self::NoCapacity => json!({ "error": { "code": "InsufficientInstanceCapacity", "status": 500 } }),
            Self::ServiceFault => error(false),
            Self::ServiceFaultAfter => error(true),
            Self::Cut => json!({ "cut": { "performed": false } }),
            Self::CutAfter => json!({ "cut": { "performed": true } }),
            Self::Unanswered => json!({ "hang": { "seconds": TOO_LONG } }),
            Self::Late => json!({ "delay": { "seconds": TOO_LONG } }),
        }
    }
}

/// A rule for the calls of `step`'s kind by `caller`.
pub(super) fn rule(step: &Step, caller: &str, fault: Value) -> Value {
    json!({ "service": step.service, "operation": step.operation, "caller": caller, "fault": fault })
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::NotFound => "not found",
            Self::NoCapacity => "no capacity",
            Self::ServiceFault => "5xx",
            Self::ServiceFaultAfter => "5xx, done",
            Self::Cut => "cut",
            Self::CutAfter => "cut, done",
            Self::Unanswered => "no answer",
            Self::Late => "late, done",
        })
    }
}
