//! A host that records every answer under its operation's name, as the real ones do, and gives it again; that can be
//! killed after any number of effects; and on which what runs at the same time takes turns by chance.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, CallFault, DocumentFault, DocumentRequest, Host, HostError, Progress, StopRequest, WebhookAnswer,
    WebhookRequest,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) type Record = BTreeMap<String, Value>;

/// See the module.
pub(crate) struct Recording<'a> {
    world: &'a dyn Host,
    answers: Mutex<Record>,
    /// Effects that are left until the process is killed.
    left: Mutex<usize>,
    /// State of a small generator of numbers.
    chance: Mutex<u64>,
}

impl<'a> Recording<'a> {
    pub(crate) fn new(world: &'a dyn Host, answers: Record, left: usize, seed: u64) -> Self {
        Self { world, answers: Mutex::new(answers), left: Mutex::new(left), chance: Mutex::new(seed | 1) }
    }

    pub(crate) fn record(self) -> Record {
        self.answers.into_inner().unwrap()
    }

    /// Lets others go first, now and then; but what may start begins at once, and a process that goes on with a record
    /// goes through it without a rest, as the real hosts do. Where nothing but a replay is possible, anything may be
    /// late.
    async fn take_turns(&self, op: &str) {
        let recorded = self.answers.lock().unwrap().contains_key(op);
        if op.ends_with(":start") || recorded && *self.left.lock().unwrap() > 0 {
            return;
        }
        let turns = {
            let mut chance = self.chance.lock().unwrap();
            *chance ^= *chance << 13;
            *chance ^= *chance >> 7;
            *chance ^= *chance << 17;
            *chance % 5
        };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }

    async fn effect<T>(&self, op: &str, effect: impl Future<Output = Result<T, HostError>>) -> Result<T, HostError>
    where
        T: Serialize + DeserializeOwned,
    {
        self.take_turns(op).await;
        let recorded = self.answers.lock().unwrap().get(op).cloned();
        if let Some(answer) = recorded {
            return Ok(serde_json::from_value(answer).unwrap());
        }
        {
            let mut left = self.left.lock().unwrap();
            if *left == 0 {
                return Err(HostError { operation: op.to_owned(), source: "killed".into() });
            }
            *left -= 1;
        }
        let answer = effect.await?;
        self.answers.lock().unwrap().insert(op.to_owned(), serde_json::to_value(&answer).unwrap());
        Ok(answer)
    }
}

#[async_trait]
impl Host for Recording<'_> {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        self.effect(op, self.world.call(op, call)).await
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.effect(op, self.world.sleep(op, pause)).await
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.effect(op, self.world.now(op)).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.world.is_read(service, api)
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        self.effect(op, self.world.cancelled(op)).await
    }

    async fn stop(&self, op: &str) -> Result<Option<StopRequest>, HostError> {
        self.effect(op, self.world.stop(op)).await
    }

    fn report(&self, _: Progress) {}

    fn lacks(&self, ability: Ability) -> Option<String> {
        self.world.lacks(ability)
    }

    fn concurrent(&self) -> bool {
        true
    }

    async fn decide(&self, op: &str, decision: Value) -> Result<Value, HostError> {
        self.effect(op, self.world.decide(op, decision)).await
    }

    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        self.effect(op, self.world.document(op, request)).await
    }

    async fn webhook(&self, op: &str, request: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        self.effect(op, self.world.webhook(op, request)).await
    }
}
