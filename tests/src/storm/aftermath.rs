//! What a storm left: instances, alarms, tickets, the guard table, the dead letters, and every outcome that was told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::record::Record;
use world::bus::log::{Delivery, DeliveryState};
use world::operator::Operator;
use world::operator::look::Ticket;
use world::operator::make::Machine;
use world::stack::Stack;

use super::{FUNCTION, Trouble};

/// The guard table of the template.
const TABLE: &str = "kintsugi-GuardTable";
const QUEUE: &str = "kintsugi-dead-letters";
/// An outcome is on the bus moments after its execution, and its ticket's event moments after that.
const QUIET: Duration = Duration::from_secs(3);

/// How an instance is, in the account's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// `m5.large`
    pub instance_type: String,
    /// `running`
    pub state: String,
    /// `OK`
    pub alarm: String,
}

/// Everything a storm left.
#[derive(Debug)]
pub struct Aftermath {
    /// The instances that it was about.
    pub machines: Vec<Machine>,
    /// How each is, by id.
    pub now: BTreeMap<String, Now>,
    /// Executions of the function, in the order of their start.
    pub executions: Vec<String>,
    /// What each of them told; more than one only if it told it more than once.
    pub outcomes: BTreeMap<String, Vec<Record>>,
    /// How the storm's events were delivered.
    pub deliveries: Vec<Delivery>,
    /// Tickets that are open.
    pub tickets: Vec<Ticket>,
    /// Every item of the guard table.
    pub guards: Vec<Value>,
    /// What lies in the dead-letter queue.
    pub letters: Vec<String>,
    /// From the first event to the end of the last consequence.
    pub took: Duration,
}

/// Waits until every event, and every event that came of one, has been taken to its end.
pub(super) async fn settled(stack: &Stack, until: Instant) -> Result<(), Trouble> {
    let log = stack.gateway().cloud().bus.log();
    let mut quiet_since = Instant::now();
    let mut told = 0;
    while quiet_since.elapsed() < QUIET {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stack.check()?;
        let open = log.deliveries().iter().filter(|delivery| delivery.state == DeliveryState::InProgress).count();
        if open > 0 {
            quiet_since = Instant::now();
        }
        if open / 500 != told {
            told = open / 500;
            println!("{open} events are under way or wait");
        }
        if Instant::now() > until {
            return Err(format!("{open} events have not been taken to their end").into());
        }
    }
    Ok(())
}

impl Aftermath {
    pub(super) async fn see(
        stack: &Stack,
        operator: &Operator,
        machines: Vec<Machine>,
        took: Duration,
    ) -> Result<Self, Trouble> {
        let log = stack.gateway().cloud().bus.log();
        let invocations = stack.invocations().into_iter().filter(|invocation| invocation.function == FUNCTION);
        Ok(Self {
            now: now(operator, &machines).await?,
            machines,
            executions: invocations.map(|invocation| invocation.id).collect(),
            outcomes: outcomes(stack)?,
            deliveries: log.deliveries().into_iter().filter(|delivery| delivery.from == "storm").collect(),
            tickets: operator.see_tickets().await?,
            guards: guards(stack).await?,
            letters: letters(stack).await?,
            took,
        })
    }

    /// How many ended how, and who refused.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for record in self.outcomes.values().filter_map(|told| told.first()) {
            let name = match &record.outcome {
                shared::outcome::Outcome::Refused { guard, .. } => format!("Refused by {guard}"),
                other => other.status().to_owned(),
            };
            *counts.entry(name).or_default() += 1;
        }
        counts
    }

    /// Why those were refused that it was not the budget for, and how many of each; what differs from one instance to the
    /// next is left out.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for record in self.outcomes.values().filter_map(|told| told.first()) {
            if let shared::outcome::Outcome::Refused { guard, reason } = &record.outcome
                && guard != "budget"
            {
                *reasons.entry(format!("{guard}: {}", alike(reason))).or_default() += 1;
            }
        }
        reasons
    }
}

/// A sentence without the words that have digits.
fn alike(reason: &str) -> String {
    let word =
        |word: &str| if word.contains(|c: char| c.is_ascii_digit()) { "…".to_owned() } else { word.to_owned() };
    reason.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

async fn now(operator: &Operator, machines: &[Machine]) -> Result<BTreeMap<String, Now>, Trouble> {
    let alarms = operator.all("cloudwatch", "DescribeAlarms", json!({}), "MetricAlarms").await?;
    let state = |alarm: &Value| (text(&alarm["AlarmName"]), text(&alarm["StateValue"]));
    let alarms: BTreeMap<String, String> = alarms.iter().map(state).collect();
    let found = operator.all("ec2", "DescribeInstances", json!({}), "Reservations").await?;
    let found: BTreeMap<String, Value> = found
        .iter()
        .flat_map(|reservation| reservation["Instances"].as_array().cloned().unwrap_or_default())
        .map(|instance| (text(&instance["InstanceId"]), instance))
        .collect();
    let of = |machine: &Machine| {
        let instance = found.get(&machine.instance).cloned().unwrap_or_default();
        let alarm = alarms.get(&machine.alarm).cloned().unwrap_or_default();
        let now =
            Now { instance_type: text(&instance["InstanceType"]), state: text(&instance["State"]["Name"]), alarm };
        (machine.instance.clone(), now)
    };
    Ok(machines.iter().map(of).collect())
}

fn outcomes(stack: &Stack) -> Result<BTreeMap<String, Vec<Record>>, Trouble> {
    let ours = |event: &Value| event["source"] == "kintsugi" && event["detail"]["function"] == FUNCTION;
    let log = stack.gateway().cloud().bus.log();
    let details = log.find(|emitted| ours(&emitted.event).then(|| emitted.event["detail"].clone()));
    let mut outcomes: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for detail in details {
        let record: Record = serde_json::from_value(detail)?;
        outcomes.entry(record.execution.clone()).or_default().push(record);
    }
    Ok(outcomes)
}

async fn guards(stack: &Stack) -> Result<Vec<Value>, Trouble> {
    let moto = &stack.gateway().cloud().moto;
    let (mut items, mut scan) = (Vec::new(), json!({ "TableName": TABLE, "ConsistentRead": true }));
    loop {
        let page = moto.call("dynamodb", "Scan", scan.clone()).await?;
        items.extend(page["Items"].as_array().cloned().unwrap_or_default());
        if page["LastEvaluatedKey"].is_null() {
            return Ok(items);
        }
        scan["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
    }
}

async fn letters(stack: &Stack) -> Result<Vec<String>, Trouble> {
    crate::sweep::letters::Letters::default()
        .of(&stack.gateway().cloud().moto, "")
        .await
        .map_err(|error| format!("{QUEUE} cannot be read: {error}").into())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
