//! One case: which scene, what is done to which of its steps, how the events come.
//!
//! Comes in: steps. Goes out: a case with a stable name, the fault rules that make it, and its place in the table.
//! Never: chance; the same case is the same rules.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use world::gateway::fault::Moment;

use super::failure::{Failure, Lasting, rule};
use super::recording::Step;

/// What disturbs the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Disturbance {
    /// Nothing.
    None,
    /// The step fails.
    Fails(Failure, Lasting),
    /// The step fails, and something happens on the way back.
    OnTheWayBack {
        /// How the step fails.
        first: (Failure, Lasting),
        /// The step of the way back, counted from the beginning of the run.
        back: Step,
        /// What happens to that.
        second: Box<Disturbance>,
    },
    /// The request of the step comes twice.
    Repeats,
    /// The process dies at the step.
    Killed(Moment),
    /// Somebody sets the stop switch right before the step.
    Stopped,
}

/// How the events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deliveries {
    /// One event, once.
    One,
    /// One event, twice at the same moment.
    Racing,
    /// Ten events at once, in every shape there is.
    Ten,
    /// One, while a dead execution's lock is on the resource.
    AfterDeadHolder,
    /// One, while the lock of an execution that has ended is on the resource.
    AfterEndedHolder,
    /// One, after the lease of a dead execution's lock has ended.
    AfterDeadLease,
    /// One, which is about something that is not there instead.
    AboutNobody,
    /// One, and then the outcome that was told of it, as an event for the same function.
    OurOwn,
}

impl Deliveries {
    /// Whether somebody has the lock before.
    #[must_use]
    pub fn is_after_a_holder(self) -> bool {
        matches!(self, Self::AfterDeadHolder | Self::AfterEndedHolder | Self::AfterDeadLease)
    }
}

/// What the deployment is told that it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Told {
    /// Put faults right.
    #[default]
    Enforce,
    /// Only plan.
    Observe,
    /// Put right what is opted in, by another tag than the resource has.
    NotOptedIn,
    /// Ask people first, who give this answer.
    Ask(Answer),
}

/// What people say when they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Answer {
    /// Go ahead.
    Yes,
    /// Do not.
    No,
    /// Nothing, until the time is over.
    Nothing,
}

impl Told {
    /// Those that may be told a deployment, whatever people say.
    pub const DEPLOYMENTS: [Self; 4] = [Self::Enforce, Self::Observe, Self::NotOptedIn, Self::Ask(Answer::Nothing)];

    /// The deployment that is told so.
    #[must_use]
    pub fn deployment(self) -> Self {
        match self {
            Self::Ask(_) => Self::Ask(Answer::Nothing),
            other => other,
        }
    }

    /// Whether anything may be changed.
    #[must_use]
    pub fn may_change(self) -> bool {
        matches!(self, Self::Enforce | Self::Ask(Answer::Yes))
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Enforce => "",
            Self::Observe => "observed",
            Self::NotOptedIn => "not opted in",
            Self::Ask(Answer::Yes) => "asked, yes",
            Self::Ask(Answer::No) => "asked, no",
            Self::Ask(Answer::Nothing) => "asked, no answer",
        })
    }
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The scene's runbook.
    pub runbook: String,
    /// The step; absent when the disturbance is not at one.
    pub step: Option<Step>,
    /// What happens to it.
    pub disturbance: Disturbance,
    /// How the events come.
    pub deliveries: Deliveries,
    /// What the deployment may do.
    #[serde(default)]
    pub told: Told,
}

impl Case {
    /// Undisturbed: what other cases differ from.
    #[must_use]
    pub fn undisturbed(runbook: &str) -> Self {
        let (step, disturbance, deliveries) = (None, Disturbance::None, Deliveries::One);
        Self { runbook: runbook.to_owned(), step, disturbance, deliveries, told: Told::Enforce }
    }

    /// The same where the deployment is told this.
    #[must_use]
    pub fn told(self, told: Told) -> Self {
        Self { told, ..self }
    }

    /// The same with something at a step.
    #[must_use]
    pub fn at(runbook: &str, step: &Step, disturbance: Disturbance) -> Self {
        Self { step: Some(step.clone()), disturbance, ..Self::undisturbed(runbook) }
    }

    /// A name that is the same in every sweep.
    #[must_use]
    pub fn id(&self) -> String {
        let step = self.step.as_ref().map_or_else(|| self.deliveries.to_string(), Step::to_string);
        let told = if self.told == Told::Enforce { String::new() } else { format!("{}: ", self.told) };
        format!("{} {told}{step} {}", self.runbook, self.disturbance)
    }

    /// The step at which the last thing happens; absent when nothing happens at one.
    #[must_use]
    pub fn place(&self) -> Option<&Step> {
        if let Disturbance::OnTheWayBack { back, .. } = &self.disturbance { Some(back) } else { self.step.as_ref() }
    }

    /// Whether something happens on the way back.
    #[must_use]
    pub fn is_on_the_way_back(&self) -> bool {
        matches!(self.disturbance, Disturbance::OnTheWayBack { .. })
    }

    /// The fault script for the lane `caller`, whose stop switch is `switch`.
    #[must_use]
    pub fn script(&self, caller: &str, switch: &str) -> Value {
        let rules = self.step.as_ref().map(|step| self.disturbance.rules(step, caller, switch)).unwrap_or_default();
        json!({ "rules": rules })
    }
}

impl Disturbance {
    /// Whether it costs a client's whole patience.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        match self {
            Self::Fails(failure, _) => failure.is_slow(),
            Self::OnTheWayBack { second, .. } => second.is_slow(),
            _ => false,
        }
    }

    fn rules(&self, step: &Step, caller: &str, switch: &str) -> Vec<Value> {
        let at = |fault: Value| {
            let mut rule = rule(step, caller, fault);
            rule["nth"] = json!([step.nth]);
            rule
        };
        match self {
            Self::None => vec![],
            Self::Fails(failure, lasting) => vec![failure.rule(step, *lasting, caller)],
            Self::OnTheWayBack { first, back, second } => {
                // A rule that fires hides the call from those behind it; the later fault stands first and counts them all.
                let mut rules = second.rules(back, caller, switch);
                rules.push(first.0.rule(step, first.1, caller));
                rules
            }
            Self::Repeats => vec![at(json!("repeat"))],
            Self::Killed(moment) => vec![at(json!({ "kill": { "at": moment } }))],
            Self::Stopped => {
                let set = json!({ "Name": switch, "Value": "stop", "Type": "String", "Overwrite": true });
                vec![at(json!({ "first": { "service": "ssm", "api": "PutParameter", "input": set } }))]
            }
        }
    }
}

impl std::fmt::Display for Disturbance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lasting = |lasting: &Lasting| match lasting {
            Lasting::Once => String::new(),
            Lasting::Times(times) => format!(" {times} times"),
            Lasting::Lasting => " lastingly".to_owned(),
        };
        match self {
            Self::None => f.write_str("undisturbed"),
            Self::Fails(failure, how) => write!(f, "{failure}{}", lasting(how)),
            Self::OnTheWayBack { first, back, second } => {
                write!(f, "{}{} and back {back} {second}", first.0, lasting(&first.1))
            }
            Self::Repeats => f.write_str("repeated"),
            Self::Killed(Moment::Before) => f.write_str("killed before"),
            Self::Killed(Moment::Performed) => f.write_str("killed during"),
            Self::Killed(Moment::Recorded) => f.write_str("killed after"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::fmt::Display for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::One => "one event",
            Self::Racing => "two deliveries racing",
            Self::Ten => "ten events at once",
            Self::AfterDeadHolder => "lock of nobody known",
            Self::AfterEndedHolder => "lock of an ended execution",
            Self::AfterDeadLease => "ended lease of a dead execution",
            Self::AboutNobody => "event about nobody",
            Self::OurOwn => "our own outcome after it",
        })
    }
}
