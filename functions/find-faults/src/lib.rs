//! Finds faults that no event told of: those that were there before the deployment, and those whose event was lost.
//!
//! Comes in: a schedule's event, or anything. Goes out: the event of each fault, to the function that EventBridge would
//! invoke, so that every guard of it holds; and a [`Report`]. Never: a change, a fault that no binding claims, an occurrence
//! twice.

mod alarm;
mod claim;
mod decide;
mod fault;
mod feed;
mod finding;
mod look;
mod memory;
mod report;

use async_trait::async_trait;
use aws_durable_execution_sdk::BoxError;
use engine::HostError;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::aws::Services;
use shared::catalogue::{self, Binding};
use shared::guard;
use shared::host::{RunHost, recorded, wall_clock};
use shared::lambda::Handler;
use shared::publish;
use shared::record::Record;
use shared::telemetry::{self, chain, phase};

use decide::{Bounds, Choice};
use fault::Fault;
use feed::Feeding;
pub use report::{Fed, Left, Report};

/// Name of the function, as in the template.
pub const NAME: &str = "find-faults";

/// What was looked at and decided: one recorded answer, so that a replay feeds the same.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Found {
    found: usize,
    known: usize,
    choice: Choice,
    unseen: Vec<String>,
}

/// The function.
#[derive(Clone)]
pub struct FindFaults {
    bindings: Vec<Binding>,
}

impl FindFaults {
    /// With the bindings of this build.
    #[must_use]
    pub fn new(_services: &Services) -> Self {
        let bindings = catalogue::bindings().unwrap_or_else(|error| {
            tracing::error!(target: "kintsugi", phase = "binding", "{}", chain(&error));
            vec![]
        });
        Self { bindings }
    }

    /// One run.
    ///
    /// # Errors
    /// The execution cannot go on here; it is resumed elsewhere or fails.
    pub async fn run(&self, services: &Services, host: &dyn RunHost) -> Result<Report, HostError> {
        let asked = services.clone();
        let stop = async move { guard::may_begin(&asked).await.err().map(|refusal| refusal.reason) };
        if let Some(why) = recorded(host, "stop", stop).await? {
            return Ok(Report { stopped: Some(why), ..Report::default() });
        }
        let (finder, with) = (self.clone(), services.clone());
        let found = recorded(host, "look", async move { finder.find(&with).await }).await?;
        let mut report = Report { found: found.found, known: found.known, unseen: found.unseen, ..Report::default() };
        report.leave(found.choice.left);
        for (index, fault) in found.choice.fed.into_iter().enumerate() {
            self.feed(services, host, index, fault, &mut report).await?;
        }
        Ok(report)
    }

    async fn feed(
        &self,
        services: &Services,
        host: &dyn RunHost,
        index: usize,
        fault: Fault,
        report: &mut Report,
    ) -> Result<(), HostError> {
        let key = self.key(services, &fault);
        let (with, of, execution) = (services.clone(), fault.clone(), host.execution().to_owned());
        let op = format!("feed#{}", index + 1);
        let fed = recorded(host, &op, async move { feed::feed(&with, &of, &key, &execution).await }).await?;
        match fed {
            Feeding::Fed => {
                report.fed.push(Fed { what: fault.what, function: fault.function, event: fault.id });
            }
            Feeding::Known => report.known += 1,
            Feeding::Failed(why) => report.unseen.push(format!("{}: {why}", fault.what)),
        }
        Ok(())
    }

    /// Looks, forgets what was fed before, and chooses.
    async fn find(&self, services: &Services) -> Found {
        let seen = look::look(services, &self.bindings, &services.settings.doors.by_arn()).await;
        let faults = decide::once(seen.faults);
        let keys: Vec<String> = faults.iter().map(|fault| self.key(services, fault)).collect();
        let remembered = match memory::recall(services, &keys).await {
            Ok(remembered) => remembered,
            // Without a memory everything would be fed at every run.
            Err(error) => {
                let unseen = vec![format!("what was fed before: {error}")];
                return Found { found: faults.len(), unseen, ..Found::default() };
            }
        };
        let found = faults.len() + seen.muted.len();
        let is_known = |fault: &Fault| remembered.known.contains(&self.key(services, fault));
        let (old, mut new): (Vec<_>, Vec<_>) = faults.into_iter().partition(is_known);
        new.iter_mut().for_each(|fault| fault.again = remembered.again.contains(&self.key(services, fault)));
        let mut choice = decide::decide(new, &self.bounds(services));
        let muted = seen.muted.into_iter().map(|what| Left { what, why: "a mute rule holds it back".to_owned() });
        choice.left.extend(muted);
        Found { found, known: old.len(), choice, unseen: seen.unseen }
    }

    fn key(&self, services: &Services, fault: &Fault) -> String {
        let binding = self.bindings.iter().find(|binding| binding.name == fault.binding);
        let settings = &services.settings;
        memory::key(fault, binding.map_or(settings.mode, |binding| binding.mode(settings)))
    }

    fn bounds(&self, services: &Services) -> Bounds {
        let settings = &services.settings;
        let at_once = |binding: &Binding| {
            let most = binding.limits(settings).concurrent?;
            Some((binding.name.clone(), usize::try_from(most).unwrap_or(usize::MAX)))
        };
        Bounds {
            most: usize::try_from(settings.doors.most).unwrap_or(usize::MAX),
            of_binding: self.bindings.iter().filter_map(at_once).collect(),
            settled: SignedDuration::try_from(settings.doors.settled).unwrap_or(SignedDuration::MAX),
            now: wall_clock(),
        }
    }
}

#[async_trait]
impl Handler for FindFaults {
    async fn handle(&self, services: &Services, host: &dyn RunHost, _event: Value) -> Result<Value, BoxError> {
        let started = host.now("started").await?;
        let report = self.run(services, host).await?;
        phase(host, "found", &report.line());
        for left in &report.left {
            phase(host, "left", &format!("{}: {}", left.what, left.why));
        }
        telemetry::counts(host, NAME, &report.counts());
        if let Some(outcome) = report.outcome() {
            let mut record = Record::of(NAME, host.execution(), services.settings.mode, outcome, started);
            record.ended_at = host.now("ended").await?;
            telemetry::outcome(&record);
            publish::outcome(services, host, &record).await?;
        }
        Ok(serde_json::to_value(report)?)
    }

    async fn give_up(&self, services: &Services, execution: &str, reason: &str) -> Result<(), BoxError> {
        let record = report::unfinished(services.settings.mode, execution, reason, wall_clock());
        telemetry::outcome(&record);
        Ok(publish::outcome_directly(services, &record).await?)
    }
}
