//! Carries events to their targets, as EventBridge, SNS, alarm actions and Lambda's asynchronous queue do.
//!
//! Comes in: events, notifications, direct invocations. Goes out: invocations, retried as Lambda retries, and what
//! nobody took in the dead-letter queue. Never: an event twice to one target, unless it was emitted twice.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event;
use super::invoker::{InvokeError, Invoker};
use super::log::{BusLog, Delivery, DeliveryState, Emitted};
use super::routes::{Function, Routes, Target};
use crate::clock::{self, Clock};
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::{ACCOUNT, REGION};
use crate::ids;
use crate::tasks::Tasks;

/// The bus. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    routes: Arc<Routes>,
    invoker: Arc<dyn Invoker>,
    moto: Moto,
    clock: Arc<Clock>,
    log: Arc<BusLog>,
    tasks: Arc<Tasks>,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("routes", &self.routes).finish_non_exhaustive()
    }
}

/// One event for one target.
struct Parcel {
    id: String,
    /// The event's own id.
    event: String,
    via: &'static str,
    from: String,
    payload: Value,
}

impl Bus {
    /// A bus that obeys these routes.
    #[must_use]
    pub fn new(routes: Routes, invoker: Arc<dyn Invoker>, moto: Moto, clock: Arc<Clock>, tasks: Arc<Tasks>) -> Self {
        Self { routes: Arc::new(routes), invoker, moto, clock, log: Arc::default(), tasks }
    }

    /// What the bus carried.
    #[must_use]
    pub fn log(&self) -> &BusLog {
        &self.log
    }

    /// Who gets what.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(super) fn moto(&self) -> &Moto {
        &self.moto
    }

    /// Puts an event on an EventBridge bus.
    pub fn emit(&self, bus: &str, event: Value) {
        let rules: Vec<_> =
            self.routes.rules.iter().filter(|rule| rule.bus == bus && rule.pattern.matches(&event)).collect();
        let matched = rules.iter().map(|rule| rule.name.clone()).collect();
        for rule in rules {
            for target in &rule.targets {
                let payload = rule.input.of_event(&event);
                let id = delivery_id(&event["id"], &rule.name);
                let own = text(&event["id"]);
                self.send(target, Parcel { id, event: own, via: "eventbridge", from: rule.name.clone(), payload });
            }
        }
        self.log.emitted(Emitted { at: self.clock.now(), on: bus.to_owned(), event, matched });
    }

    /// Sends an SNS notification to the functions that listen to the topic by the template, and to those named besides.
    pub fn notify<'a>(
        &self,
        topic_arn: &str,
        subject: Option<&str>,
        message: &str,
        besides: impl Iterator<Item = &'a str>,
    ) {
        let envelope = event::sns(topic_arn, subject, message, self.clock.now());
        let mut listeners: Vec<usize> = self.routes.subscribers(topic_arn).collect();
        listeners.extend(besides.filter_map(|function| self.routes.function(function)));
        listeners.sort_unstable();
        listeners.dedup();
        let matched = listeners.iter().map(|index| self.routes.functions[*index].name.clone()).collect();
        for index in listeners {
            let id = delivery_id(&envelope["Records"][0]["Sns"]["MessageId"], &self.routes.functions[index].name);
            let (from, event) = (topic_arn.to_owned(), text(&envelope["Records"][0]["Sns"]["MessageId"]));
            self.send(&Target::Function(index), Parcel { id, event, via: "sns", from, payload: envelope.clone() });
        }
        self.log.emitted(Emitted { at: self.clock.now(), on: topic_arn.to_owned(), event: envelope, matched });
    }

    /// Invokes a function asynchronously, as an alarm action or a person does. `function` is a name or an ARN.
    pub fn invoke(&self, via: &'static str, from: &str, function: &str, payload: Value) {
        let found = self.routes.function(function);
        let matched = found.map(|index| self.routes.functions[index].name.clone()).into_iter().collect();
        self.log.emitted(Emitted { at: self.clock.now(), on: function.to_owned(), event: payload.clone(), matched });
        match found {
            Some(index) => {
                let (id, event) = (ids::uuid(), text(&payload["id"]));
                self.send(&Target::Function(index), Parcel { id, event, via, from: from.to_owned(), payload })
            }
            None => tracing::warn!(function, "an event is for a function that the template does not have"),
        }
    }

    fn send(&self, target: &Target, parcel: Parcel) {
        let to = match target {
            Target::Function(index) => self.routes.functions[*index].name.clone(),
            Target::Queue(queue) => queue.clone(),
        };
        let Parcel { id, event, via, from, .. } = &parcel;
        let (id, event, via, from, at) = (id.clone(), event.clone(), *via, from.clone(), self.clock.now());
        self.log.begin(Delivery { id, event, via, from, to, at, attempts: 0, state: DeliveryState::InProgress });
        let bus = self.clone();
        match target.clone() {
            Target::Function(index) => self.tasks.spawn(async move { bus.run(index, parcel).await }),
            Target::Queue(queue) => self.tasks.spawn(async move {
                let sent = bus.send_message(&queue, &parcel.payload.to_string(), json!({})).await;
                let state = if sent {
                    DeliveryState::Delivered
                } else {
                    DeliveryState::Lost { reason: format!("queue {queue} did not take it") }
                };
                bus.log.update(&parcel.id, 1, state);
            }),
        }
    }

    /// Lambda's asynchronous queue: attempts, pauses, the dead-letter queue.
    async fn run(self, index: usize, parcel: Parcel) {
        let function = &self.routes.functions[index];
        let mut attempt = 0;
        let failure = loop {
            attempt += 1;
            let began = self.clock.now();
            let failure = match self.invoker.invoke(&function.name, parcel.payload.clone(), &parcel.id).await {
                Ok(_) => return self.log.update(&parcel.id, attempt, DeliveryState::Delivered),
                Err(failure) => failure,
            };
            tracing::info!(function = function.name, attempt, %failure, "an invocation failed");
            if is_execution_failure(function, &failure) {
                self.status_change(function, &failure, began);
                let state = DeliveryState::ExecutionFailed { reason: failure.to_string() };
                return self.log.update(&parcel.id, attempt, state);
            }
            if attempt > function.retries || matches!(failure, InvokeError::NoSuchFunction(_)) {
                break failure;
            }
            self.log.update(&parcel.id, attempt, DeliveryState::InProgress);
            let pauses = self.clock.timings().invoke_retry_seconds;
            tokio::time::sleep(self.clock.scaled(pauses[(attempt - 1).min(pauses.len() - 1)])).await;
        };
        let state = self.dead_letter(function, &parcel, &failure).await;
        self.log.update(&parcel.id, attempt, state);
    }

    async fn dead_letter(&self, function: &Function, parcel: &Parcel, failure: &InvokeError) -> DeliveryState {
        let reason = failure.to_string();
        let Some(queue) = function.dead_letter_queue.clone() else { return DeliveryState::Lost { reason } };
        let attribute = |kind: &str, text: &str| json!({ "DataType": kind, "StringValue": text });
        let attributes = json!({
            "RequestID": attribute("String", &parcel.id),
            "ErrorCode": attribute("Number", "200"),
            "ErrorMessage": attribute("String", &reason.chars().take(1024).collect::<String>()),
        });
        match self.send_message(&queue, &parcel.payload.to_string(), attributes).await {
            true => DeliveryState::DeadLettered { queue, reason },
            false => DeliveryState::Lost { reason },
        }
    }

    pub(super) async fn queue_url(&self, queue: &str) -> Result<Value, MotoError> {
        Ok(self.moto.call("sqs", "GetQueueUrl", json!({ "QueueName": queue })).await?["QueueUrl"].take())
    }

    /// One attempt with a batch of a queue, and the function's answer if it took it. The queue itself is the retry.
    pub(super) async fn take(&self, index: usize, queue: &str, payload: Value) -> Option<Value> {
        let function = &self.routes.functions[index];
        let ids = payload["Records"].as_array().into_iter().flatten().filter_map(|record| record["messageId"].as_str());
        // A message that comes back is another attempt: it must not follow the execution that failed on it.
        let counts = payload["Records"][0]["attributes"]["ApproximateReceiveCount"].as_str().unwrap_or_default();
        let id = ids::uuid_of(&format!("{}/{counts}", ids.collect::<Vec<_>>().join("/")));
        let (from, to, at) = (queue.to_owned(), function.name.clone(), self.clock.now());
        self.log.begin(Delivery {
            id: id.clone(),
            event: id.clone(),
            via: "sqs",
            from,
            to,
            at,
            attempts: 1,
            state: DeliveryState::InProgress,
        });
        let (taken, state) = match self.invoker.invoke(&function.name, payload, &id).await {
            Ok(answer) => (Some(answer), DeliveryState::Delivered),
            Err(failure) if is_execution_failure(function, &failure) => {
                self.status_change(function, &failure, at);
                (None, DeliveryState::ExecutionFailed { reason: failure.to_string() })
            }
            Err(failure) => (None, DeliveryState::Lost { reason: failure.to_string() }),
        };
        self.log.update(&id, 1, state);
        taken
    }

    /// Lambda's own event about a durable execution that is over without an answer. Of its start, and of a good end, it
    /// tells as well; nobody here listens.
    fn status_change(&self, function: &Function, failure: &InvokeError, began: Timestamp) {
        let InvokeError::Function { execution: Some(ended), .. } = failure else { return };
        let now = self.clock.now();
        let detail = json!({
            "durableExecutionArn": ended.id,
            "durableExecutionName": ended.id,
            "functionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}:1", function.physical_name),
            "status": ended.status,
            "startTimestamp": clock::millis(began),
            "endTimestamp": clock::millis(now),
        });
        self.emit("default", event::event("aws.lambda", "Durable Execution Status Change", now, &[], detail));
    }

    async fn send_message(&self, queue: &str, body: &str, attributes: Value) -> bool {
        let sent = async {
            let url = self.queue_url(queue).await?;
            let message = json!({ "QueueUrl": url, "MessageBody": body, "MessageAttributes": attributes });
            self.moto.call("sqs", "SendMessage", message).await
        };
        sent.await
            .inspect_err(|error| {
                tracing::error!(queue, error = error as &dyn std::error::Error, "a queue did not take an event")
            })
            .is_ok()
    }
}

/// A durable execution that was started and failed: to Lambda the invocation went well.
fn is_execution_failure(function: &Function, failure: &InvokeError) -> bool {
    function.durable && matches!(failure, InvokeError::Function { .. })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Stable for event and target, fit for a durable execution's name.
fn delivery_id(event_id: &Value, target: &str) -> String {
    ids::uuid_of(&format!("{}/{target}", event_id.as_str().unwrap_or_default()))
}
