//! Event to outcome, step by step, each step under a stable name.

use engine::{Execution, HostError};
use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::again::{self, Next};
use super::perform::{self, Runbook};
use super::{Decision, Recognised, Remediation, Run, approve, conclude, verify};
use crate::aws::Services;
use crate::catalogue::CatalogueError;
use crate::event::{self, EventError};
use crate::guard::{self, Grant, Refusal, Request};
use crate::host::{RunHost, recorded, wall_clock};
use crate::incident::Incident;
use crate::outcome::{NOTHING, Outcome, UNFINISHED};
use crate::publish;
use crate::record::{Action, Record};
use crate::settings::Mode;
use crate::telemetry::{self, chain, phase};

/// The walk could not be ended. The record so far says how far it came.
#[derive(Debug, Error)]
pub enum Unfinished {
    /// The host could not go on.
    #[error("the execution stopped")]
    Host(#[from] HostError),
    /// The outcome could be told to nobody, not even to the dead-letter queue.
    #[error("the outcome could not be published")]
    Publish(#[from] publish::PublishError),
}

/// What is told to people when the walk itself could not tell them, and why it could not go on.
#[must_use]
pub fn unfinished(function: &str, services: &Services, execution: &str, reason: &str) -> Record {
    let by_hand = vec![
        format!("Look at the execution {execution} for the steps that were done."),
        "Check that the resource is as it should be. Its lock bars nobody: an execution that has ended loses it."
            .to_owned(),
    ];
    let outcome = Outcome::Failed { step: UNFINISHED.into(), cause: reason.to_owned(), by_hand };
    Record::of(function, execution, services.settings.mode, outcome, wall_clock())
}

/// Walks one event from its text to its outcome, and publishes the outcome.
///
/// # Errors
/// [`Unfinished`]; every other trouble is an [`Outcome`].
pub async fn handle<R: Remediation>(
    remediation: &R,
    services: &Services,
    host: &dyn RunHost,
    event: &Value,
) -> Result<Record, Unfinished> {
    let started_at = host.now("started").await?;
    let mut walk = Walk { remediation, services, host, record: begun(R::NAME, services, host, started_at) };
    walk.record.outcome = walk.outcome(event).await?;
    // Who was told that people are asked is told what came of it.
    walk.record.needs_ticket = walk.record.outcome.needs_ticket() || walk.record.approval.is_some();
    walk.record.ended_at = host.now("ended").await?;
    telemetry::outcome(&walk.record);
    publish::outcome(services, host, &walk.record).await?;
    Ok(walk.record)
}

/// What is known before anything is.
fn begun(function: &str, services: &Services, host: &dyn RunHost, at: Timestamp) -> Record {
    let nothing = Outcome::AlreadyHealthy { reason: String::new() };
    Record::of(function, host.execution(), services.settings.mode, nothing, at)
}

pub(super) struct Walk<'a, R> {
    pub(super) remediation: &'a R,
    pub(super) services: &'a Services,
    pub(super) host: &'a dyn RunHost,
    pub(super) record: Record,
}

impl<R: Remediation> Walk<'_, R> {
    pub(super) fn tell(&self, name: &str, message: &str) {
        phase(self.host, name, message);
    }

    async fn outcome(&mut self, event: &Value) -> Result<Outcome, Unfinished> {
        let trigger = event::parse(event);
        let own = trigger.as_ref().ok().and_then(|trigger| guard::own_doing(&self.services.settings, trigger));
        if let Some(refusal) = own {
            return Ok(refused(refusal));
        }
        let recognised = match (self.remediation.bound(event), trigger) {
            (Some(recognised), _) => recognised,
            (None, Ok(trigger)) => self.remediation.recognise(&trigger),
            (None, Err(error)) => return self.not_understood(event, &error).await,
        };
        let incident = match recognised {
            Recognised::Incident(incident) => incident,
            Recognised::Healthy(incident, reason) => {
                self.record.incident = Some(incident);
                return Ok(Outcome::AlreadyHealthy { reason });
            }
            Recognised::Refused(incident, refusal) => {
                self.record.incident = Some(incident);
                return Ok(refused(refusal));
            }
            Recognised::OurOwn => return Ok(our_own()),
        };
        self.tell("incident", &incident.summary);
        self.record.incident = Some(incident.clone());
        if let Some(refusal) = elsewhere(&incident, &self.services.region(), self.host.execution()) {
            return Ok(refused(refusal));
        }
        self.look_and_decide(&incident).await
    }

    /// What nobody can read is kept in the dead-letter queue, and a person hears of it.
    async fn not_understood(&mut self, event: &Value, error: &EventError) -> Result<Outcome, Unfinished> {
        let cause = chain(error);
        self.tell("incident", &format!("the event cannot be understood: {cause}"));
        publish::dead_letter(self.services, self.host, R::NAME, event, &cause).await?;
        let by_hand = vec![
            "The event is kept in the dead-letter queue.".to_owned(),
            format!("Correct what sends it, or invoke {} with a corrected event.", R::NAME),
        ];
        Ok(Outcome::Failed { step: "event".into(), cause, by_hand })
    }

    /// Looks at the resource, and decides.
    pub(super) async fn decide(&self, incident: &Incident, op: &str) -> Result<Decision, HostError> {
        let (remediation, of) = (self.remediation.clone(), incident.clone());
        let seen = recorded(self.host, op, async move { remediation.observe(&of).await }).await?;
        Ok(match &seen {
            Ok(observed) => self.remediation.decide(incident, observed),
            Err(unseen) => Decision::Refuse(Refusal { guard: "target".into(), reason: unseen.to_string() }),
        })
    }

    async fn look_and_decide(&mut self, incident: &Incident) -> Result<Outcome, Unfinished> {
        match self.decide(incident, "observe").await? {
            Decision::Run(run) => self.run(incident, &run).await,
            Decision::AlreadyHealthy(reason) => Ok(Outcome::AlreadyHealthy { reason }),
            Decision::Advise { diagnosis, advice } => Ok(Outcome::Advised { diagnosis, advice }),
            Decision::Refuse(refusal) => self.refuse(incident, refusal).await,
        }
    }

    /// What is refused for the state it is in may be in that state because another delivery is putting it right.
    async fn refuse(&self, incident: &Incident, refusal: Refusal) -> Result<Outcome, Unfinished> {
        let another = guard::dealt_with(self.host, self.services, R::NAME, incident).await?;
        Ok(refused(another.unwrap_or(refusal)))
    }

    async fn run(&mut self, incident: &Incident, run: &Run) -> Result<Outcome, Unfinished> {
        self.tell("decision", &run.change);
        let runbook = match Runbook::of(run) {
            Ok(runbook) => runbook,
            Err(error) => return Ok(broken(&error)),
        };
        self.record.action = Some(Action { runbook: runbook.binding.runbook.clone(), ..Action::default() });
        self.decided(run);
        let mode = runbook.binding.mode(&self.services.settings);
        self.record.mode = mode;
        let policy = match self.policy(&runbook.binding, mode).await? {
            Ok(policy) => policy,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let limits = runbook.binding.limits(&self.services.settings);
        let request = Request {
            function: R::NAME,
            incident,
            resource: &run.resource,
            scope: &run.scope,
            mode,
            binding: &runbook.binding.name,
            limits: &limits,
            waits: policy.as_ref().map(approve::longest).unwrap_or_default(),
        };
        let limit = self.services.time_limit(mode, runbook.binding.takes_up_to);
        if let Err(refusal) = limit {
            return Ok(refused(refusal));
        }
        let asked = guard::ask(self.host, self.services, &request, &mut self.record.guards).await?;
        for note in &self.record.guards {
            let said = if note.passed { "yes" } else { "no" };
            self.tell("guard", &format!("{} says {said}: {}", note.guard, note.note));
        }
        let outcome = match asked {
            Ok(Grant::Plan) => perform::plan(self.host, incident, run, &runbook).await.map_err(Unfinished::from),
            Ok(Grant::Ask) => match self.ask(incident, run, &runbook, policy, &request).await {
                Ok(Err(refusal)) => return self.refused_for_now(incident, mode, refusal).await,
                Ok(Ok(outcome)) => Ok(outcome),
                Err(unfinished) => Err(unfinished),
            },
            Ok(Grant::Change(permit)) => self.change(incident, run, &runbook, &permit).await,
            Err(refusal) => return self.refused_for_now(incident, mode, refusal).await,
        };
        match outcome {
            Ok(outcome) => {
                let released = guard::release(self.host, self.services, &request, &outcome).await?;
                self.record.guards.extend(released.notes());
                Ok(outcome.with(released.said()))
            }
            Err(unfinished) => {
                // Nothing can be recorded any more, but the next fault must not find the way barred until the lease ends.
                guard::release_directly(self.host, self.services, &request).await;
                Err(unfinished)
            }
        }
    }

    /// What is refused, perhaps only for now, and then to be found again.
    async fn refused_for_now(&self, incident: &Incident, mode: Mode, refusal: Refusal) -> Result<Outcome, Unfinished> {
        guard::find_again(self.host, self.services, R::NAME, mode, incident, &refusal).await?;
        Ok(refused(refusal))
    }

    /// Records what is to be run.
    pub(super) fn decided(&mut self, run: &Run) {
        let Some(action) = &mut self.record.action else { return };
        (action.parameters, action.change) = (run.parameters.clone(), run.change.clone());
        (action.by_hand, action.irreversible) = (run.by_hand.clone(), run.irreversible.clone());
    }

    pub(super) async fn change(
        &mut self,
        incident: &Incident,
        run: &Run,
        runbook: &Runbook,
        permit: &guard::Permit,
    ) -> Result<Outcome, Unfinished> {
        let (done, next) = match self.perform(incident, run, runbook, permit).await? {
            Ok(performed) => performed,
            Err(outcome) => return Ok(outcome),
        };
        let cut_off = self.record.cut_off.as_ref();
        let ended = conclude::run(&done, cut_off, runbook, &run.by_hand, self.host.engine());
        self.record.run = Some(done);
        match (ended, next) {
            (_, Next::Well(reason)) => Ok(Outcome::AlreadyHealthy { reason }),
            (Some(outcome), Next::Stands | Next::Again) => Ok(outcome),
            (Some(_), Next::Healed) => {
                self.verify(incident, run, runbook, permit, "; a call of it was cut off, and the fault is gone").await
            }
            (None, _) => self.verify(incident, run, runbook, permit, "").await,
        }
    }

    /// Runs it, and once more where that was cut off. The last run and what comes next, or the outcome where none could begin.
    async fn perform(
        &mut self,
        incident: &Incident,
        run: &Run,
        runbook: &Runbook,
        permit: &guard::Permit,
    ) -> Result<Result<(Execution, Next), Outcome>, Unfinished> {
        let (host, poll) = (self.host, self.services.settings.poll);
        let perform = |name| perform::run(permit, host, poll, incident, runbook, &run.parameters, name);
        let not_begun = |cause, cut_off| conclude::not_begun(cause, cut_off, runbook, &run.by_hand, host.engine());
        let first = match perform("run").await? {
            Ok(first) => first,
            Err(cause) => return Ok(Err(not_begun(cause, None))),
        };
        let next = self.next(incident, run, runbook, &first).await?;
        if next != Next::Again {
            return Ok(Ok((first, next)));
        }
        match perform(again::SECOND).await? {
            Ok(second) => {
                self.record.cut_off = Some(first);
                Ok(Ok((second, next)))
            }
            Err(cause) => {
                let outcome = not_begun(cause, Some(&first));
                self.record.run = Some(first);
                Ok(Err(outcome))
            }
        }
    }

    /// Looks whether the fault is gone, and goes back if it is not and the binding says so. `besides` is said of the change.
    async fn verify(
        &mut self,
        incident: &Incident,
        run: &Run,
        runbook: &Runbook,
        permit: &guard::Permit,
        besides: &str,
    ) -> Result<Outcome, Unfinished> {
        let (patience, names) = (runbook.binding.patience, verify::OF_THE_RUN);
        let verified = verify::healed(self.remediation, self.services, self.host, incident, patience, names).await?;
        self.record.verification = Some(verified.clone());
        if verified.healed {
            return Ok(Outcome::Remediated { change: format!("{}{besides}", run.change) });
        }
        let Some(back) = conclude::undo_parameters(run, runbook) else {
            return Ok(conclude::not_healed(&verified, None, &run.by_hand));
        };
        let poll = self.services.settings.poll;
        let undone = perform::run(permit, self.host, poll, incident, runbook, back, "undo").await?;
        let outcome = conclude::not_healed(&verified, Some(&undone), &run.by_hand);
        self.record.undo = undone.ok();
        Ok(outcome)
    }
}

pub(super) fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused { guard: refusal.guard, reason: refusal.reason }
}

fn our_own() -> Outcome {
    let reason = "the event is an outcome of Kintsugi itself, which is no incident".to_owned();
    Outcome::Refused { guard: "own-doing".into(), reason }
}

fn broken(error: &CatalogueError) -> Outcome {
    Outcome::Failed { step: "catalogue".into(), cause: chain(error), by_hand: vec![NOTHING.into()] }
}

/// A resource in another Region or account than ours is not ours to reach. The account is known where the execution
/// has an ARN, which is to say on AWS.
fn elsewhere(incident: &Incident, region: &str, execution: &str) -> Option<Refusal> {
    let account = execution.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(3)).unwrap_or(&incident.account);
    (incident.region != region || incident.account != account).then(|| Refusal {
        guard: "target".into(),
        reason: format!(
            "it is in {} of account {}, this function works in {region} of {account}; deploy the stack there",
            incident.region, incident.account
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Delivery;

    #[test]
    fn a_resource_in_another_region_or_account_is_not_reached_for() {
        let incident = Incident {
            fingerprint: String::new(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            noticed_by: String::new(),
            resource: None,
            summary: String::new(),
            since: None,
            event: None,
            binding: None,
            given: Default::default(),
            delivery: Delivery::Sns,
        };
        let ours = "arn:aws:lambda:eu-west-1:111122223333:function:f:1/durable-execution/x/y";
        let another = "arn:aws:lambda:eu-west-1:444455556666:function:f:1/durable-execution/x/y";
        assert_eq!(elsewhere(&incident, "eu-west-1", ours), None);
        assert_eq!(elsewhere(&incident, "eu-west-1", "a-request-id"), None);
        assert!(elsewhere(&incident, "us-east-1", ours).is_some());
        assert!(elsewhere(&incident, "eu-west-1", another).is_some());
    }
}
