//! The operations we use, each with Jira's checks in Jira's order: credentials, then the request.

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Query as Parameters, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{error, json, no_issue, refused};
use super::state::{Desk, Fault, Seen};
use super::{auth, document, issues, jql, page};

type Shared = State<Arc<Desk>>;
/// Largest body that is read.
const BODY: usize = 1 << 20;

/// Everything the desk answers.
pub(super) fn router(desk: Arc<Desk>) -> Router {
    let jira = Router::new()
        .route("/rest/api/3/issue", post(create))
        .route("/rest/api/3/issue/{key}", get(show))
        .route("/rest/api/3/issue/{key}/comment", post(comment))
        .route("/rest/api/3/search/jql", post(search))
        .route("/rest/api/3/project/{key}", get(project))
        .fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&desk), gate));
    Router::new().route("/desk", get(list)).route("/browse/{key}", get(browse)).merge(jira).with_state(desk)
}

/// Faults, then credentials, then the journal: what a refused stranger asked is nobody's business.
async fn gate(State(desk): Shared, request: Request, next: Next) -> Response {
    let fault = desk.next_fault();
    match fault {
        Some(Fault::RateLimit(seconds)) => return rate_limited(seconds),
        Some(Fault::Status(status)) => return plain(status),
        _ => {}
    }
    if !auth::admitted(&desk, request.headers()) {
        let why = "Client must be authenticated to access this resource.";
        return error(StatusCode::UNAUTHORIZED, &[why], Map::new());
    }
    let Some(request) = journal(&desk, request).await else { return plain(413) };
    let answer = next.run(request).await;
    match fault {
        Some(Fault::LoseAnswer) => lost(),
        Some(Fault::Slow(pause)) => {
            tokio::time::sleep(pause).await;
            answer
        }
        _ => answer,
    }
}

async fn journal(desk: &Desk, request: Request) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let bytes: Bytes = to_bytes(body, BODY).await.ok()?;
    desk.see(Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    });
    Some(Request::from_parts(parts, bytes.into()))
}

fn rate_limited(seconds: u64) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
}

fn plain(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// An answer that breaks off: more is promised than comes.
fn lost() -> Response {
    let mut response = Response::new(axum::body::Body::from_stream(futures_util::stream::iter([
        Ok(Bytes::from_static(b"{")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ])));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
    response
}

/// The body as JSON, or Jira's refusal.
fn body(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Box<Response>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(Box::new(plain(415)));
    }
    serde_json::from_slice(bytes)
        .map_err(|_| Box::new(refused("There was an error parsing JSON. Check that your request body is valid.")))
}

async fn create(State(desk): Shared, headers: HeaderMap, bytes: Bytes) -> Response {
    let request = match body(&headers, &bytes) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let complaints = issues::complaints(&desk.config, &request["fields"]);
    if !complaints.is_empty() {
        return error(StatusCode::BAD_REQUEST, &[], complaints);
    }
    let issue = desk.create(&request["fields"]);
    let myself = format!("{}/rest/api/3/issue/{}", desk.url, issue.id);
    json(StatusCode::CREATED, json!({"id": issue.id, "key": issue.key, "self": myself}))
}

#[derive(Deserialize)]
struct Fields {
    fields: Option<String>,
}

async fn show(State(desk): Shared, Path(key): Path<String>, Parameters(asked): Parameters<Fields>) -> Response {
    let wanted: Vec<String> = asked.fields.iter().flat_map(|fields| fields.split(',')).map(str::to_owned).collect();
    match desk.issue(&key) {
        Some(issue) => json(StatusCode::OK, issue.bean(&desk.url, &wanted)),
        None => no_issue(),
    }
}

async fn comment(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    let request = match body(&headers, &bytes) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let text = &request["body"];
    let wrong =
        document::check(text).err().map(|why| format!("INVALID_INPUT: {why}")).or_else(|| issues::too_long(text));
    if let Some(wrong) = wrong {
        return error(StatusCode::BAD_REQUEST, &[], Map::from_iter([("comment".to_owned(), json!(wrong))]));
    }
    match desk.comment(&key, text.clone()) {
        Some(comment) => json(StatusCode::CREATED, comment.bean()),
        None => no_issue(),
    }
}

async fn search(State(desk): Shared, headers: HeaderMap, bytes: Bytes) -> Response {
    let request = match body(&headers, &bytes) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let query = match jql::parse(request["jql"].as_str().unwrap_or_default(), &desk.config.project) {
        Ok(query) => query,
        Err(why) => return refused(&why),
    };
    let names = request["fields"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // Without a list of fields this search gives ids alone.
    let wanted: Vec<String> = names.map(str::to_owned).chain(["id".to_owned()]).collect();
    let limit = request["maxResults"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50);
    let found = desk.search(&query);
    let beans: Vec<Value> = found.iter().take(limit).map(|issue| issue.bean(&desk.url, &wanted)).collect();
    json(StatusCode::OK, json!({"issues": beans, "isLast": found.len() <= limit}))
}

async fn project(State(desk): Shared, Path(key): Path<String>) -> Response {
    if key != desk.config.project {
        let why = format!("No project could be found with key '{key}'.");
        return error(StatusCode::NOT_FOUND, &[&why], Map::new());
    }
    let types: Vec<Value> = desk.config.issue_types.iter().map(|name| json!({"name": name})).collect();
    json(StatusCode::OK, json!({"key": key, "name": key, "issueTypes": types}))
}

async fn unknown() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

async fn list(State(desk): Shared) -> Html<String> {
    Html(page::render(&desk.issues()))
}

async fn browse(State(desk): Shared, Path(key): Path<String>) -> Response {
    match desk.issue(&key) {
        Some(issue) => Html(page::render(&[issue])).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
