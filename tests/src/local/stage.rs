//! Where a test acts: sets something up, lets an event happen, gets what came of it.
//!
//! Comes in: the test's wishes. Goes out: [`Happened`]. Never: a pause; it waits for executions to end.

use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use world::gateway::journal::Filter;
use world::operator::make::Machine;
use world::operator::{Operator, OperatorError};
use world::stack::Stack;

use super::happened::Happened;

/// A resize with verification and its way back, on a loaded machine.
const WITHIN: Duration = Duration::from_secs(120);

/// Names must differ between the tests of a stack.
static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// 92 % of a type's vCPUs.
fn load_of(instance_type: &str) -> f64 {
    let vcpus = if instance_type.ends_with(".xlarge") { 4.0 } else { 2.0 };
    vcpus * 0.92
}

/// The stage of one test.
pub struct Stage<'a> {
    /// The stack, for tests that break it.
    pub stack: &'a Stack,
    /// Plain API calls.
    pub operator: Operator,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(stack: &'a Stack) -> Self {
        Self { stack, operator: Operator::new(stack.client()) }
    }

    /// A name nobody has yet.
    #[must_use]
    pub fn name(&self, prefix: &str) -> String {
        format!("{prefix}-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// An instance that is opted in, at 92 % of its CPU; the next size relieves it.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn busy_machine(&self, instance_type: &str) -> Result<Machine, Box<dyn Error>> {
        let machine = self.operator.machine(&self.name("web"), instance_type).await?;
        self.stack.set_load(&machine.instance, load_of(instance_type)).await;
        Ok(machine)
    }

    /// A busy instance whose alarm is in ALARM, and whose first event was refused, because it was not opted in then:
    /// the next event, by any delivery, is the first that may act.
    ///
    /// # Errors
    /// The account refuses, or the first event was not refused.
    pub async fn alarmed_machine(&self, instance_type: &str) -> Result<Machine, Box<dyn Error>> {
        let machine = self.operator.foreign_machine(&self.name("web"), instance_type).await?;
        self.stack.set_load(&machine.instance, load_of(instance_type)).await;
        let first = self.after(self.operator.cpu_alarm(&machine, &[])).await?;
        if first.refusals() != ["scope"] {
            return Err(format!("the first event was not refused by scope:\n{}", first.story()).into());
        }
        self.operator.opt_in(&machine.instance).await?;
        Ok(machine)
    }

    /// Does something and waits until all that comes of it is over.
    ///
    /// # Errors
    /// It cannot be done, nothing comes of it, or it does not end.
    pub async fn after(
        &self,
        act: impl Future<Output = Result<(), OperatorError>>,
    ) -> Result<Happened, Box<dyn Error>> {
        self.consequences(async { act.await.map_err(Into::into) }).await
    }

    /// Invokes a function with a payload, JSON or not, and waits until all that comes of it is over.
    ///
    /// # Errors
    /// The function cannot be invoked, or it does not end.
    pub async fn deliver(&self, function: &str, payload: &str) -> Result<Happened, Box<dyn Error>> {
        self.consequences(async { self.stack.invoke(function, payload).await.map(drop).map_err(Into::into) }).await
    }

    /// The same while AWS has these faults; the rules of the gateway's fault script.
    ///
    /// # Errors
    /// The script cannot be obeyed, or as the act's.
    pub async fn with_faults<T>(
        &self,
        rules: Value,
        act: impl Future<Output = Result<T, Box<dyn Error>>>,
    ) -> Result<T, Box<dyn Error>> {
        self.stack.set_faults(json!({ "rules": rules }))?;
        let done = act.await;
        self.stack.set_faults(json!({ "rules": [] }))?;
        done
    }

    /// What lies in the dead-letter queue, taken out of it.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub async fn dead_letters(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        let queue = json!({ "QueueName": "kintsugi-dead-letters" });
        let url = self.operator.text("sqs", "GetQueueUrl", queue, "/QueueUrl").await?;
        let mut letters = Vec::new();
        loop {
            let receive = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
            let answer = self.operator.call("sqs", "ReceiveMessage", receive).await?;
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return Ok(letters);
            }
            for message in messages {
                let delete = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
                self.operator.call("sqs", "DeleteMessage", delete).await?;
                let body = message["Body"].as_str().unwrap_or_default();
                letters.push(serde_json::from_str(body).unwrap_or_else(|_| Value::from(body)));
            }
        }
    }

    /// What a function has called of AWS since then, `service:Operation`; not what the durable service asks for it.
    #[must_use]
    pub fn calls(&self, function: &str, since: u64) -> Vec<String> {
        let of = Filter { since: Some(since), caller: Some(function.to_owned()), ..Filter::default() };
        let calls = self.stack.journal(&of).into_iter().map(|entry| entry.call);
        calls
            .filter(|call| call.service != "lambda" || !call.operation.contains("DurableExecution"))
            .map(|call| format!("{}:{}", call.service, call.operation))
            .collect()
    }

    /// Waits until a function has called this changing operation.
    ///
    /// # Errors
    /// It has not, in the time a whole run takes.
    pub async fn changed(&self, since: u64, operation: &str) -> Result<(), Box<dyn Error>> {
        let seen = async {
            while !self.stack.changes(since).iter().any(|entry| entry.call.operation == operation) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(WITHIN, seen).await.map_err(|_| format!("{operation} was not called").into())
    }

    /// Of each OpsItem in whose title this stands, how often it was told of more; `none` where it was told once.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn repeats(&self, about: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let mut repeats = vec![];
        for ticket in self.operator.see_tickets().await?.into_iter().filter(|ticket| ticket.title.contains(about)) {
            let item = self.operator.call("ssm", "GetOpsItem", json!({ "OpsItemId": ticket.id })).await?;
            let told = item["OpsItem"]["OperationalData"]["repeats"]["Value"].as_str().unwrap_or("none");
            repeats.push(told.to_owned());
        }
        Ok(repeats)
    }

    /// Puts an event on the default bus, as AWS itself does, and waits until all that comes of it by the template's rules
    /// is over.
    ///
    /// # Errors
    /// It is not JSON, no rule wants it, or what comes of it does not end.
    pub async fn emit(&self, event: &str) -> Result<Happened, Box<dyn Error>> {
        let event = serde_json::from_str(event)?;
        self.consequences(async {
            self.stack.gateway().cloud().bus.emit("default", event);
            Ok(())
        })
        .await
    }

    /// Does several things, some of them while others go on, and waits until all that comes of them is over.
    ///
    /// # Errors
    /// One of them cannot be done, nothing comes of them, or it does not end.
    pub async fn consequences(
        &self,
        act: impl Future<Output = Result<(), Box<dyn Error>>>,
    ) -> Result<Happened, Box<dyn Error>> {
        let mark = self.stack.mark();
        let journal = self.stack.journal_end();
        let before = self.operator.see_tickets().await?;
        act.await?;
        let executions = self.stack.settle(mark, WITHIN).await?;
        let changes = self.stack.changes(journal);
        let mut tickets = self.operator.see_tickets().await?;
        tickets.retain(|ticket| before.iter().all(|known| known.id != ticket.id));
        Ok(Happened { executions, changes, tickets })
    }
}
