//! The world's own address, `/_world/`: look at it, change it, hurry it.
//!
//! Comes in: HTTP with JSON. Goes out: JSON; a request that cannot be obeyed is answered with 400 and one sentence.
//! Never: an AWS call.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Script;
use super::journal::Filter;
use super::running::GatewayError;
use super::server::Server;
use crate::clock::Timings;

type World = State<Arc<Server>>;

/// Everything under `/_world`.
pub(crate) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/health", get(health))
        .route("/journal", get(journal).delete(clear_journal))
        .route("/faults", get(faults).put(set_faults).delete(end_faults))
        .route("/loads", get(loads))
        .route("/loads/{instance}", put(set_load).delete(forget_load))
        .route("/alarms/evaluate", post(evaluate_alarms))
        .route("/config/evaluate", post(evaluate_config))
        .route("/events", get(events).post(emit))
        .route("/notifications", post(notify))
        .route("/invocations", post(invoke))
        .route("/deliveries", get(deliveries))
        .route("/clock", get(clock).put(set_clock))
        .route("/routes", get(show_routes))
        .fallback(|| async {
            (
                StatusCode::NOT_FOUND,
                Json(json!({ "error": "the world has no such page; docs/local-world.md lists them" })),
            )
        })
}

/// A sentence about what cannot be done.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl Refusal {
    fn input(reason: impl std::fmt::Display) -> Self {
        Self(StatusCode::BAD_REQUEST, reason.to_string())
    }

    fn moto(error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source());
        Self(StatusCode::BAD_GATEWAY, causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(Refusal::input)
}

async fn health(State(server): World) -> Result<Json<Value>, Refusal> {
    let identity =
        server.cloud.moto.call("sts", "GetCallerIdentity", json!({})).await.map_err(|error| Refusal::moto(&error))?;
    Ok(Json(
        json!({ "status": "ok", "account": identity["Account"], "functions": server.cloud.bus.routes().functions.len() }),
    ))
}

async fn journal(State(server): World, Query(filter): Query<Filter>) -> Json<Value> {
    Json(json!({ "calls": server.journal.entries(&filter) }))
}

async fn clear_journal(State(server): World) -> StatusCode {
    server.journal.clear();
    StatusCode::NO_CONTENT
}

async fn faults(State(server): World) -> Json<Value> {
    Json(server.faults.report())
}

async fn set_faults(State(server): World, Json(script): Json<Value>) -> Result<Json<Value>, Refusal> {
    server.faults.set(read(script)?).map_err(Refusal::input)?;
    Ok(Json(server.faults.report()))
}

async fn end_faults(State(server): World) -> Result<StatusCode, Refusal> {
    server.faults.set(Script::default()).map_err(Refusal::input)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    vcpus: f64,
}

async fn loads(State(server): World) -> Json<Value> {
    Json(json!({ "vcpus": server.cloud.alarms.loads().await }))
}

async fn set_load(
    State(server): World,
    Path(instance): Path<String>,
    Json(load): Json<Value>,
) -> Result<StatusCode, Refusal> {
    let Load { vcpus } = read(load)?;
    if !(0.0..=10_000.0).contains(&vcpus) {
        return Err(Refusal::input(format!("a load lies between 0 and 10000 vCPUs, not {vcpus}")));
    }
    server.cloud.alarms.set_load(&instance, Some(vcpus)).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn forget_load(State(server): World, Path(instance): Path<String>) -> StatusCode {
    server.cloud.alarms.set_load(&instance, None).await;
    StatusCode::NO_CONTENT
}

async fn evaluate_alarms(State(server): World) -> Result<StatusCode, Refusal> {
    server.cloud.alarms.evaluate_now().await.map_err(|error| Refusal::moto(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn evaluate_config(State(server): World) -> Result<StatusCode, Refusal> {
    server.cloud.config.evaluate_all().await.map_err(|error| Refusal::moto(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn events(State(server): World) -> Json<Value> {
    Json(json!({ "events": server.cloud.bus.log().events() }))
}

#[derive(Deserialize)]
struct On {
    #[serde(default = "default_bus")]
    bus: String,
}

fn default_bus() -> String {
    "default".to_owned()
}

/// Any event, as it is: also one that only AWS itself may send.
async fn emit(State(server): World, Query(on): Query<On>, Json(event): Json<Value>) -> Result<StatusCode, Refusal> {
    if !event.is_object() {
        return Err(Refusal::input("an event is a JSON object"));
    }
    server.cloud.bus.emit(&on.bus, event);
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Notification {
    topic_arn: String,
    subject: Option<String>,
    message: String,
}

async fn notify(State(server): World, Json(notification): Json<Value>) -> Result<StatusCode, Refusal> {
    let Notification { topic_arn, subject, message } = read(notification)?;
    server.cloud.bus.notify(&topic_arn, subject.as_deref(), &message, std::iter::empty());
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invocation {
    function: String,
    payload: Value,
}

/// An asynchronous invocation, with Lambda's retries and dead-letter queue.
async fn invoke(State(server): World, Json(invocation): Json<Value>) -> Result<StatusCode, Refusal> {
    let Invocation { function, payload } = read(invocation)?;
    if server.cloud.bus.routes().function(&function).is_none() {
        return Err(Refusal::input(format!("the template has no function {function}")));
    }
    server.cloud.bus.invoke("byHand", "by hand", &function, payload);
    Ok(StatusCode::ACCEPTED)
}

async fn deliveries(State(server): World) -> Json<Value> {
    Json(json!({ "deliveries": server.cloud.bus.log().deliveries() }))
}

async fn clock(State(server): World) -> Json<Timings> {
    Json(server.cloud.clock.timings())
}

/// Members that are absent stay as they are.
async fn set_clock(State(server): World, Json(change): Json<Value>) -> Result<Json<Timings>, Refusal> {
    let mut timings = json!(server.cloud.clock.timings());
    for (member, value) in change.as_object().ok_or_else(|| Refusal::input("timings are a JSON object"))? {
        timings[member] = value.clone();
    }
    let timings: Timings = read(timings)?;
    match server.set_pace(timings).await {
        Ok(()) => Ok(Json(timings)),
        Err(error @ GatewayError::Timings(_)) => Err(Refusal::input(error)),
        Err(error) => Err(Refusal::moto(&error)),
    }
}

async fn show_routes(State(server): World) -> Json<Value> {
    let routes = server.cloud.bus.routes();
    let name = |index: usize| routes.functions[index].name.as_str();
    let functions: Vec<Value> = routes
        .functions
        .iter()
        .map(|f| json!({ "name": f.name, "physicalName": f.physical_name, "deadLetterQueue": f.dead_letter_queue }))
        .collect();
    let rules: Vec<Value> = routes
        .rules
        .iter()
        .map(|rule| json!({ "name": rule.name, "bus": rule.bus, "pattern": rule.pattern }))
        .collect();
    let subscriptions: Vec<Value> = routes
        .subscriptions
        .iter()
        .map(|(topic, function)| json!({ "topicArn": topic, "function": name(*function) }))
        .collect();
    let sources: Vec<Value> = routes
        .sources
        .iter()
        .map(|source| json!({ "queue": source.queue, "function": name(source.function) }))
        .collect();
    Json(
        json!({ "functions": functions, "rules": rules, "subscriptions": subscriptions, "sources": sources, "queues": routes.queues, "topics": routes.topics }),
    )
}
