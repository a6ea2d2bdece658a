//! CloudWatch's alarms: moto keeps them, this evaluates them and tells of every change.
//!
//! Comes in: loads of instances, metrics that somebody put, word that somebody set a state. Goes out: states in moto, events
//! in all three shapes. Never: an evaluation of an alarm whose metric nobody seeded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::alarm::{Alarm, Datapoint, State};
use super::evaluate::{EXTRA_PERIODS, Verdict, evaluate};
use super::load::{Loads, utilisation};
use super::measure::{Metric, Put};
use super::{reason, shape};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::cloud::machine::Machines;
use crate::cloud::moto::{Moto, MotoError};
use crate::cloud::topic;

/// CloudWatch has a sample of an instance every minute; four make sure that no scaled minute goes without.
const SAMPLES_A_MINUTE: f64 = 4.0;
/// Between looks at moto, however fast the world is, and however slow.
const QUICKEST: Duration = Duration::from_millis(50);
const SLOWEST: Duration = Duration::from_secs(15);
/// A period shorter than this cannot be sampled: the current value stands for it.
const SHORTEST_PERIOD: Duration = Duration::from_millis(200);

/// CloudWatch's alarms. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Alarms {
    loads: Arc<Mutex<Loads>>,
    puts: Arc<Mutex<BTreeMap<Metric, Put>>>,
    vcpus: Arc<Mutex<BTreeMap<String, f64>>>,
    /// One change at a time, so that before and after belong together.
    changing: Arc<Mutex<()>>,
    moto: Moto,
    machines: Machines,
    bus: Bus,
    clock: Arc<Clock>,
}

impl Alarms {
    /// Alarms without any load.
    #[must_use]
    pub fn new(machines: Machines, bus: Bus, clock: Arc<Clock>) -> Self {
        Self {
            loads: Arc::default(),
            puts: Arc::default(),
            vcpus: Arc::default(),
            changing: Arc::default(),
            moto: machines.moto().clone(),
            machines,
            bus,
            clock,
        }
    }

    /// Gives an instance a load in vCPUs; `None` forgets the instance.
    pub async fn set_load(&self, instance: &str, vcpus: Option<f64>) {
        let mut loads = self.loads.lock().await;
        match vcpus {
            Some(vcpus) => loads.set(instance, vcpus),
            None => loads.forget(instance),
        }
    }

    /// Somebody measured something: `PutMetricData`.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn measured(&self, input: &Map<String, Value>) -> Result<(), MotoError> {
        let namespace = input.get("Namespace").unwrap_or(&Value::Null);
        for item in input.get("MetricData").and_then(Value::as_array).into_iter().flatten() {
            let (Some(metric), Some(value)) = (Metric::read(namespace, item), item["Value"].as_f64()) else { continue };
            let put = metric.put(&self.machines, value).await?;
            self.puts.lock().await.insert(metric, put);
        }
        Ok(())
    }

    /// Every load in vCPUs, by instance.
    pub async fn loads(&self) -> BTreeMap<String, f64> {
        self.loads.lock().await.all().clone()
    }

    /// Samples and evaluates for as long as the world lives.
    pub async fn run(self) {
        loop {
            tokio::time::sleep(self.clock.scaled(60.0 / SAMPLES_A_MINUTE).clamp(QUICKEST, SLOWEST)).await;
            if self.loads.lock().await.all().is_empty() && self.puts.lock().await.is_empty() {
                continue;
            }
            if let Err(error) = self.tick().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the alarms could not be evaluated");
            }
        }
    }

    async fn tick(&self) -> Result<(), MotoError> {
        let busy = self.sample().await?;
        let delay =
            SignedDuration::try_from(self.clock.scaled(self.clock.timings().alarm_delay_seconds)).unwrap_or_default();
        let now = self.clock.now() - delay;
        for alarm in self.evaluated().await? {
            let range = match self.value(&alarm.metric).await? {
                // What is measured was so all the time; there is no history of a metric that is put.
                Some(value) => constant(value, alarm.evaluation_periods, now),
                None => self.range(&alarm, &busy, now).await,
            };
            self.apply(&alarm, &range).await?;
        }
        Ok(())
    }

    /// Evaluates every alarm now, with the current value for every period: for people and tests.
    ///
    /// # Errors
    /// When moto's state cannot be read or written.
    pub async fn evaluate_now(&self) -> Result<(), MotoError> {
        let busy = self.sample().await?;
        for alarm in self.evaluated().await? {
            let seeded = alarm.instance.as_ref().and_then(|instance| busy.get(instance)).copied();
            let value = if seeded.is_some() { seeded } else { self.value(&alarm.metric).await?.flatten() };
            self.apply(&alarm, &constant(value, alarm.evaluation_periods, self.clock.now())).await?;
        }
        Ok(())
    }

    /// Notes how busy every loaded instance is that runs, and says so.
    async fn sample(&self) -> Result<BTreeMap<String, f64>, MotoError> {
        let loads = self.loads().await;
        let filter = json!({ "Filters": [{ "Name": "instance-id", "Values": loads.keys().collect::<Vec<_>>() }] });
        let found = self.moto.all("ec2", "DescribeInstances", filter, "Reservations").await?;
        let instances = found.iter().flat_map(|one| one["Instances"].as_array().into_iter().flatten());
        let mut busy = BTreeMap::new();
        for instance in instances.filter(|instance| instance["State"]["Name"] == "running") {
            let (Some(id), Some(kind)) = (instance["InstanceId"].as_str(), instance["InstanceType"].as_str()) else {
                continue;
            };
            if let (Some(load), Some(vcpus)) = (loads.get(id), self.vcpus_of(kind).await?) {
                busy.insert(id.to_owned(), utilisation(*load, vcpus));
            }
        }
        let (mut known, now) = (self.loads.lock().await, self.clock.now());
        for (id, percent) in &busy {
            known.sample(id, now, *percent);
        }
        Ok(busy)
    }

    async fn vcpus_of(&self, kind: &str) -> Result<Option<f64>, MotoError> {
        if let Some(known) = self.vcpus.lock().await.get(kind) {
            return Ok(Some(*known));
        }
        let described = self.moto.call("ec2", "DescribeInstanceTypes", json!({ "InstanceTypes": [kind] })).await?;
        let vcpus = described["InstanceTypes"][0]["VCpuInfo"]["DefaultVCpus"].as_f64();
        if let Some(vcpus) = vcpus {
            self.vcpus.lock().await.insert(kind.to_owned(), vcpus);
        }
        Ok(vcpus)
    }

    /// What would be measured now, if anything, of a metric that somebody put.
    async fn value(&self, metric: &Metric) -> Result<Option<Option<f64>>, MotoError> {
        let put = self.puts.lock().await.get(metric).copied();
        match put {
            Some(put) => metric.now(&self.machines, put).await.map(Some),
            None => Ok(None),
        }
    }

    /// Alarms on the CPU of instances with a load, and on metrics that somebody put.
    async fn evaluated(&self) -> Result<Vec<Alarm>, MotoError> {
        let (loads, puts) = (self.loads().await, self.puts.lock().await.clone());
        let described = self.moto.all("cloudwatch", "DescribeAlarms", json!({}), "MetricAlarms").await?;
        let alarms = described.iter().filter_map(Alarm::read);
        let loaded = |alarm: &Alarm| {
            let is_cpu = alarm.metric.namespace == "AWS/EC2" && alarm.metric.name == "CPUUtilization";
            is_cpu && alarm.instance.as_ref().is_some_and(|instance| loads.contains_key(instance))
        };
        Ok(alarms.filter(|alarm| loaded(alarm) || puts.contains_key(&alarm.metric)).collect())
    }

    async fn range(&self, alarm: &Alarm, busy: &BTreeMap<String, f64>, now: Timestamp) -> Vec<Datapoint> {
        let instance = alarm.instance.as_deref().unwrap_or_default();
        let period = self.clock.scaled(alarm.period);
        if period < SHORTEST_PERIOD {
            return constant(busy.get(instance).copied(), alarm.evaluation_periods, now);
        }
        let count = alarm.evaluation_periods + EXTRA_PERIODS;
        self.loads.lock().await.periods(instance, &alarm.statistic, period, count, now)
    }

    async fn apply(&self, alarm: &Alarm, range: &[Datapoint]) -> Result<(), MotoError> {
        let verdict = evaluate(alarm, range);
        if verdict.state == alarm.state { Ok(()) } else { self.change(alarm, &verdict).await }
    }

    async fn change(&self, alarm: &Alarm, verdict: &Verdict) -> Result<(), MotoError> {
        let _one_at_a_time = self.changing.lock().await;
        let Some(before) = self.describe(&alarm.name).await? else { return Ok(()) };
        // Somebody may have set it meanwhile; what was decided on the old state is void.
        if before["StateValue"] != alarm.state.word() {
            return Ok(());
        }
        let input = json!({
            "AlarmName": alarm.name,
            "StateValue": verdict.state.word(),
            "StateReason": reason::sentence(alarm, verdict),
            "StateReasonData": reason::data(alarm, verdict, self.clock.now()),
        });
        self.moto.call("cloudwatch", "SetAlarmState", input).await?;
        self.tell(&before).await
    }

    /// Somebody else's `SetAlarmState` is about to happen: the alarm as it is before.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn describe(&self, name: &str) -> Result<Option<Value>, MotoError> {
        let described = self.moto.call("cloudwatch", "DescribeAlarms", json!({ "AlarmNames": [name] })).await?;
        let both = [described["MetricAlarms"][0].clone(), described["CompositeAlarms"][0].clone()];
        Ok(both.into_iter().find(|alarm| alarm.is_object()))
    }

    /// Tells of a change that has happened in moto: EventBridge, then the alarm's actions. Nothing when the state is
    /// as it was, as in AWS.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn tell(&self, before: &Value) -> Result<(), MotoError> {
        let name = before["AlarmName"].as_str().unwrap_or_default();
        let Some(after) = self.describe(name).await? else { return Ok(()) };
        if before["StateValue"] == after["StateValue"] {
            return Ok(());
        }
        let now = self.clock.now();
        self.bus.emit("default", shape::eventbridge(before, &after, now));
        if after["ActionsEnabled"] == json!(false) {
            return Ok(());
        }
        let actions = match after["StateValue"].as_str().and_then(State::of) {
            Some(State::Alarm) => "AlarmActions",
            Some(State::Ok) => "OKActions",
            _ => "InsufficientDataActions",
        };
        for action in after[actions].as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.act(action, before, &after, now).await;
        }
        Ok(())
    }

    async fn act(&self, action: &str, before: &Value, after: &Value, now: Timestamp) {
        if action.starts_with("arn:aws:lambda:") {
            let from = after["AlarmArn"].as_str().unwrap_or_default();
            self.bus.invoke("alarmAction", from, action, shape::lambda_action(before, after, now));
        } else if action.starts_with("arn:aws:sns:") {
            let (subject, message) = shape::notification(before, after, now);
            topic::publish(&self.moto, &self.bus, action, Some(&subject), &message).await;
        } else {
            tracing::warn!(action, "the local world does not perform alarm actions of this kind");
        }
    }
}

fn constant(value: Option<f64>, count: usize, at: Timestamp) -> Vec<Datapoint> {
    vec![Datapoint { at, value }; count]
}
