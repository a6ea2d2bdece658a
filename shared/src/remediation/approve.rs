//! Mode approve: the plan is made, people are asked, and only for a plan that is still the same is anything changed.
//!
//! Comes in: a decision to run something, and who must agree. Goes out: the outcome. Never: a change that nobody agreed
//! to, or that is another by now; a question without end.

use std::time::Duration;

use engine::{HostError, Plan};
use jiff::Timestamp;

use super::handle::{Unfinished, Walk, refused};
use super::perform::{self, Runbook};
use super::{Decision, Remediation, Run};
use crate::approval::ask::{self, Announce};
use crate::approval::{Approval, Change, OnTimeout, Policy, State, cost, risk, rules, store};
use crate::catalogue::Binding;
use crate::guard::{self, Refusal, Request};
use crate::host::recorded;
use crate::incident::Incident;
use crate::outcome::Outcome;
use crate::record::{Asked, GuardNote};
use crate::settings::Mode;
use crate::{publish, telemetry};

/// How often people are asked when the world changes while they decide. More only tires them.
const ROUNDS: u32 = 3;

/// The longest that people may take, all questions together.
pub(super) fn longest(policy: &Policy) -> Duration {
    Duration::from_secs(policy.longest()) * ROUNDS
}

/// What people are asked for.
struct Wanted {
    run: Run,
    plan: Plan,
}

/// What to do about a question without a yes.
const AGAIN: &str = "to have people asked once more, send the event again";

/// What people came to.
enum Verdict {
    Yes,
    No(Refusal),
}

impl<R: Remediation> Walk<'_, R> {
    /// Who must agree; nobody unless the mode asks for it. Who they are is read now: the rules may change at any time.
    pub(super) async fn policy(
        &self,
        binding: &Binding,
        mode: Mode,
    ) -> Result<Result<Option<Policy>, Refusal>, HostError> {
        if mode != Mode::Approve {
            return Ok(Ok(None));
        }
        let nobody =
            |why: String| refusal(format!("nobody can be asked: {why}; when that is mended, send the event again"));
        if let Some(lack) = self.services.settings.approvals.lacks() {
            return Ok(Err(nobody(lack.to_owned())));
        }
        let services = self.services.clone();
        let read = async move { rules::read(&services).await.map_err(|error| telemetry::chain(&error)) };
        let rules = recorded(self.host, "approval/rules", read).await?;
        let policy = rules.and_then(|rules| Policy::of(binding.approval.as_ref(), &rules).map_err(|e| e.to_string()));
        Ok(policy.map(Some).map_err(nobody))
    }

    /// Asks, and changes what was agreed to. An inner refusal is a guard's, asked after people: nothing is held then.
    pub(super) async fn ask(
        &mut self,
        incident: &Incident,
        run: &Run,
        runbook: &Runbook,
        policy: Option<Policy>,
        request: &Request<'_>,
    ) -> Result<Result<Outcome, Refusal>, Unfinished> {
        let Some(policy) = policy else {
            return Ok(Err(refusal("nobody is named who may approve; name them, then send the event again")));
        };
        let plan = match perform::planned(self.host, incident, run, runbook).await? {
            Ok(plan) => plan,
            Err(outcome) => return Ok(Ok(outcome)),
        };
        let mut wanted = Wanted { run: run.clone(), plan };
        for round in 1..=ROUNDS {
            if let Some(failing) = wanted.plan.failing() {
                let why = format!(
                    "the plan fails at {} as things are now; mend that, then send the event again",
                    failing.step
                );
                return Ok(Ok(refused(refusal(why))));
            }
            if let Verdict::No(refusal) = self.people(incident, &wanted, &policy, round).await? {
                return Ok(Ok(refused(refusal)));
            }
            // The stop switch, the lock and the budget are asked now: before, nobody knew when it would be.
            let permit = match guard::admit(self.host, self.services, request, &mut self.record.guards).await? {
                Ok(permit) => permit,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let now = match self.again(incident, &wanted.run, runbook, round).await? {
                Ok(now) => now,
                Err(outcome) => return Ok(Ok(outcome)),
            };
            if now.plan.hash == wanted.plan.hash {
                return self.change(incident, &now.run, runbook, &permit).await.map(Ok);
            }
            self.void(round, &now).await?;
            guard::step_back(self.host, self.services, request).await?;
            self.decided(&now.run);
            wanted = now;
        }
        Ok(Ok(refused(refusal(format!(
            "the resource changed {ROUNDS} times while people decided on it; when it is at rest, send the event again"
        )))))
    }

    /// Looks, decides and plans once more. `Err` is the outcome when there is nothing to ask for any more.
    async fn again(
        &self,
        incident: &Incident,
        before: &Run,
        runbook: &Runbook,
        round: u32,
    ) -> Result<Result<Wanted, Outcome>, Unfinished> {
        let run = match self.decide(incident, &format!("approval/{round}/observe")).await? {
            Decision::Run(run) if run.resource == before.resource && run.binding == before.binding => run,
            Decision::Run(_) => {
                return Ok(Err(refused(refusal(format!("another resource or runbook is decided on by now; {AGAIN}")))));
            }
            Decision::Advise { .. } => {
                return Ok(Err(refused(refusal(
                    "only people can put it right by now; send the event again to be told how",
                ))));
            }
            Decision::AlreadyHealthy(reason) => return Ok(Err(Outcome::AlreadyHealthy { reason })),
            Decision::Refuse(refusal) => return Ok(Err(refused(refusal))),
        };
        let plan = perform::planned(self.host, incident, &run, runbook).await?;
        Ok(plan.map(|plan| Wanted { run: *run, plan }))
    }

    /// The approval was for another world: it is worth nothing any more, and the next question says what is so now.
    async fn void(&mut self, round: u32, now: &Wanted) -> Result<(), HostError> {
        let Some(asked) = &mut self.record.approval else { return Ok(()) };
        asked.state = State::Void;
        let (services, id) = (self.services.clone(), asked.id.clone());
        let op = format!("approval/{round}/void");
        let voided = recorded(self.host, &op, async move { store::void(&services, &id).await.is_ok() }).await?;
        let said = format!("the resource changed while people decided; asked again for: {}", now.run.change);
        self.tell("approval", &said);
        self.note(false, if voided { said } else { format!("{said} (the old question could not be marked)") });
        Ok(())
    }

    /// Asks everybody the policy names, and those it escalates to.
    async fn people(
        &mut self,
        incident: &Incident,
        wanted: &Wanted,
        policy: &Policy,
        round: u32,
    ) -> Result<Verdict, HostError> {
        let verdict = self.question(incident, wanted, policy, &format!("approval/{round}")).await?;
        match verdict {
            Err(refusal) => Ok(Verdict::No(refusal)),
            Ok(approval) if approval.state == State::Expired => match policy.escalated() {
                Some(next) => {
                    self.note(false, format!("no answer of {} until {}", policy.who(), approval.expires_at));
                    let op = format!("approval/{round}/escalated");
                    let verdict = self.question(incident, wanted, &next, &op).await?;
                    Ok(verdict.map_or_else(Verdict::No, |approval| self.verdict(&approval)))
                }
                None => Ok(self.verdict(&approval)),
            },
            Ok(approval) => Ok(self.verdict(&approval)),
        }
    }

    async fn question(
        &mut self,
        incident: &Incident,
        wanted: &Wanted,
        policy: &Policy,
        op: &str,
    ) -> Result<Result<Approval, Refusal>, HostError> {
        let mut question = question(R::NAME, self.host.execution(), incident, wanted, policy, op);
        let irreversible = self.record.action.as_ref().and_then(|action| action.irreversible.as_ref());
        question.risk_reasons.extend(irreversible.map(|why| format!("it cannot be undone: {why}")));
        self.tell("approval", &format!("asks {} for: {}", policy.who(), wanted.run.change));
        let announce = self.announce(wanted);
        let answer = ask::ask(self.host, self.services, op, question, announce).await?;
        Ok(match answer {
            Ok(approval) => {
                self.tell("approval", approval.state.word());
                self.record.approval = Some(Asked::of(&approval, &self.page()));
                Ok(approval)
            }
            Err(problem) => Err(refusal(problem)),
        })
    }

    fn page(&self) -> String {
        self.services.settings.approvals.url.clone().unwrap_or_default()
    }

    /// The same event as of any outcome, at the moment of asking: the ticket is opened by it.
    fn announce(&self, wanted: &Wanted) -> Announce {
        let (services, mut record, page) = (self.services.clone(), self.record.clone(), self.page());
        let request = wanted.run.change.clone();
        Box::new(move |approval| {
            Box::pin(async move {
                record.outcome = Outcome::AwaitingApproval { request };
                record.approval = Some(Asked::of(&approval, &page));
                record.needs_ticket = true;
                record.ended_at = approval.asked_at;
                telemetry::outcome(&record);
                publish::outcome_directly(&services, &record).await.map_err(|error| telemetry::chain(&error))
            })
        })
    }

    fn verdict(&mut self, approval: &Approval) -> Verdict {
        let who = approval.policy.who();
        let names = || approval.decisions.iter().map(|d| d.approver.as_str()).collect::<Vec<_>>().join(", ");
        let no = match (approval.state, &approval.policy.on_timeout) {
            (State::Approved, _) => {
                self.note(true, format!("{} agreed", names()));
                return Verdict::Yes;
            }
            (State::Expired, OnTimeout::Proceed) => {
                self.note(true, format!("no answer of {who} until {}; it is to be done then", approval.expires_at));
                return Verdict::Yes;
            }
            (State::Rejected, _) => approval.objection(),
            (State::Expired, _) => format!("no answer of {who} until {}; {AGAIN}", approval.expires_at),
            (State::Open | State::Void, _) => format!("the question was taken back; {AGAIN}"),
        };
        self.note(false, no.clone());
        Verdict::No(refusal(no))
    }

    fn note(&mut self, passed: bool, note: String) {
        self.record.guards.push(GuardNote { guard: "approval".to_owned(), passed, note });
    }
}

fn refusal(reason: impl Into<String>) -> Refusal {
    Refusal { guard: "approval".into(), reason: reason.into() }
}

fn question(
    function: &str,
    execution: &str,
    incident: &Incident,
    wanted: &Wanted,
    policy: &Policy,
    op: &str,
) -> Approval {
    let writes: Vec<Change> = wanted.plan.writes().map(change).collect();
    let (risk, risk_reasons) = risk::of(&writes);
    Approval {
        id: ask::id(execution, op),
        function: function.to_owned(),
        execution: execution.to_owned(),
        summary: incident.summary.clone(),
        resource: Some(wanted.run.resource.clone()),
        account: incident.account.clone(),
        region: incident.region.clone(),
        change: wanted.run.change.clone(),
        plan: perform::lines(&wanted.plan),
        cost: cost::of(&writes, &incident.region),
        writes,
        plan_hash: wanted.plan.hash.clone(),
        risk,
        risk_reasons,
        policy: policy.clone(),
        decisions: vec![],
        state: State::Open,
        // Both are said when it is asked.
        asked_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
        callback: String::new(),
        told: false,
    }
}

fn change(step: &engine::PlannedStep) -> Change {
    let trimmed = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
    Change {
        step: step.step.clone(),
        service: trimmed(&step.service),
        api: trimmed(&step.api).unwrap_or_else(|| step.action.clone()),
        input: step.input.clone(),
        before: step.before.clone(),
        when: step.when.clone(),
    }
}
