//! Any document that checks clean, run against any answers; planned; run again.
//!
//! Comes in: bytes; the last sixteen choose the answers, the rest is the document.
//! Goes out: nothing; a panic, a run that differs from itself, or a plan that writes is the finding.
//! Never: a real call, a real clock.

#![no_main]

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, Approval, ApprovalRequest, ApprovalStatus, CallFault, Context, Document, FaultKind, Host,
    HostError, PauseRequest, PollPolicy, Progress, Readings, Resumption, ScriptAnswer, ScriptFault, ScriptFaultKind,
    ScriptRequest, ValueType,
};
use futures_executor::block_on;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// Effects after which a run is left: some documents may wait for years.
const MOST: u32 = 2000;

/// Answers by the operation's name, so that the same run asked again is answered the same.
struct Anything {
    choice: Vec<u8>,
    clock: Mutex<(Timestamp, u32)>,
    planning: bool,
}

impl Anything {
    fn new(choice: &[u8], planning: bool) -> Self {
        Self { choice: choice.to_vec(), clock: Mutex::new((Timestamp::UNIX_EPOCH, 0)), planning }
    }

    fn number(&self, op: &str) -> Result<u64, HostError> {
        let mut clock = self.clock.lock().expect("one thread");
        clock.1 += 1;
        if clock.1 > MOST {
            return Err(HostError { operation: op.to_owned(), source: "long enough".into() });
        }
        let mut hasher = DefaultHasher::new();
        (&self.choice, op).hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn value(&self, op: &str) -> Result<Value, HostError> {
        let number = self.number(op)?;
        Ok(match number % 7 {
            0 => Value::Null,
            1 => json!({}),
            2 => json!({"Payload": {"a": number}, "State": "running", "Items": [{"Id": "a"}, {"Id": "b"}]}),
            3 => json!({"Items": [], "State": true, "Status": "available", "Number": -1}),
            4 => json!({"Reservations": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": "stopped"}}]}]}),
            5 => json!([1, "a", null]),
            _ => json!("text"),
        })
    }
}

#[async_trait]
impl Host for Anything {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        assert!(
            !self.planning || self.is_read(&call.service, &call.api),
            "a plan wrote: {} {}",
            call.service,
            call.api
        );
        let kinds = [FaultKind::Throttled, FaultKind::Denied, FaultKind::Refused, FaultKind::NoAnswer];
        match self.number(op)? % 5 {
            0 => {
                let kind = kinds[(self.number(op)? / 5 % 4) as usize];
                let (code, message) = ("Code".to_owned(), "message".to_owned());
                let ApiCall { service, api, .. } = call;
                Ok(Err(CallFault { service, api, kind, code, message, request_id: None, http_status: None }))
            }
            _ => Ok(Ok(self.value(op)?)),
        }
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.number(op)?;
        let mut clock = self.clock.lock().expect("one thread");
        clock.0 = clock.0.checked_add(pause).unwrap_or(Timestamp::MAX);
        Ok(())
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.number(op)?;
        Ok(self.clock.lock().expect("one thread").0)
    }

    fn is_read(&self, _: &str, api: &str) -> bool {
        ["describe", "get", "list"].iter().any(|verb| api.to_ascii_lowercase().starts_with(verb))
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        Ok(self.number(op)? % 41 == 0)
    }

    fn report(&self, _: Progress) {}

    fn lacks(&self, _: Ability) -> Option<String> {
        None
    }

    async fn script(&self, op: &str, _: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        let (kind, message, log) = (ScriptFaultKind::Raised, "ValueError: x".to_owned(), String::new());
        Ok(match self.number(op)? % 3 {
            0 => Err(ScriptFault { kind, message, log }),
            _ => Ok(ScriptAnswer { payload: self.value(op)?, log, warnings: Vec::new() }),
        })
    }

    async fn approve(&self, op: &str, _: ApprovalRequest) -> Result<Approval, HostError> {
        let all =
            [ApprovalStatus::Approved, ApprovalStatus::Rejected, ApprovalStatus::TimedOut, ApprovalStatus::Cancelled];
        Ok(Approval { status: all[(self.number(op)? % 4) as usize], decisions: Vec::new() })
    }

    async fn pause(&self, op: &str, _: PauseRequest) -> Result<Resumption, HostError> {
        let all = [Resumption::Resumed, Resumption::TimedOut, Resumption::Cancelled];
        Ok(all[(self.number(op)? % 3) as usize])
    }
}

fn parameters(document: &Document) -> Map<String, Value> {
    let required = document.parameters.iter().filter(|parameter| parameter.default.is_none());
    let value = |value_type| match value_type {
        ValueType::String => json!("a"),
        ValueType::Integer => json!(3),
        ValueType::Boolean => json!(true),
        ValueType::StringMap => json!({"a": ["b"]}),
        ValueType::StringList => json!(["a", "b"]),
        ValueType::MapList => json!([{"a": 1}]),
    };
    required.map(|parameter| (parameter.name.clone(), value(parameter.value_type))).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((text, choice)) = bytes.split_at_checked(bytes.len().saturating_sub(16)) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(document) = engine::parse(text, "fuzz.yaml") else { return };
    if engine::validate(&document).has_errors() {
        return;
    }
    let context = Context {
        execution_id: "e".to_owned(),
        region: "eu-west-1".to_owned(),
        account_id: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        poll: PollPolicy::default(),
        readings: Readings::default(),
    };
    let run = || block_on(engine::run(&document, parameters(&document), &context, &Anything::new(choice, false))).ok();
    assert_eq!(run(), run(), "the same answers make the same record");
    let _ = block_on(engine::plan(&document, parameters(&document), &context, &Anything::new(choice, true)));
});
