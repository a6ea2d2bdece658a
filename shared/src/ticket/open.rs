//! One ticket per fault, whoever else is at the desk at the same time, from its opening to its end.
//!
//! Comes in: a [`Draft`] and who wants it told. Goes out: a [`Ticket`]. Never: two open tickets for one fault,
//! as long as the guard table can be asked. When it cannot, the ticket is opened all the same: two tickets are a
//! nuisance, a missing one is a fault nobody looks at. (The guards before a *change* go the other way.)

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::desk::{Check, Created, Desk, Filed, Found, Moved, State, Ticket, Why};
use super::draft::{Draft, News, Severity};
use super::error::TicketError;
use super::life::{self, Step};
use super::reservation::{self, LEASE, Memory, Seat};
use super::rules::{self, dressed, undressed};
use super::{GitHub, Jira, OpsCenter, PagerDuty, ServiceNow, Slack, Webhook};
use crate::aws::Services;
use crate::host::wall_clock;
use crate::settings::TicketProvider;

/// How long one attempt may take. Shorter than the lease, so that whoever waits for us never waits for nothing.
const ATTEMPT: Duration = LEASE.saturating_sub(Duration::from_secs(5));
/// A desk whose search is late finds by then what it had created when the answer was lost.
const LATE: Duration = Duration::from_secs(120);
/// How often, and after which pauses, such a desk is asked again before it is told to open a ticket once more.
const LOOKS: u32 = 3;
const LOOK: Duration = Duration::from_secs(3);

/// Tells the desk of the settings. Clones share connections and credentials.
#[derive(Clone)]
pub struct Tickets {
    services: Services,
    desk: Arc<dyn Desk>,
    rules: Arc<rules::Keeper>,
}

impl Tickets {
    /// The desk of the settings. Nothing is called yet.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        let desk: Arc<dyn Desk> = match &services.settings.tickets.provider {
            TicketProvider::OpsItem => Arc::new(OpsCenter::new(services)),
            TicketProvider::Jira(settings) => Arc::new(Jira::cloud(services, settings.clone())),
            TicketProvider::JiraDataCenter(settings) => Arc::new(Jira::data_center(services, settings.clone())),
            TicketProvider::ServiceNow(settings) => Arc::new(ServiceNow::new(services, settings)),
            TicketProvider::GitHub(settings) => Arc::new(GitHub::new(services, settings.clone())),
            TicketProvider::PagerDuty(settings) => Arc::new(PagerDuty::new(services, settings)),
            TicketProvider::Webhook(settings) => Arc::new(Webhook::new(services, settings)),
            TicketProvider::Slack(settings) => Arc::new(Slack::new(services, settings)),
        };
        Self { services: services.clone(), desk, rules: Arc::default() }
    }

    /// Opens a ticket, adds to the open one, opens a closed one again, or closes it, as the news asks for. `None`: the
    /// fault is gone, and nobody was ever told of it. `owner` is the execution that asks; asking again as the same
    /// owner, after a crash, goes on where it was.
    ///
    /// # Errors
    /// The desk did not take it. It may have all the same where [`TicketError`] says so; asking again finds it then.
    pub async fn open(&self, draft: &Draft, owner: &str) -> Result<Option<Ticket>, TicketError> {
        if draft.news == News::Healed && reservation::recall(&self.services, draft).await == Ok(None) {
            return Ok(None);
        }
        let draft = &self.dressed(draft).await;
        let (memory, held) = match reservation::take(&self.services, draft, owner).await {
            Seat::Told(id) => return Ok(Some(Ticket { url: self.desk.url(&id), id, filed: Filed::Unchanged })),
            Seat::Ours(memory) => (memory, true),
            Seat::Busy => return Err(TicketError::Busy),
            Seat::Unknown(reason) => {
                tracing::warn!(target: "kintsugi", execution = owner, reason, "opening a ticket without reservation");
                (Memory::default(), false)
            }
        };
        let attempt = timeout(ATTEMPT, self.attempt(draft, owner, memory)).await;
        let unreachable = |elapsed: tokio::time::error::Elapsed| TicketError::Unreachable {
            desk: "the ticket desk",
            source: elapsed.into(),
        };
        match attempt.map_err(unreachable).and_then(|told| told) {
            Ok(Some((ticket, memory))) => {
                reservation::settle(&self.services, draft, owner, held, memory).await;
                Ok(Some(ticket))
            }
            other => {
                reservation::give_back(&self.services, draft, owner).await;
                other.map(|_| None)
            }
        }
    }

    /// Remembers that bad news waits for the desk to come back, so that the end of the fault waits behind it.
    pub async fn waits(&self, draft: &Draft) {
        if draft.news == News::Broken {
            reservation::waits(&self.services, draft).await;
        }
    }

    /// Forgets that.
    pub async fn waits_no_more(&self, draft: &Draft) {
        reservation::waits_no_more(&self.services, draft).await;
    }

    /// Looks whether tickets could be opened, without opening one.
    pub async fn check(&self, draft: &Draft) -> Vec<Check> {
        let rules = self.rules.get(&self.services).await;
        let mut checks = vec![match (&rules, &self.services.settings.tickets.rules) {
            (Ok(_), None) => Check::right("rules", "none are set"),
            (Ok(rules), Some(name)) => {
                Check::right("rules", format!("{name}: {} bindings have wishes of their own", rules.bindings.len()))
            }
            (Err(problem), _) => Check::wrong("rules", problem.clone()),
        }];
        checks.extend(self.desk.check(&self.dressed(draft).await).await);
        checks
    }

    /// Looks for all tickets, and for each binding that has wishes of its own: what is said of a binding, by its name, is
    /// what differs from what is said of all.
    pub async fn look(&self) -> Vec<(Option<String>, Check)> {
        let of_all = self.check(&Draft::sample(None)).await;
        let bindings: Vec<String> = match self.rules.get(&self.services).await {
            Ok(rules) => rules.bindings.into_keys().collect(),
            Err(_) => Vec::new(),
        };
        let mut looks: Vec<(Option<String>, Check)> = of_all.iter().cloned().map(|check| (None, check)).collect();
        for name in bindings {
            let own = self.check(&Draft::sample(Some(&name))).await;
            looks.extend(
                own.into_iter().filter(|check| !of_all.contains(check)).map(|check| (Some(name.clone()), check)),
            );
        }
        looks
    }

    async fn dressed(&self, draft: &Draft) -> Draft {
        match self.rules.get(&self.services).await {
            Ok(rules) => dressed(draft, &rules),
            Err(problem) => {
                tracing::warn!(target: "kintsugi", problem, "a ticket is opened without its rules");
                undressed(draft, &problem)
            }
        }
    }

    async fn attempt(
        &self,
        draft: &Draft,
        owner: &str,
        memory: Memory,
    ) -> Result<Option<(Ticket, Memory)>, TicketError> {
        // What was broken before it was healed is told first, or it would open the ticket again; and whoever opens it later
        // would never hear that the fault is gone.
        if draft.news == News::Healed && memory.waiting {
            return Err(TicketError::Behind);
        }
        let found = self.find(draft, &memory).await?;
        let reopen = self.services.settings.tickets.reopen;
        let step = life::step(draft, &memory, found.as_ref(), reopen, wall_clock());
        match found {
            Some(found) => self.carry_out(step, draft, owner, memory, &found).await.map(Some),
            None if step == Step::Create => self.create(draft, owner, memory).await.map(Some),
            None => Ok(None),
        }
    }

    /// The desk's ticket. A desk whose search is late is asked again where somebody began to open one just now.
    async fn find(&self, draft: &Draft, memory: &Memory) -> Result<Option<Found>, TicketError> {
        let known = memory.known();
        let just_now = memory.attempted.is_some_and(|at| wall_clock().duration_since(at).unsigned_abs() < LATE);
        let looks = if just_now && self.desk.searches_late() { LOOKS } else { 0 };
        for _ in 0..looks {
            if let Some(found) = self.desk.find(draft, known.as_ref()).await? {
                return Ok(Some(found));
            }
            tokio::time::sleep(LOOK).await;
        }
        self.desk.find(draft, known.as_ref()).await
    }

    async fn create(&self, draft: &Draft, owner: &str, before: Memory) -> Result<(Ticket, Memory), TicketError> {
        reservation::attempting(&self.services, draft, owner).await;
        match self.desk.create(draft).await? {
            Created::New(id) => Ok(self.opened(id, draft, before)),
            Created::Exists(id) => {
                let found = Found { id, state: State::Open, urgency: None, silenced: false, closed: None };
                self.say(Step::Tell, draft, before, &found).await
            }
        }
    }

    /// A ticket that tells of this occurrence and of nothing else.
    fn opened(&self, id: String, draft: &Draft, before: Memory) -> (Ticket, Memory) {
        let memory = Memory { ticket: Some(id.clone()), severity: Some(draft.severity), ..Memory::default() };
        let began = draft.began.or(before.began);
        let memory = Memory { kind: draft.kind.clone(), told: before.told, began, ..memory };
        (self.ticket(id, Filed::Created), memory)
    }

    async fn carry_out(
        &self,
        step: Step,
        draft: &Draft,
        owner: &str,
        memory: Memory,
        found: &Found,
    ) -> Result<(Ticket, Memory), TicketError> {
        match step {
            Step::Create => self.create(draft, owner, memory).await,
            Step::Adopt => Ok(self.opened(found.id.clone(), draft, memory)),
            Step::Reopen => self.reopen(draft, owner, memory, found).await,
            Step::Close => self.close(draft, owner, memory, found).await,
            Step::Silence => Ok((self.ticket(found.id.clone(), Filed::Silenced), memory)),
            Step::Leave => Ok((self.ticket(found.id.clone(), Filed::Unchanged), memory)),
            Step::Tell | Step::Summarise | Step::Count | Step::TellHealed => self.say(step, draft, memory, found).await,
        }
    }

    async fn say(
        &self,
        step: Step,
        draft: &Draft,
        memory: Memory,
        found: &Found,
    ) -> Result<(Ticket, Memory), TicketError> {
        let id = &found.id;
        let raised = self.raise(draft, &memory, found).await;
        let severity = raised.or(memory.severity).unwrap_or(draft.severity).min(draft.severity);
        let count = if step == Step::TellHealed { memory.count } else { memory.count + 1 };
        let why = match step {
            Step::Summarise => Why::Many,
            Step::TellHealed => Why::Healed,
            _ => Why::Again,
        };
        let filed = if step == Step::Count {
            Filed::Counted
        } else {
            self.desk.comment(id, draft, &life::note(draft, why, count, severity)).await?;
            Filed::Commented
        };
        let severity = raised.or(memory.severity).or(found.urgency);
        // By us, in an attempt that failed of its words.
        let just_now = (step == Step::TellHealed).then(wall_clock);
        let closed = memory.closed.or(just_now).filter(|_| found.state == State::Done);
        let (kind, began) = (draft.kind.clone(), draft.began.or(memory.began));
        let memory = Memory { ticket: Some(id.clone()), count, kind, severity, began, closed, ..memory };
        Ok((self.ticket(id.clone(), filed), memory))
    }

    /// A desk that does not let us change how urgent a ticket is keeps the ticket all the same.
    async fn raise(&self, draft: &Draft, memory: &Memory, found: &Found) -> Option<Severity> {
        let (from, to) = life::raised(draft, memory, found)?;
        match self.desk.raise(&found.id, draft, from, to).await {
            Ok(()) => Some(to),
            Err(error) => {
                let (ticket, error) = (found.id.as_str(), crate::telemetry::chain(&error));
                tracing::warn!(target: "kintsugi", ticket, error, "a ticket was not made more urgent");
                None
            }
        }
    }

    async fn close(
        &self,
        draft: &Draft,
        owner: &str,
        memory: Memory,
        found: &Found,
    ) -> Result<(Ticket, Memory), TicketError> {
        let id = &found.id;
        // Should it be closed and its words not be taken, a repetition says them.
        reservation::attempting(&self.services, draft, owner).await;
        let severity = memory.severity.unwrap_or(draft.severity);
        let note = life::note(draft, Why::Healed, memory.count, severity);
        match self.desk.close(id, draft, &note).await? {
            Moved::Yes => {
                let closed = Some(wall_clock());
                let memory = Memory { ticket: Some(id.clone()), closed, kind: draft.kind.clone(), ..memory };
                Ok((self.ticket(id.clone(), Filed::Closed), memory))
            }
            Moved::No(reason) if memory.kind == draft.kind => {
                tracing::warn!(target: "kintsugi", ticket = id.as_str(), reason, "a ticket cannot be closed");
                Ok((self.ticket(id.clone(), Filed::Unchanged), memory))
            }
            Moved::No(reason) => {
                let body = draft.body.clone().paragraph(format!("It was not closed by itself: {reason}"));
                let draft = Draft { body, ..draft.clone() };
                self.say(Step::TellHealed, &draft, memory, found).await
            }
        }
    }

    async fn reopen(
        &self,
        draft: &Draft,
        owner: &str,
        memory: Memory,
        found: &Found,
    ) -> Result<(Ticket, Memory), TicketError> {
        let id = &found.id;
        let count = memory.count + 1;
        let severity = found.urgency.or(memory.severity).unwrap_or(draft.severity).min(draft.severity);
        let note = life::note(draft, Why::Back, count, severity);
        match self.desk.reopen(id, draft, &note).await? {
            Moved::Yes => {
                let reopened = memory.reopened + u64::from(memory.closed.is_none());
                let severity = found.urgency.or(memory.severity);
                let (kind, began) = (draft.kind.clone(), draft.began.or(memory.began));
                let ticket = Some(id.clone());
                let memory = Memory { ticket, count, kind, severity, began, reopened, closed: None, ..memory };
                Ok((self.ticket(id.clone(), Filed::Reopened), memory))
            }
            Moved::No(reason) => {
                let before = format!("The ticket {id} was about the same fault and cannot be opened again: {reason}");
                let draft = Draft { body: draft.body.clone().paragraph(before), ..draft.clone() };
                self.create(&draft, owner, memory).await
            }
        }
    }

    fn ticket(&self, id: String, filed: Filed) -> Ticket {
        Ticket { url: self.desk.url(&id), id, filed }
    }
}
