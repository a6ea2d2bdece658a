//! One call through the gateway: name it, perhaps spoil it, answer it or pass it on, write it down.
//!
//! Comes in: HTTP requests. Goes out: HTTP answers. Never: a call that is not in the journal, unless it is one to the
//! world itself (`/_world/`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Response, StatusCode, request::Parts};

use super::call::{Call, Effect};
use super::connection::Scissors;
use super::faults::{Fault, Faults};
use super::forward::{self, Forwarder};
use super::identify::identify;
use super::journal::{AnsweredBy, Journal};
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
}

struct Answer {
    /// `None`: no answer, the connection ends.
    response: Option<Response<Body>>,
    by: AnsweredBy,
}

/// Handles one call.
pub(crate) async fn handle(
    State(server): State<Arc<Server>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    parts: Parts,
    body: Bytes,
) -> Response<Body> {
    let (at, started) = (server.cloud.clock.now(), Instant::now());
    let mut call = identify(&parts.method, &parts.uri, &parts.headers, &body);
    if let Some(reads) = server.cloud.moto.reads(&call.service, &call.operation) {
        call.effect = if reads { Effect::Read } else { Effect::Write };
    }
    let answer = server.answer(&call, &parts, body).await;
    let status = answer.response.as_ref().map(|response| response.status().as_u16());
    server.journal.add(at, started.elapsed(), call, status, answer.by);
    answer.response.unwrap_or_else(|| {
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

    async fn answer(&self, call: &Call, parts: &Parts, body: Bytes) -> Answer {
        let Some(fault) = self.faults.of(call) else { return self.perform(call, parts, body).await };
        let performed = if fault.performed() { Some(self.perform(call, parts, body).await) } else { None };
        if let Fault::Delay { seconds } = fault {
            tokio::time::sleep(Duration::try_from_secs_f64(seconds).unwrap_or_default()).await;
            if let Some(answer) = performed {
                return answer;
            }
        }
        let response = match (fault.error(call), &fault) {
            (Some(error), _) => Some(respond::error(call.protocol, &error)),
            (None, Fault::Html { status, .. }) => Some(respond::html(*status)),
            _ => None,
        };
        Answer { response, by: AnsweredBy::Fault }
    }

    async fn perform(&self, call: &Call, parts: &Parts, body: Bytes) -> Answer {
        if let Some(answer) = self.cloud.answer(call).await {
            let response = answer
                .map_or_else(|error| respond::error(call.protocol, &error), |output| respond::json_answer(&output));
            return Answer { response: Some(response), by: AnsweredBy::World };
        }
        match self.pass(call, parts, body).await {
            Ok(response) => Answer { response: Some(response), by: AnsweredBy::Moto },
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
                Answer { response: Some(respond::error(call.protocol, &error)), by: AnsweredBy::World }
            }
        }
    }

    async fn pass(
        &self,
        call: &Call,
        parts: &Parts,
        body: Bytes,
    ) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
        let before = self.cloud.before(call).await?;
        let (status, headers, body) = self.forwarder.pass(&parts.method, &parts.uri, &parts.headers, body).await?;
        if status.is_success() {
            self.cloud.after(call, before).await?;
        }
        Ok(forward::answer(status, headers, body))
    }
}

/// The body, whole: S3 objects have no limit but memory here.
pub(crate) async fn whole_body(body: Body) -> Result<Bytes, StatusCode> {
    axum::body::to_bytes(body, usize::MAX).await.map_err(|_| StatusCode::BAD_REQUEST)
}
