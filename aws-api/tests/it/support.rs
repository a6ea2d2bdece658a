//! A service that answers as told and remembers what it was asked, on a free loopback port.
//!
//! Comes in: answers, in the order in which they are to be given.
//! Goes out: a client that talks to it, and the requests as they arrived on the wire.
//! Never: an opinion about AWS; the tests say what they expect.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_api::{ApiError, CallOptions, Client, Models};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

pub(crate) fn ok(body: &str) -> Answer {
    answer(200, body)
}

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_owned(), delay: Duration::ZERO }
}

impl Answer {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// One request, header names in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The form of a query request, decoded no further than the tests need.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        let pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// `ec2/eu-west-1`: what the request was signed for.
    pub(crate) fn signed_for(&self) -> String {
        let scope: Vec<&str> = self.header("authorization").split('/').collect();
        match scope.as_slice() {
            [_, _, region, service, ..] => format!("{service}/{region}"),
            _ => String::new(),
        }
    }
}

#[derive(Default)]
struct Memory {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
}

/// The service.
pub(crate) struct Service {
    memory: Arc<Memory>,
    pub(crate) url: String,
}

impl Service {
    /// Gives the answers one after the other; the last one again and again.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let memory = Arc::new(Memory { answers: Mutex::new(answers.into_iter().collect()), ..Memory::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&memory);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { memory, url }
    }

    /// Everything asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.memory.asked.lock().unwrap().clone()
    }

    /// The only request there was.
    pub(crate) fn only(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:#?}");
        asked.into_iter().next().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.memory.connections.load(Ordering::SeqCst)
    }
}

async fn serve(stream: TcpStream, memory: Arc<Memory>) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream).await {
        memory.asked.lock().unwrap().push(asked);
        let answer = {
            let mut answers = memory.answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        };
        let Some(answer) = answer else { return };
        tokio::time::sleep(answer.delay).await;
        let mut head = format!("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if stream.write_all(format!("{head}\r\n{}", answer.body).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let (method, rest) = line.trim().split_once(' ')?;
    let (method, target) = (method.to_owned(), rest.split(' ').next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Answers everything with `{}` without a socket, and remembers what it was asked: for hosts that tests cannot reach.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<Vec<HttpRequest>>>);

impl Addresses {
    /// The address of the last request.
    pub(crate) fn last(&self) -> String {
        self.0.lock().unwrap().last().map(|request| request.uri().to_owned()).unwrap_or_default()
    }

    /// A header of the last request.
    pub(crate) fn header(&self, name: &str) -> String {
        let requests = self.0.lock().unwrap();
        requests.last().and_then(|request| request.headers().get(name)).unwrap_or_default().to_owned()
    }

    pub(crate) fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Addresses {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from("{}"))))
    }
}

/// The models, or nothing and a loud word.
pub(crate) fn models() -> Option<Arc<Models>> {
    let given = std::env::var_os("KINTSUGI_MODELS").map(PathBuf::from);
    let path = given.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../.local/models/models.pack").into());
    if path.exists() {
        return Some(Arc::new(Models::open(path).unwrap()));
    }
    eprintln!("SKIPPED: no service models at {}: `make models` makes them", path.display());
    None
}

/// A configuration that talks to `url`, with the secret `SECRET` and quick retries.
pub(crate) fn sdk(url: &str) -> aws_config::SdkConfig {
    builder().endpoint_url(url).build()
}

/// The same without an endpoint.
pub(crate) fn builder() -> aws_types::sdk_config::Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "SECRET", None, None, "test")))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
}

/// A client of the service; `None` where there are no models.
pub(crate) fn client(service: &Service) -> Option<Client> {
    Some(Client::new(models()?, sdk(&service.url)))
}

/// One call with default options.
pub(crate) async fn call(client: &Client, service: &str, api: &str, input: Value) -> Result<Value, ApiError> {
    client.call(service, api, input, CallOptions::default()).await
}

/// An error and its causes, one per line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |e| e.source()).map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The time, for answers that must lie in the future or the past.
#[expect(clippy::disallowed_methods, reason = "the SDK signs and caches by the real time")]
pub(crate) fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}
