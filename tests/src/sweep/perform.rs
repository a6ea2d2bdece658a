//! Plays one case in one lane, and collects what it left.
//!
//! Comes in: a scene, a case, a lane of a running stack. Goes out: [`Evidence`]. Never: something left behind for the
//! next case: resource, tickets, faults and stop switch are put away.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::outcome::Outcome;
use shared::record::Record;
use world::bus::log::DeliveryState;
use world::gateway::journal::Filter;
use world::operator::Operator;
use world::stack::{Invocation, Stack};

use super::Trouble;
use super::approvers::{Approvers, rules};
use super::case::{Case, Deliveries, Told};
use super::evidence::{Delivered, Evidence, Ticket};
use super::lane::Lane;
use super::letters::Letters;
use super::scene::{Place, Prop, Scene};

/// What the names of props begin with; a number of five digits and a letter follow.
pub const PROP: &str = "sweep-";
/// The guard table of the template.
const TABLE: &str = "kintsugi-GuardTable";
/// A run with its way back, verification (of the most patient binding) and the clients' whole patience, on a loaded
/// machine.
const WITHIN: Duration = Duration::from_secs(300);

/// Everything a case is played with.
pub struct Player<'a> {
    /// The local world.
    pub stack: &'a Stack,
    /// Plain API calls.
    pub operator: Operator,
    /// The dead-letter queue.
    pub letters: &'a Letters,
    /// Whoever is asked.
    pub approvers: &'a Approvers<'a>,
}

impl Player<'_> {
    fn place(&self) -> Place<'_> {
        Place { stack: self.stack, operator: &self.operator }
    }

    /// Sets the stop switch of a lane to `run`.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn let_run(&self, lane: &Lane) -> Result<(), Trouble> {
        self.put(&lane.switch, "run").await
    }

    async fn put(&self, parameter: &str, value: &str) -> Result<(), Trouble> {
        let set = json!({ "Name": parameter, "Value": value, "Type": "String", "Overwrite": true });
        self.moto("ssm", "PutParameter", set).await.map(drop)
    }

    /// Plays a case.
    ///
    /// # Errors
    /// It cannot be set up, or what it left cannot be read; that says nothing about the rules.
    pub async fn play(&self, scene: &dyn Scene, case: &Case, lane: &Lane, name: &str) -> Result<Evidence, Trouble> {
        let prop = scene.make(self.place(), name).await?;
        match self.play_with(scene, case, lane, &prop).await {
            // Another of its kind may wait for its end. What went wrong first is what says why.
            Err(trouble) => match scene.clear(self.place(), &prop).await {
                Ok(()) => Err(trouble),
                Err(then) => Err(format!("{trouble}; and to clear it: {then}").into()),
            },
            played => played,
        }
    }

    async fn play_with(&self, scene: &dyn Scene, case: &Case, lane: &Lane, prop: &Prop) -> Result<Evidence, Trouble> {
        let (started, since) = (Instant::now(), self.stack.journal_end());
        let told = std::fs::metadata(self.stack.log(&lane.name)).map_or(0, |log| log.len());
        self.hold(case, prop).await?;
        if let Told::Ask(answer) = case.told {
            self.put(&lane.approvers, &rules(answer)).await?;
        }
        self.stack.set_named_faults(&lane.name, case.script(&lane.name, &lane.switch))?;
        let delivered = self.deliver(case, lane, prop).await;
        let disturbed = self.stack.gateway().faults().made(&lane.name).iter().all(|made| *made > 0);
        self.stack.set_named_faults(&lane.name, json!({ "rules": [] }))?;
        self.let_run(lane).await?;
        let evidence = Evidence {
            case: case.clone(),
            lane: lane.name.clone(),
            delivered: delivered?,
            condition: scene.see(self.place(), prop).await?,
            journal: self.journal(lane, since),
            tickets: self.tickets(prop).await?,
            lock: self.lock(prop).await?,
            log: self.log(lane, told)?,
            disturbed,
            seconds: started.elapsed().as_secs_f64(),
            prop: prop.clone(),
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
            let event = if case.deliveries == Deliveries::AboutNobody { nobody(event, prop)? } else { event.clone() };
            invocations.push(self.stack.invoke(&lane.name, &event).await?);
        }
        let mut delivered = match case.told {
            Told::Ask(answer) => tokio::select! {
                followed = self.follow_all(&invocations) => followed?,
                failed = self.approvers.answer(&prop.id, answer) => match failed? {},
            },
            _ => self.follow_all(&invocations).await?,
        };
        if case.deliveries == Deliveries::OurOwn {
            for event in self.told_by(&invocations[0].id) {
                let invocation = self.stack.invoke(&lane.name, &event.to_string()).await?;
                delivered.push(self.follow(&invocation).await?);
            }
        }
        Ok(delivered)
    }

    async fn follow_all(&self, invocations: &[Invocation]) -> Result<Vec<Delivered>, Trouble> {
        let mut delivered = Vec::new();
        for invocation in invocations {
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

    /// The events by which an execution told how it stands, oldest first.
    fn told_by(&self, execution: &str) -> Vec<Value> {
        let log = self.stack.gateway().cloud().bus.log();
        let of = |event: &Value| event["source"] == "kintsugi" && event["detail"]["execution"] == execution;
        let mut events = log.find(|emitted| of(&emitted.event).then(|| emitted.event.clone()));
        events.reverse();
        events
    }

    async fn outcomes(&self, execution: &str) -> Result<Vec<Record>, Trouble> {
        let mut records: Vec<Record> = Vec::new();
        for event in self.told_by(execution) {
            self.carried(event["id"].as_str().unwrap_or_default()).await?;
            records.push(serde_json::from_value(event["detail"].clone())?);
        }
        records.retain(|record| !matches!(record.outcome, Outcome::AwaitingApproval { .. }));
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
        let about = |title: &str| title.contains(&prop.id) || title.contains(&stranger(prop));
        for ticket in self.operator.see_tickets().await?.into_iter().filter(|ticket| about(&ticket.title)) {
            let item = self.operator.call("ssm", "GetOpsItem", json!({ "OpsItemId": ticket.id })).await?;
            tickets.push(Ticket { id: ticket.id, status: ticket.status, text: item.to_string() });
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
            _ => return Ok(()),
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
        if evidence.case.deliveries.is_after_a_holder() {
            // The account is the resource of other cases too.
            let key = json!({ "TableName": TABLE, "Key": lock_key(&evidence.prop) });
            self.moto("dynamodb", "DeleteItem", key).await?;
        }
        scene.clear(self.place(), &evidence.prop).await
    }

    async fn moto(&self, service: &str, api: &str, input: Value) -> Result<Value, Trouble> {
        Ok(self.stack.gateway().cloud().moto.call(service, api, input).await?)
    }
}

/// The id of something that is not there, in the shape of the prop's own.
fn stranger(prop: &Prop) -> String {
    let last = prop.id.chars().last().unwrap_or_default();
    let mut id = prop.id.clone();
    id.pop();
    id.push(if last == '0' { '1' } else { '0' });
    id
}

/// The same event about something that is not there. Of an id in parts (`CLUSTER/SERVICE`) an event may have each by itself.
fn nobody(event: &str, prop: &Prop) -> Result<String, Trouble> {
    let (id, another) = (prop.id.as_str(), stranger(prop));
    let last = |id: &str| format!("\"{}\"", id.rsplit('/').next().unwrap_or_default());
    let whole = event.replace(id, &another);
    let told = if whole == event { event.replace(&last(id), &last(&another)) } else { whole };
    if told == event { Err(format!("the event does not name {id}").into()) } else { Ok(told) }
}

fn lock_key(prop: &Prop) -> Value {
    json!({ "pk": { "S": format!("lock#{}/{}", prop.kind, prop.id) } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_about_nobody_names_another_however_it_names_the_resource() {
        let prop = |id: &str| Prop {
            name: "n".into(),
            kind: "k".into(),
            id: id.into(),
            parts: vec![],
            alarm: None,
            events: vec![],
        };
        assert_eq!(nobody(r#"{"id": "i-1a"}"#, &prop("i-1a")).unwrap(), r#"{"id": "i-10"}"#);
        let parts = r#"{"cluster": "shop", "service": "web"}"#;
        assert_eq!(nobody(parts, &prop("shop/web")).unwrap(), r#"{"cluster": "shop", "service": "we0"}"#);
        assert!(nobody("{}", &prop("shop/web")).is_err(), "an event that stays as it is would prove nothing");
    }
}
