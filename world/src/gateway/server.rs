//! One call through the gateway: name it, perhaps spoil it, answer it or pass it on, write it down.
//!
//! Comes in: HTTP requests. Goes out: HTTP answers. Never: a call that is not in the journal, unless it is one to the
//! world itself (`/_world/`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Response, StatusCode, request::Parts};
use serde_json::Value;

use super::call::{Call, Effect};
use super::connection::Scissors;
use super::durable;
use super::fault::{Fault, Moment};
use super::faults::Faults;
use super::forward::{self, Forwarder};
use super::identify::identify;
use super::invoke;
use super::journal::{AnsweredBy, End, Journal};
use super::reaper::Reaper;
use super::respond::{self, AwsError};
use super::running::GatewayError;
use crate::clock::Timings;
use crate::cloud::Cloud;

/// Everything a call meets.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) cloud: Cloud,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) forwarder: Forwarder,
    /// The way to the durable execution service, where functions go through here to reach it.
    pub(crate) runner: Option<Forwarder>,
    pub(crate) reaper: Reaper,
}

struct Answer {
    /// `None`: no answer, the connection ends.
    response: Option<Response<Body>>,
    /// With what status it was performed, if it was.
    performed: Option<u16>,
    by: AnsweredBy,
    /// How long after its decision it is given.
    late: Duration,
}

impl Answer {
    fn of(response: Response<Body>, by: AnsweredBy) -> Self {
        let performed = Some(response.status().as_u16());
        Self { response: Some(response), performed, by, late: Duration::ZERO }
    }

    fn end(&self) -> End {
        let status = self.response.as_ref().map(|response| response.status().as_u16());
        End { status, performed: self.performed, by: self.by }
    }
}

/// A call as it came.
struct Asked {
    call: Call,
    parts: Parts,
    body: Bytes,
    /// Whether it is one to the durable execution service.
    durable: bool,
}

/// Handles one call.
pub(crate) async fn handle(
    State(server): State<Arc<Server>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    parts: Parts,
    body: Bytes,
) -> Response<Body> {
    // A task of its own: a caller who dies or goes away does not end what AWS has begun, nor is it missing in the journal.
    let whole = tokio::spawn(async move { server.handle(parts, body).await });
    whole.await.ok().flatten().unwrap_or_else(|| {
        scissors.cut();
        Response::default()
    })
}

impl Server {
    pub(crate) async fn set_pace(&self, timings: Timings) -> Result<(), GatewayError> {
        let timings = timings.check().map_err(GatewayError::Timings)?;
        self.forwarder.set_pace(&timings).await.map_err(GatewayError::Pace)?;
        self.cloud.clock.set(timings);
        Ok(())
    }

    async fn handle(&self, parts: Parts, body: Bytes) -> Option<Response<Body>> {
        let (at, started) = (self.cloud.clock.now(), Instant::now());
        let mut call = identify(&parts.method, &parts.uri, &parts.headers, &body);
        let durable = durable::named(&mut call, &parts.uri);
        if let Some(reads) = self.cloud.moto.reads(&call.service, &call.operation) {
            call.effect = if reads { Effect::Read } else { Effect::Write };
        }
        let asked = Asked { call, parts, body, durable };
        let answer = self.answer(&asked).await;
        self.journal.add(at, started.elapsed() + answer.late, asked.call, answer.end());
        tokio::time::sleep(answer.late).await;
        answer.response
    }

    async fn answer(&self, asked: &Asked) -> Answer {
        match self.faults.of(&asked.call) {
            Some(fault) => self.spoil(&fault, asked).await,
            None => self.perform_and_reap(asked).await,
        }
    }

    /// The call as it was meant; whoever is to die at its checkpoint dies then.
    async fn perform_and_reap(&self, asked: &Asked) -> Answer {
        let answer = self.perform(asked).await;
        if !durable::is_checkpoint(&asked.call) || !self.reaper.is_due(&asked.call.caller) {
            return answer;
        }
        self.reaper.kill(&asked.call.caller).await;
        Answer { response: None, by: AnsweredBy::Fault, ..answer }
    }

    async fn spoil(&self, fault: &Fault, asked: &Asked) -> Answer {
        if let Fault::First { service, api, input } = fault {
            self.others_call(service, api, input).await;
        }
        if *fault == Fault::Repeat {
            self.perform(asked).await;
        }
        let performed = if fault.performed() { Some(self.perform(asked).await) } else { None };
        match fault {
            Fault::Kill { at: Moment::Recorded } => self.reaper.doom(&asked.call.caller),
            Fault::Kill { .. } => self.reaper.kill(&asked.call.caller).await,
            _ => {}
        }
        match performed {
            Some(answer) if fault.answers() => Answer { late: fault.pause(), ..answer },
            performed => Answer {
                response: said(fault, &asked.call),
                performed: performed.and_then(|answer| answer.performed),
                by: AnsweredBy::Fault,
                late: fault.pause(),
            },
        }
    }

    /// Somebody else does something, at this very moment.
    async fn others_call(&self, service: &str, api: &str, input: &Value) {
        if let Err(error) = self.cloud.moto.call(service, api, input.clone()).await {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, service, api, "the call of somebody else was refused");
        }
    }

    async fn perform(&self, asked: &Asked) -> Answer {
        let call = &asked.call;
        if let Some(invoked) = self.invoke(asked) {
            return Answer::of(invoked, AnsweredBy::World);
        }
        let own = if asked.durable { None } else { self.cloud.answer(call).await };
        if let Some(answer) = own {
            let response = answer
                .map_or_else(|error| respond::error(call.protocol, &error), |output| respond::json_answer(&output));
            return Answer::of(response, AnsweredBy::World);
        }
        match self.pass(asked).await {
            Ok(response) => Answer::of(response, if asked.durable { AnsweredBy::Runner } else { AnsweredBy::Moto }),
            Err(error) => {
                tracing::error!(
                    error = error.as_ref(),
                    service = call.service,
                    operation = call.operation,
                    "a call could not be passed on"
                );
                let error = AwsError {
                    status: 500,
                    ..AwsError::new("InternalFailure", "The local world could not pass the call on; see its log.")
                };
                Answer { performed: None, ..Answer::of(respond::error(call.protocol, &error), AnsweredBy::World) }
            }
        }
    }

    /// A function of the stack that is invoked without waiting for it gets the payload by the bus.
    fn invoke(&self, asked: &Asked) -> Option<Response<Body>> {
        let function = invoke::asynchronous(&asked.call, &asked.parts)?;
        let bus = &self.cloud.bus;
        bus.routes().function(&function)?;
        let payload = serde_json::from_slice(&asked.body).unwrap_or_default();
        bus.invoke("lambda", &asked.call.caller, &function, payload);
        Some(respond::accepted())
    }

    async fn pass(&self, asked: &Asked) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
        let Asked { call, parts, body, durable } = asked;
        if let (true, Some(runner)) = (*durable, &self.runner) {
            let (status, headers, body) = runner.pass(&parts.method, &parts.uri, &parts.headers, body.clone()).await?;
            return Ok(forward::answer(status, headers, body));
        }
        let before = self.cloud.before(call).await?;
        let passed = self.forwarder.pass(&parts.method, &parts.uri, &parts.headers, body.clone()).await?;
        let (status, headers, body) = passed;
        if status.is_success() {
            self.cloud.after(call, before).await?;
        }
        Ok(forward::answer(status, headers, body))
    }
}

/// What the caller gets instead of an answer.
fn said(fault: &Fault, call: &Call) -> Option<Response<Body>> {
    match (fault.error(call), fault) {
        (Some(error), _) => Some(respond::error(call.protocol, &error)),
        (None, Fault::Html { status, .. }) => Some(respond::html(*status)),
        _ => None,
    }
}

/// The body, whole: S3 objects have no limit but memory here.
pub(crate) async fn whole_body(body: Body) -> Result<Bytes, StatusCode> {
    axum::body::to_bytes(body, usize::MAX).await.map_err(|_| StatusCode::BAD_REQUEST)
}
