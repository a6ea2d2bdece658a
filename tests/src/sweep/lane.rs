//! Lanes: copies of the functions, each under a name of its own, so that many cases are played at the same time and each
//! has its own faults, its own deaths, its own stop switch.
//!
//! Comes in: how many. Goes out: the stack's configuration, and the lanes. Never: two cases in one lane at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use world::operator::make::OPT_IN;
use world::stack::{Copy, StackConfig};

use super::case::Told;
use crate::local::UNBOUNDED;

/// What must be seen in no log, ticket or event: the functions' own credentials, and what stands in resources.
pub const CANARIES: [&str; 3] = ["canary-secret-access-key", "canary-session-token", "canary-in-a-policy"];

/// Longer than a client waits for an answer, as on Lambda.
const PATIENT: Duration = Duration::from_secs(90);

/// Longer than a run whose verification never comes: the harness waits no longer for one case.
const VERIFY_SECONDS: &str = "8";

/// One copy of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// Its name, under which it calls.
    pub name: String,
    /// The function it is a copy of.
    pub function: String,
    /// The parameter that stops it.
    pub switch: String,
    /// The parameter that says who may approve.
    pub approvers: String,
    /// What it is told that it may do.
    pub told: Told,
}

impl Lane {
    /// Lane number `number` of a function that is told this.
    #[must_use]
    pub fn new(function: &str, told: Told, number: usize) -> Self {
        let kind = match told.deployment() {
            Told::Enforce => "",
            Told::Observe => "observe-",
            Told::NotOptedIn => "foreign-",
            Told::Ask(_) => "ask-",
        };
        let name = format!("lane-{kind}{function}-{number}");
        let (switch, approvers) = (format!("/{name}/stop"), format!("/{name}/approvers"));
        Self { name, function: function.to_owned(), switch, approvers, told: told.deployment() }
    }

    /// Whether cases of this function and deployment are for it.
    #[must_use]
    pub fn is_for(&self, function: &str, told: Told) -> bool {
        self.function == function && self.told == told.deployment()
    }

    fn copy(&self) -> Copy {
        let (mode, tag) = match self.told {
            Told::Enforce => ("enforce", OPT_IN),
            Told::Observe => ("observe", OPT_IN),
            Told::NotOptedIn => ("enforce", "somebody-else:remediate"),
            Told::Ask(_) => ("approve", OPT_IN),
        };
        // What is of the whole account has no tag: its binding is opted in, or not.
        let account = if self.told == Told::NotOptedIn { "" } else { "account-wide=enforce" };
        let settings = [
            ("KINTSUGI_MODE", mode),
            ("KINTSUGI_BINDING_MODES", account),
            ("KINTSUGI_OPT_IN_TAG", tag),
            ("KINTSUGI_STOP_PARAMETER", &self.switch),
            ("KINTSUGI_APPROVAL_RULES", &self.approvers),
            ("AWS_SECRET_ACCESS_KEY", CANARIES[0]),
            ("AWS_SESSION_TOKEN", CANARIES[1]),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Copy { name: self.name.clone(), of: self.function.clone(), settings, instances: 2 }
    }
}

/// Lanes that are free, for runs that are recorded beside each other.
#[derive(Debug)]
pub struct Recorders<'a> {
    free: Mutex<Vec<&'a Lane>>,
    given: Notify,
}

impl<'a> Recorders<'a> {
    /// All of them are free.
    #[must_use]
    pub fn new(lanes: &'a [Lane]) -> Self {
        Self { free: Mutex::new(lanes.iter().collect()), given: Notify::new() }
    }

    /// A free lane of a function that is told this; waits for one.
    pub async fn take(&self, function: &str, told: Told) -> &'a Lane {
        loop {
            let given = self.given.notified();
            let mut free = self.free.lock().await;
            if let Some(at) = free.iter().position(|lane| lane.is_for(function, told)) {
                return free.swap_remove(at);
            }
            drop(free);
            given.await;
        }
    }

    /// It is free again.
    pub async fn give_back(&self, lane: &'a Lane) {
        self.free.lock().await.push(lane);
        self.given.notify_waiters();
    }
}

/// A stack with these lanes. Whoever remediates hears only what a case sends it, so that no event of the world itself comes between.
#[must_use]
pub fn stack(config: StackConfig, lanes: &[Lane]) -> StackConfig {
    let mut config = config
        .with_parameter("Mode", "enforce")
        .with_setting("KINTSUGI_MAX_PER_HOUR", "1000000")
        .with_setting("KINTSUGI_GUARDS", UNBOUNDED)
        .with_setting("KINTSUGI_VERIFY_TIMEOUT_SECONDS", VERIFY_SECONDS);
    config.copies = lanes.iter().map(Lane::copy).collect();
    config.instances = BTreeMap::from([("open-ticket".to_owned(), 4)]);
    config.deaf = lanes.iter().map(|lane| lane.function.clone()).collect::<BTreeSet<_>>();
    config.durable_through_gateway = true;
    config.invocation_timeout = PATIENT;
    config
}
