//! A world for one test: strict moto, the gateway, and a function that only remembers what it got.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_api::{ApiError, CallOptions, Client, Models};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use world::bus::{InvokeError, Invoker};
use world::clock::Timings;
use world::gateway::{Gateway, GatewayConfig, REGION, RunningGateway};

/// Remembers every invocation; fails as often as it is told.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) calls: Mutex<Vec<(String, Value, String)>>,
    pub(crate) failures: Mutex<usize>,
}

#[async_trait]
impl Invoker for Recorder {
    async fn invoke(&self, function: &str, payload: Value, name: &str) -> Result<Value, InvokeError> {
        self.calls.lock().unwrap().push((function.to_owned(), payload, name.to_owned()));
        let mut failures = self.failures.lock().unwrap();
        if *failures == 0 {
            return Ok(Value::Null);
        }
        *failures -= 1;
        Err(InvokeError::Function {
            function: function.to_owned(),
            execution: None,
            error_type: "Told".into(),
            message: "to fail".into(),
        })
    }
}

/// One moto for all tests, one after the other: it takes seconds to start and milliseconds to forget everything.
static MOTO: Mutex<Option<(Child, String)>> = Mutex::new(None);
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// One world.
pub(crate) struct World {
    pub(crate) gateway: RunningGateway,
    pub(crate) client: Client,
    pub(crate) http: reqwest::Client,
    pub(crate) functions: Arc<Recorder>,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

/// A world at this pace, or `None` with a loud word where moto or the models are not installed.
pub(crate) async fn world(template: Option<&str>, timings: Timings) -> Option<World> {
    let (python, models) = (python()?, models()?);
    let turn = TURN.lock().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let moto_url = moto(&python);
    answers(&http, &format!("{moto_url}/_strict")).await;
    http.post(format!("{moto_url}/moto-api/reset")).send().await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut config = GatewayConfig::new(moto_url, &models);
    config.timings = timings;
    if let Some(text) = template {
        let path = folder.path().join("template.yaml");
        std::fs::write(&path, text).unwrap();
        config.template = Some(path);
    }
    let functions = Arc::new(Recorder::default());
    let gateway = Gateway::start(config, functions.clone()).await.unwrap();
    let client = client(&models, &gateway.url).await;
    Some(World { gateway, client, http, functions, _turn: turn })
}

/// The address of moto, which is started when it is first asked for and ends with this process.
fn moto(python: &Path) -> String {
    let mut moto = MOTO.lock().unwrap();
    let (_, url) = moto.get_or_insert_with(|| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/strict_moto.py");
        let mut command = Command::new(python);
        command.arg(script).args(["-p", &port.to_string(), "--with-parent"]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        (child, format!("http://127.0.0.1:{port}"))
    });
    url.clone()
}

fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/venv/bin/python");
    #[expect(clippy::disallowed_methods, reason = "where the tools of the tests are is the tester's choice")]
    let chosen = std::env::var("KINTSUGI_VENV").map_or(own, |venv| PathBuf::from(venv).join("bin/python"));
    existing(chosen)
}

fn models() -> Option<PathBuf> {
    existing(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack"))
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; `make setup` installs it", path.display());
    None
}

async fn answers(http: &reqwest::Client, url: &str) {
    let begun = Instant::now();
    while http.get(url).send().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "moto does not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn client(models: &Path, url: &str) -> Client {
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("tester", "secret", None, None, "test"))
        .endpoint_url(url)
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await;
    Client::new(Arc::new(Models::open(models).unwrap()), sdk)
}

impl World {
    pub(crate) async fn call(&self, service: &str, api: &str, input: Value) -> Value {
        self.attempt(service, api, input).await.unwrap()
    }

    pub(crate) async fn attempt(&self, service: &str, api: &str, input: Value) -> Result<Value, ApiError> {
        self.client.call(service, api, input, CallOptions::default()).await
    }

    /// The error code of a call that must be refused.
    pub(crate) async fn refusal(&self, service: &str, api: &str, input: Value) -> String {
        match self.attempt(service, api, input).await {
            Err(ApiError::Service(error)) => error.code.clone(),
            other => panic!("{service}:{api} was not refused: {other:?}"),
        }
    }

    pub(crate) async fn admin(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = method.parse().unwrap();
        let request = self.http.request(method, format!("{}/_world/{path}", self.gateway.url)).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// A running instance of this type.
    pub(crate) async fn instance(&self, kind: &str) -> String {
        let filters =
            json!([{"Name": "architecture", "Values": ["x86_64"]}, {"Name": "virtualization-type", "Values": ["hvm"]}]);
        let images = self.call("ec2", "DescribeImages", json!({ "Filters": filters })).await;
        let image = images["Images"][0]["ImageId"].clone();
        let run = json!({ "ImageId": image, "InstanceType": kind, "MinCount": 1, "MaxCount": 1 });
        let id = self.call("ec2", "RunInstances", run).await["Instances"][0]["InstanceId"].as_str().unwrap().to_owned();
        self.state(&id, "running").await;
        id
    }

    /// Waits until the instance is in this state.
    pub(crate) async fn state(&self, id: &str, wanted: &str) {
        eventually(|| async {
            let seen = self.call("ec2", "DescribeInstances", json!({ "InstanceIds": [id] })).await;
            seen["Reservations"][0]["Instances"][0]["State"]["Name"] == wanted
        })
        .await;
    }

    pub(crate) fn calls_of_functions(&self) -> Vec<(String, Value)> {
        self.functions
            .calls
            .lock()
            .unwrap()
            .iter()
            .map(|(function, payload, _)| (function.clone(), payload.clone()))
            .collect()
    }
}

/// Waits until it is so, and fails when it never is.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never happened");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// A pace at which nothing is waited for.
pub(crate) fn at_once() -> Timings {
    Timings { scale: 0.0, ..Timings::default() }
}
