//! The Lambda runtime's side of every function: durable execution if there is one, one plain invocation if not.
//!
//! Comes in: what Lambda delivers. Goes out: the handler's answer. Never: a failure that nobody hears of. The
//! durable service reports a failed handler as a successful invocation, so of a handler that cannot end we tell ourselves.

use std::sync::Arc;

use async_trait::async_trait;
use aws_durable_execution_sdk::{self as durable, BoxError, DurableContext, InvocationPayload, Options};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::aws::Services;
use crate::host::{DurableHost, Journal, LocalHost, RunHost};
use crate::remediation::{self, Remediation};
use crate::settings::Settings;
use crate::{publish, telemetry};

/// What a function does with one event.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles `event`; every effect goes through `host`.
    async fn handle(&self, services: &Services, host: &dyn RunHost, event: Value) -> Result<Value, BoxError>;

    /// Tells people that an execution ended without an answer, for this reason. Nothing can be recorded any more.
    async fn give_up(&self, services: &Services, execution: &str, reason: &str) -> Result<(), BoxError>;
}

/// Reads the settings, starts the clients and serves events until Lambda ends the process.
///
/// # Errors
/// Settings or models that cannot be used, and the runtime's own.
pub async fn serve<H: Handler>(make: impl FnOnce(&Services) -> H) -> Result<(), Error> {
    telemetry::start();
    let services = Services::start(Settings::from_env()?).await?;
    let handler = Arc::new(make(&services));
    let options = Options::builder().sdk_config(services.sdk.clone()).build()?;
    let durably = durable::wrap(durable_handler(Arc::clone(&handler), services.clone()), options);
    let service = service_fn(|event: LambdaEvent<Value>| {
        let (durably, handler, services) = (&durably, &handler, &services);
        async move {
            if !is_durable(&event.payload) {
                return plainly(handler.as_ref(), services, event).await.map_err(|error| diagnostic(error.as_ref()));
            }
            let execution = event.payload["DurableExecutionArn"].as_str().unwrap_or_default().to_owned();
            let payload: InvocationPayload =
                serde_json::from_value(event.payload).map_err(|error| diagnostic(&error))?;
            let answer = durably(LambdaEvent::new(payload, event.context)).await;
            let answer = answer.map_err(|error| diagnostic(error.as_ref()))?;
            let answer = serde_json::to_value(answer).map_err(|error| diagnostic(&error))?;
            if let Some(reason) = given_up(&answer) {
                tell(handler.as_ref(), services, &execution, &reason).await;
            }
            Ok(answer)
        }
    });
    lambda_runtime::run(service).await
}

fn durable_handler<H: Handler>(
    handler: Arc<H>,
    services: Services,
) -> impl Fn(Value, DurableContext) -> futures_util::future::BoxFuture<'static, Result<Value, BoxError>> + Send + Sync {
    move |event, context| {
        let (handler, services) = (Arc::clone(&handler), services.clone());
        Box::pin(async move {
            let host = DurableHost::new(context, services.clone());
            handler.handle(&services, &host, event).await
        })
    }
}

/// The durable service wraps the event in an envelope of its own.
fn is_durable(payload: &Value) -> bool {
    payload.get("DurableExecutionArn").is_some() && payload.get("CheckpointToken").is_some()
}

/// Why the execution is over without an answer, as the SDK tells the durable service. What it cannot go on from ends the
/// handler wherever it stands, so that the handler itself cannot tell.
fn given_up(answer: &Value) -> Option<String> {
    let error = &answer["Error"];
    let said = ["ErrorType", "ErrorMessage"].map(|name| error[name].as_str().unwrap_or_default());
    (answer["Status"] == "FAILED").then(|| said.join(": "))
}

async fn tell<H: Handler>(handler: &H, services: &Services, execution: &str, reason: &str) {
    if let Err(error) = handler.give_up(services, execution, reason).await {
        tracing::error!(target: "kintsugi", execution, reason, "nobody was told: {}", telemetry::chain(error.as_ref()));
    }
}

/// What Lambda and the caller see of a failed invocation: a stable name, and every cause.
fn diagnostic(error: &(dyn std::error::Error + 'static)) -> Diagnostic {
    Diagnostic { error_type: "Kintsugi.Unfinished".to_owned(), error_message: telemetry::chain(error) }
}

async fn plainly<H: Handler>(handler: &H, services: &Services, event: LambdaEvent<Value>) -> Result<Value, BoxError> {
    let execution = event.context.request_id.clone();
    let id = execution.clone();
    let reporter = Arc::new(move |progress: &_| telemetry::progress(&id, progress));
    let services = services.ending_at(event.context.deadline);
    let host = LocalHost::new(execution, services.clone(), Journal::in_memory(), reporter);
    let answer = handler.handle(&services, &host, event.payload).await;
    if let Err(error) = &answer {
        tell(handler, &services, host.execution(), &telemetry::chain(error.as_ref())).await;
    }
    answer
}

/// Serves a [`Remediation`].
///
/// # Errors
/// As [`serve`].
pub async fn remediate<R: Remediation>(make: impl FnOnce(&Services) -> R) -> Result<(), Error> {
    serve(|services| Remediates(make(services))).await
}

struct Remediates<R>(R);

#[async_trait]
impl<R: Remediation> Handler for Remediates<R> {
    async fn handle(&self, services: &Services, host: &dyn RunHost, event: Value) -> Result<Value, BoxError> {
        match remediation::handle(&self.0, services, host, &event).await {
            // What is returned is kept by the service, under limits as an event has.
            Ok(record) => Ok(serde_json::to_value(record.within(publish::MAX_DETAIL))?),
            Err(unfinished) => Err(unfinished.into()),
        }
    }

    async fn give_up(&self, services: &Services, execution: &str, reason: &str) -> Result<(), BoxError> {
        let record = remediation::unfinished(R::NAME, services, execution, reason);
        telemetry::outcome(&record);
        Ok(publish::outcome_directly(services, &record).await?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_execution_that_is_over_without_an_answer_is_given_up() {
        let error = json!({"ErrorType": "NonDeterministicExecutionError", "ErrorMessage": "another operation"});
        let failed = given_up(&json!({"Status": "FAILED", "Error": error}));
        assert_eq!(failed.as_deref(), Some("NonDeterministicExecutionError: another operation"));
        for going in [json!({"Status": "SUCCEEDED", "Result": "{}"}), json!({"Status": "PENDING"})] {
            assert_eq!(given_up(&going), None, "{going}");
        }
    }
}
