//! The operations we use, each with Jira's checks in Jira's order: credentials, then the request.

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Query as Parameters, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{error, json, no_issue, refused};
use super::fault::{Fault, plain};
use super::issues::{By, Issue};
use super::server::DeskConfig;
use super::state::{Desk, Flavour, Seen};
use super::{auth, fields, jql, meta, page};

type Shared = State<Arc<Desk>>;
/// Largest body that is read.
const BODY: usize = 1 << 20;

/// Everything the desk answers.
pub(super) fn router(desk: Arc<Desk>) -> Router {
    let (api, searched) = match desk.config.flavour {
        Flavour::Cloud => ("/rest/api/3", "/search/jql"),
        Flavour::DataCenter => ("/rest/api/2", "/search"),
    };
    let jira = Router::new()
        .route("/issue", post(create))
        .route("/issue/createmeta/{key}/issuetypes", get(types))
        .route("/issue/createmeta/{key}/issuetypes/{type}", get(fields_of_type))
        .route("/issue/{key}", get(show).put(edit))
        .route("/issue/{key}/comment", post(comment))
        .route("/issue/{key}/transitions", get(transitions).post(transition))
        .route(searched, post(search))
        .route("/user/assignable/search", get(assignable))
        .route("/project/{key}", get(project))
        .route("/mypermissions", get(permissions))
        .route("/myself", get(myself));
    let jira = Router::new().nest(api, jira).fallback(unknown).layer(from_fn_with_state(Arc::clone(&desk), gate));
    Router::new().route("/desk", get(list)).route("/browse/{key}", get(browse)).merge(jira).with_state(desk)
}

/// Faults, then credentials, then the journal: what a refused stranger asked is nobody's business.
async fn gate(State(desk): Shared, request: Request, next: Next) -> Response {
    let fault = desk.next_fault();
    if let Some(instead) = fault.and_then(Fault::instead) {
        return instead;
    }
    if !auth::admitted(&desk, request.headers()) {
        let why = "Client must be authenticated to access this resource.";
        return error(StatusCode::UNAUTHORIZED, &[why], Map::new());
    }
    let Some(request) = journal(&desk, request).await else { return plain(413) };
    let answer = next.run(request).await;
    match fault {
        Some(fault) => fault.afterwards(answer).await,
        None => answer,
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
    let complaints = fields::complaints(&desk.config, desk.config.flavour, &request["fields"]);
    if !complaints.is_empty() {
        return error(StatusCode::BAD_REQUEST, &[], complaints);
    }
    let issue = desk.create(&request["fields"]);
    let myself = issue.address(&desk.url);
    json(StatusCode::CREATED, json!({"id": issue.id, "key": issue.key, "self": myself}))
}

#[derive(Deserialize)]
struct Fields {
    fields: Option<String>,
    expand: Option<String>,
}

/// The issue as it is asked for.
fn bean(issue: &Issue, url: &str, wanted: &[String], with_changes: bool) -> Value {
    if with_changes { issue.bean_with_changes(url, wanted) } else { issue.bean(url, wanted) }
}

async fn show(State(desk): Shared, Path(key): Path<String>, Parameters(asked): Parameters<Fields>) -> Response {
    let wanted: Vec<String> = asked.fields.iter().flat_map(|fields| fields.split(',')).map(str::to_owned).collect();
    match desk.issue(&key) {
        Some(issue) => {
            let with_changes = asked.expand.as_deref() == Some("changelog");
            json(StatusCode::OK, bean(&issue, &desk.url, &wanted, with_changes))
        }
        None => no_issue(),
    }
}

async fn comment(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    let request = match body(&headers, &bytes) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let text = &request["body"];
    if let Some(wrong) = fields::text(desk.config.flavour, text) {
        return error(StatusCode::BAD_REQUEST, &[], Map::from_iter([("comment".to_owned(), json!(wrong))]));
    }
    match desk.comment(&key, text.clone()) {
        Some(comment) => json(StatusCode::CREATED, comment.bean()),
        None => no_issue(),
    }
}

/// Labels by `update`, a priority by `fields`: what we change of an issue. Everything else is refused.
async fn edit(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    let request = match body(&headers, &bytes) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let Some(issue) = desk.issue(&key) else { return no_issue() };
    let edited = match edited(issue, &request, &desk.config) {
        Ok(edited) => edited,
        Err((field, why)) => return error(StatusCode::BAD_REQUEST, &[], Map::from_iter([(field, json!(why))])),
    };
    desk.edit(&key, edited, By::Kintsugi);
    StatusCode::NO_CONTENT.into_response()
}

fn edited(mut issue: Issue, request: &Value, config: &DeskConfig) -> Result<Issue, (String, String)> {
    for (field, value) in request["fields"].as_object().into_iter().flatten() {
        let name = value["name"].as_str().filter(|name| config.priorities.iter().any(|known| known == name));
        match name {
            Some(name) if field == "priority" => issue.priority = Some(name.to_owned()),
            _ => return Err((field.clone(), format!("Field '{field}' cannot be set."))),
        }
    }
    for (field, operations) in request["update"].as_object().into_iter().flatten() {
        if field != "labels" {
            return Err((field.clone(), format!("Field '{field}' cannot be set.")));
        }
        for operation in operations.as_array().into_iter().flatten() {
            match (operation["add"].as_str(), operation["remove"].as_str()) {
                (Some(label), None) if !label.contains(char::is_whitespace) => issue.labels.push(label.to_owned()),
                (None, Some(label)) => issue.labels.retain(|known| known != label),
                _ => return Err((field.clone(), "The operation is not valid.".to_owned())),
            }
        }
    }
    Ok(issue)
}

#[derive(Deserialize)]
struct Expand {
    expand: Option<String>,
}

async fn transitions(State(desk): Shared, Path(key): Path<String>, Parameters(asked): Parameters<Expand>) -> Response {
    let with_fields = asked.expand.is_some_and(|expand| expand.split(',').any(|name| name == "transitions.fields"));
    match desk.issue(&key) {
        Some(issue) => json(StatusCode::OK, json!({"transitions": desk.workflow.offers(issue.status, with_fields)})),
        None => no_issue(),
    }
}

async fn transition(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap, bytes: Bytes) -> Response {
    let request = match body(&headers, &bytes) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let Some(issue) = desk.issue(&key) else { return no_issue() };
    match desk.workflow.go(issue.status, &request) {
        Ok(status) => {
            desk.becomes(&key, status, By::Kintsugi);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(why) => refused(&why),
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
    // A text in the cloud, a list elsewhere.
    let with_changes = match desk.config.flavour {
        Flavour::Cloud => request["expand"] == "changelog",
        Flavour::DataCenter => request["expand"] == json!(["changelog"]),
    };
    let one = |issue: &Issue| bean(issue, &desk.url, &wanted, with_changes);
    let beans: Vec<Value> = found.iter().take(limit).map(one).collect();
    json(StatusCode::OK, json!({"issues": beans, "isLast": found.len() <= limit}))
}

async fn project(State(desk): Shared, Path(key): Path<String>) -> Response {
    if key != desk.config.project {
        return no_project(&key);
    }
    let types: Vec<Value> = desk.config.issue_types.iter().map(|name| json!({"name": name})).collect();
    json(StatusCode::OK, json!({"key": key, "name": key, "issueTypes": types}))
}

fn no_project(key: &str) -> Response {
    let why = format!("No project could be found with key '{key}'.");
    error(StatusCode::NOT_FOUND, &[&why], Map::new())
}

async fn types(State(desk): Shared, Path(key): Path<String>) -> Response {
    match key == desk.config.project {
        true => json(StatusCode::OK, meta::types(&desk.config, desk.config.flavour)),
        false => no_project(&key),
    }
}

async fn fields_of_type(State(desk): Shared, Path((key, id)): Path<(String, String)>) -> Response {
    match meta::fields(&desk.config, desk.config.flavour, &id).filter(|_| key == desk.config.project) {
        Some(fields) => json(StatusCode::OK, fields),
        None => no_project(&key),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    project: String,
    account_id: Option<String>,
    username: Option<String>,
}

async fn assignable(State(desk): Shared, Parameters(wanted): Parameters<Wanted>) -> Response {
    if wanted.project != desk.config.project {
        return no_project(&wanted.project);
    }
    let (flavour, people) = (desk.config.flavour, desk.config.people.iter());
    let found: Vec<Value> = match flavour {
        Flavour::Cloud => {
            people.filter(|id| Some(*id) == wanted.account_id.as_ref()).map(|id| json!({"accountId": id})).collect()
        }
        Flavour::DataCenter => {
            let begins = wanted.username.unwrap_or_default();
            people.filter(|name| name.starts_with(&begins)).map(|name| json!({"name": name})).collect()
        }
    };
    json(StatusCode::OK, json!(found))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    project_key: String,
    permissions: Option<String>,
}

/// In the cloud those that are asked for; elsewhere all there are.
async fn permissions(State(desk): Shared, Parameters(asked): Parameters<Asked>) -> Response {
    if asked.project_key != desk.config.project {
        return no_project(&asked.project_key);
    }
    let names: Vec<&str> = match (desk.config.flavour, &asked.permissions) {
        (Flavour::Cloud, None) => return refused("The 'permissions' query parameter is required."),
        (Flavour::Cloud, Some(names)) => names.split(',').collect(),
        (Flavour::DataCenter, _) => meta::PERMISSIONS.to_vec(),
    };
    match names.iter().find(|name| !meta::PERMISSIONS.contains(name)) {
        Some(unknown) => refused(&format!("Unrecognized permission: {unknown}")),
        None => json(StatusCode::OK, meta::permissions(&desk.config, &names)),
    }
}

async fn myself(State(desk): Shared) -> Response {
    json(StatusCode::OK, meta::myself(&desk.config, desk.config.flavour))
}

async fn unknown() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// Nothing is loaded, run or sent by a page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn shown(page: String) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], Html(page))
        .into_response()
}

async fn list(State(desk): Shared) -> Response {
    shown(page::list(&desk.config.project, &desk.issues()))
}

async fn browse(State(desk): Shared, Path(key): Path<String>) -> Response {
    match desk.issue(&key) {
        Some(issue) => {
            let ways = desk.workflow.names(issue.status);
            shown(page::ticket(&desk.config.project, &issue, &ways))
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
