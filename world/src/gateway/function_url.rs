//! A function URL: an HTTP address whose every request invokes one function, and is answered by what it returns.
//!
//! Comes in: HTTP requests. Goes out: events of payload format 2.0 to the real binary, through the runtime API; its
//! answer as HTTP. Never: the query string or a body in the journal, where a link's token would stay.
//!
//! Unlike AWS: plain HTTP on loopback; no CORS; no streamed answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::REGION;
use super::call::{Call, Effect, Protocol};
use super::journal::{AnsweredBy, End};
use super::server::Server;
use crate::ids;

/// Lambda's own limit for a synchronous invocation.
const LARGEST: usize = 6 * 1024 * 1024;
/// Who calls: anybody.
const ANYBODY: &str = "browser";

/// One function's address.
#[derive(Debug)]
struct Url {
    function: String,
    /// Where an invocation is posted to.
    invoke: String,
    http: reqwest::Client,
    server: Arc<Server>,
}

/// Serves the URL of a function; it answers from the moment this returns, at the address that is returned.
pub(super) async fn serve(
    server: Arc<Server>,
    function: &str,
    runtime_api: &str,
) -> std::io::Result<(String, tokio::task::JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let invoke = format!("{runtime_api}/2015-03-31/functions/{function}/invocations");
    let http = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
    let url = Arc::new(Url { function: function.to_owned(), invoke, http, server });
    let app = Router::new().fallback(handle).with_state(url);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "a function URL ended");
        }
    });
    Ok((format!("http://{address}/"), serving))
}

async fn handle(
    State(url): State<Arc<Url>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (at, started) = (url.server.cloud.clock.now(), Instant::now());
    let (parts, body) = request.into_parts();
    let response = match axum::body::to_bytes(body, LARGEST).await {
        Ok(body) => url.answer(&parts, &body, source).await,
        Err(_) => refusal(StatusCode::PAYLOAD_TOO_LARGE),
    };
    let call = url.call(&parts);
    let status = Some(response.status().as_u16());
    url.server.journal.add(at, started.elapsed(), call, End { status, performed: status, by: AnsweredBy::World });
    response
}

impl Url {
    async fn answer(&self, parts: &Parts, body: &Bytes, source: SocketAddr) -> Response<Body> {
        match self.invoke(event(parts, body, source)).await {
            Ok(answer) => response(&answer),
            Err(error) => {
                tracing::warn!(%error, function = self.function, "a function URL got no answer");
                refusal(StatusCode::BAD_GATEWAY)
            }
        }
    }

    /// Synchronously. No durable execution: that would have to be asked for.
    async fn invoke(&self, event: Value) -> Result<Value, reqwest::Error> {
        let request = self.http.post(&self.invoke).json(&event).timeout(Duration::from_secs(30));
        request.send().await?.error_for_status()?.json().await
    }

    fn call(&self, parts: &Parts) -> Call {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let input = json!({"FunctionName": self.function, "Method": method, "Path": path});
        Call {
            service: "lambda".to_owned(),
            operation: "InvokeFunctionUrl".to_owned(),
            protocol: Protocol::RestJson,
            effect: if matches!(method, "GET" | "HEAD") { Effect::Read } else { Effect::Write },
            region: REGION.to_owned(),
            caller: ANYBODY.to_owned(),
            input: input.as_object().cloned().unwrap_or_default(),
        }
    }
}

/// A request as Lambda gives it to a function.
fn event(parts: &Parts, body: &Bytes, source: SocketAddr) -> Value {
    let headers = headers(&parts.headers);
    let host = headers.get("host").cloned().unwrap_or_default();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": source.ip().to_string(),
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
            },
            "requestId": ids::uuid(),
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": false,
    });
    if !query.is_empty() {
        event["queryStringParameters"] = Value::Object(super::form::members(query));
    }
    if let Some(cookies) = parts.headers.get("cookie").and_then(|cookies| cookies.to_str().ok()) {
        event["cookies"] = cookies.split("; ").collect();
    }
    if !body.is_empty() {
        let text = Some(body).filter(|_| is_text(&headers)).and_then(|body| std::str::from_utf8(body).ok());
        event["isBase64Encoded"] = json!(text.is_none());
        event["body"] = text.map_or_else(|| json!(STANDARD.encode(body)), |text| json!(text));
    }
    event
}

/// Lambda passes text and JSON on as they are; everything else, forms too, in base64.
fn is_text(headers: &Map<String, Value>) -> bool {
    let media = headers.get("content-type").and_then(Value::as_str).unwrap_or_default();
    ["text/", "application/json", "application/xml", "application/javascript"]
        .iter()
        .any(|kind| media.starts_with(kind))
}

/// Names in lower case, several of one name in one line.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let named = headers.keys().filter(|name| name.as_str() != "cookie");
    let values = |name: &HeaderName| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        values.collect::<Vec<_>>().join(",")
    };
    let mut all: Map<String, Value> = named.map(|name| (name.as_str().to_owned(), json!(values(name)))).collect();
    all.insert("x-forwarded-proto".to_owned(), json!("http"));
    all
}

/// What a function returned, as HTTP. What is no such answer is Lambda's 502.
fn response(answer: &Value) -> Response<Body> {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        return refusal(StatusCode::BAD_GATEWAY);
    };
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(text).unwrap_or_default(),
        _ => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn refusal(status: StatusCode) -> Response<Body> {
    let words = status.canonical_reason().unwrap_or("Error");
    let mut response = Response::new(Body::from(json!({ "Message": words }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, media: &str, body: &str) -> Value {
        let request = Request::builder().method(method).uri(uri).header("Host", "127.0.0.1:80");
        let request = request.header("Content-Type", media).header("Cookie", "a=1; b=2").header("X-Two", "1");
        let (parts, ()) = request.header("X-Two", "2").body(()).unwrap().into_parts();
        event(&parts, &Bytes::from(body.to_owned()), SocketAddr::from(([127, 0, 0, 9], 1)))
    }

    #[test]
    fn a_request_becomes_the_event_that_lambda_makes_of_it() {
        let event = request("POST", "/a/b?token=x%20y&z", "application/x-www-form-urlencoded", "a=1");
        assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/a/b"), &json!("token=x%20y&z")));
        assert_eq!(event["queryStringParameters"], json!({"token": "x y", "z": ""}));
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("YT0x"), &json!(true)));
        assert_eq!((&event["cookies"], &event["headers"]["x-two"]), (&json!(["a=1", "b=2"]), &json!("1,2")));
        let http = &event["requestContext"]["http"];
        assert_eq!((&http["method"], &http["sourceIp"]), (&json!("POST"), &json!("127.0.0.9")));
        let event = request("POST", "/", "application/json", "{}");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
        assert_eq!(request("GET", "/", "text/plain", "").get("body"), None);
    }

    #[test]
    fn an_answer_becomes_http_and_what_is_none_a_bad_gateway() {
        let answer = json!({"statusCode": 410, "headers": {"x-a": "b"}, "body": "YQ==", "isBase64Encoded": true});
        let ok = response(&answer);
        assert_eq!((ok.status().as_u16(), ok.headers()["x-a"].to_str().unwrap()), (410, "b"));
        for answer in [json!(null), json!({"statusCode": 9}), json!({"statusCode": "200"})] {
            assert_eq!(response(&answer).status(), 502, "{answer}");
        }
    }
}
