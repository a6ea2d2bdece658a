//! Plays one case in one lane, and collects what it left.
//!
//! Comes in: a scene, a case, a lane of a running stack. Goes out: [`Evidence`]. Never: something left behind for the
//! next case: resource, tickets, faults and stop switch are put away.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::record::Record;
use world::bus::log::DeliveryState;
use world::gateway::journal::Filter;
use world::operator::Operator;
use world::stack::{Invocation, Stack};

use super::Trouble;
use super::case::{Case, Deliveries};
use super::evidence::{Delivered, Evidence, Ticket};
use super::lane::Lane;
use super::letters::Letters;
use super::scene::{Place, Prop, Scene};

/// The guard table of the template.
const TABLE: &str = "kintsugi-GuardTable";
/// A run with its way back, verification and the clients' whole patience, on a loaded machine.
const WITHIN: Duration = Duration::from_secs(150);

/// Everything a case is played with.
pub struct Player<'a> {
    /// The local world.
    pub stack: &'a Stack,
    /// Plain API calls.
    pub operator: Operator,
    /// The dead-letter queue.
    pub letters: &'a Letters,
}

impl Player<'_> {
    fn place(&self) -> Place<'_> {
        Place { stack: self.stack, operator: &self.operator }
    }

    /// What a scene needs once.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn prepare(&self, scene: &dyn Scene) -> Result<(), Trouble> {
        scene.prepare(self.place()).await
    }

    /// Sets the stop switch of a lane to `run`.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn let_run(&self, lane: &Lane) -> Result<(), Trouble> {
        let set = json!({ "Name": lane.switch, "Value": "run", "Type": "String", "Overwrite": true });
        self.moto("ssm", "PutParameter", set).await.map(drop)
    }

    /// Plays a case.
    ///
    /// # Errors
    /// It cannot be set up, or what it left cannot be read; that says nothing about the rules.
    pub async fn play(&self, scene: &dyn Scene, case: &Case, lane: &Lane, name: &str) -> Result<Evidence, Trouble> {
        let prop = scene.make(self.place(), name).await?;
        let (started, since) = (Instant::now(), self.stack.journal_end());
        let told = std::fs::metadata(self.stack.log(&lane.name)).map_or(0, |log| log.len());
        self.hold(case, &prop).await?;
        self.stack.set_named_faults(&lane.name, case.script(&lane.name, &lane.switch))?;
        let delivered = self.deliver(case, lane, &prop).await;
        let disturbed = self.stack.gateway().faults().made(&lane.name).iter().all(|made| *made > 0);
        self.stack.set_named_faults(&lane.name, json!({ "rules": [] }))?;
        self.let_run(lane).await?;
        let evidence = Evidence {
            case: case.clone(),
            lane: lane.name.clone(),
            delivered: delivered?,
            condition: scene.see(self.place(), &prop).await?,
            journal: self.journal(lane, since),
            tickets: self.tickets(&prop).await?,
            lock: self.lock(&prop).await?,
            log: self.log(lane, told)?,
            disturbed,
            seconds: started.elapsed().as_secs_f64(),
            prop,
        };
        self.put_away(scene, &evidence).await?;
        Ok(evidence)
    }

    async fn deliver(&self, case: &Case, lane: &Lane, prop: &Prop) -> Result<Vec<Delivered>, Trouble> {
        let times = match case.deliveries {
            Deliveries::Racing => 2,
            Deliveries::Ten => 10,
            _ => 1,
        };
        let mut invocations = Vec::new();
        for event in prop.events.iter().cycle().take(times) {
            invocations.push(self.stack.invoke(&lane.name, event).await?);
        }
        let mut delivered = Vec::new();
        for invocation in &invocations {
            delivered.push(self.follow(invocation).await?);
        }
        Ok(delivered)
    }

    /// To its end, and to the end of what its outcome sets going.
    async fn follow(&self, invocation: &Invocation) -> Result<Delivered, Trouble> {
        let ended = self.stack.runner().finish(invocation, WITHIN).await;
        if ended.is_err() {
            self.give_up(invocation).await?;
        }
        let outcomes = self.outcomes(&invocation.id).await?;
        let letters = self.letters.of(&self.stack.gateway().cloud().moto, &invocation.id).await?;
        let (status, error) = match ended {
            Ok(execution) => (Some(execution.status), execution.error.map(|(kind, why)| format!("{kind}: {why}"))),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(Delivered { execution: invocation.id.clone(), status, error, outcomes, letters })
    }

    /// An execution that does not end must not go on in the next case.
    async fn give_up(&self, invocation: &Invocation) -> Result<(), Trouble> {
        self.stack.runner().stop(invocation).await?;
        Ok(self.stack.restart_function(&invocation.function, &Default::default())?)
    }

    async fn outcomes(&self, execution: &str) -> Result<Vec<Record>, Trouble> {
        let log = self.stack.gateway().cloud().bus.log();
        let of = |event: &Value| event["source"] == "kintsugi" && event["detail"]["execution"] == execution;
        let events = log.find(|emitted| of(&emitted.event).then(|| emitted.event.clone()));
        let mut records = Vec::new();
        for event in events.into_iter().rev() {
            self.carried(event["id"].as_str().unwrap_or_default()).await?;
            records.push(serde_json::from_value(event["detail"].clone())?);
        }
        Ok(records)
    }

    /// Waits until the event has been taken by everybody it is for.
    async fn carried(&self, event: &str) -> Result<(), Trouble> {
        let log = self.stack.gateway().cloud().bus.log();
        let end = Instant::now() + WITHIN;
        while log.deliveries_of(event).iter().any(|delivery| delivery.state == DeliveryState::InProgress) {
            if Instant::now() > end {
                return Err(format!("nobody takes the outcome {event}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    fn journal(&self, lane: &Lane, since: u64) -> Vec<world::gateway::journal::Entry> {
        let own = Filter { since: Some(since), caller: Some(lane.name.clone()), ..Filter::default() };
        self.stack.journal(&own)
    }

    fn log(&self, lane: &Lane, from: u64) -> Result<String, Trouble> {
        let log = std::fs::read(self.stack.log(&lane.name))?;
        let from = usize::try_from(from)?.min(log.len());
        Ok(String::from_utf8_lossy(&log[from..]).into_owned())
    }

    async fn tickets(&self, prop: &Prop) -> Result<Vec<Ticket>, Trouble> {
        let mut tickets = Vec::new();
        // Every title names the resource; the tickets of other lanes come and go meanwhile.
        for ticket in self.operator.see_tickets().await?.into_iter().filter(|ticket| ticket.title.contains(&prop.id)) {
            let item = self.operator.call("ssm", "GetOpsItem", json!({ "OpsItemId": ticket.id })).await?;
            tickets.push(Ticket { id: ticket.id, text: item.to_string() });
        }
        Ok(tickets)
    }

    async fn lock(&self, prop: &Prop) -> Result<Option<Value>, Trouble> {
        let get = json!({ "TableName": TABLE, "Key": lock_key(prop), "ConsistentRead": true });
        let item = self.moto("dynamodb", "GetItem", get).await?["Item"].take();
        Ok(item.is_object().then_some(item))
    }

    /// The lock of an execution that died with it.
    async fn hold(&self, case: &Case, prop: &Prop) -> Result<(), Trouble> {
        const FUTURE: &str = "32503680000";
        const PAST: &str = "1000000000";
        let ended = self.stack.invocations().first().map(|invocation| invocation.id.clone());
        let (owner, expires) = match case.deliveries {
            Deliveries::AfterDeadHolder => ("an-execution-nobody-knows".to_owned(), FUTURE),
            Deliveries::AfterEndedHolder => (ended.ok_or("no execution has ended yet")?, FUTURE),
            Deliveries::AfterDeadLease => ("an-execution-nobody-knows".to_owned(), PAST),
            Deliveries::One | Deliveries::Racing | Deliveries::Ten => return Ok(()),
        };
        let mut item = lock_key(prop);
        item["owner"] = json!({ "S": owner });
        item["expiresAt"] = json!({ "N": expires });
        self.moto("dynamodb", "PutItem", json!({ "TableName": TABLE, "Item": item })).await.map(drop)
    }

    async fn put_away(&self, scene: &dyn Scene, evidence: &Evidence) -> Result<(), Trouble> {
        for ticket in &evidence.tickets {
            self.operator.call("ssm", "DeleteOpsItem", json!({ "OpsItemId": ticket.id })).await?;
        }
        scene.clear(self.place(), &evidence.prop).await
    }

    async fn moto(&self, service: &str, api: &str, input: Value) -> Result<Value, Trouble> {
        Ok(self.stack.gateway().cloud().moto.call(service, api, input).await?)
    }
}

fn lock_key(prop: &Prop) -> Value {
    json!({ "pk": { "S": format!("lock#{}/{}", prop.kind, prop.id) } })
}
