//! What the tests of open-ticket run against: moto for DynamoDB, SQS and the secrets, a desk for Jira.
//!
//! One moto per test binary. It watches its standard input, so that it ends with the tests however they end.

// Each test binary uses its own part of this.
#![allow(dead_code, reason = "shared by test binaries that need different parts of it")]

pub(crate) mod contract;
pub(crate) mod records;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use open_ticket::{Answer, OpenTicket, OpenTicketError};
use serde_json::{Value, json};
use shared::aws::Services;
use shared::host::{Journal, LocalHost};
use shared::settings::Settings;
use world::bus::NoFunctions;
use world::desk::{DeskConfig, RunningDesk};
use world::gateway::{Gateway, GatewayConfig, RunningGateway};

/// Runs the script given as the first argument on a free port until standard input ends, and says where it is.
/// moto looks at a condition and writes in two steps; DynamoDB does both in one, and so do we.
const SERVE_MOTO: &str = "
import os, runpy, socket, sys, threading, time
from moto.dynamodb.models import DynamoDBBackend

one_at_a_time = threading.RLock()

def atomic(write):
    def written(*given, **named):
        with one_at_a_time:
            return write(*given, **named)
    return written

for name in ('put_item', 'update_item', 'delete_item'):
    setattr(DynamoDBBackend, name, atomic(getattr(DynamoDBBackend, name)))

def announce():
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                print('http://127.0.0.1:%d' % port, flush=True)
                sys.stdin.read()
                os._exit(0)
        time.sleep(0.1)
    os._exit(1)

script = sys.argv[1]
with socket.socket() as free:
    free.bind(('127.0.0.1', 0))
    port = free.getsockname()[1]
sys.path.insert(0, os.path.dirname(script))
sys.argv = [script, '-p', str(port)]
threading.Thread(target=announce, daemon=True).start()
runpy.run_path(script, run_name='__main__')
";

static MOTO: OnceLock<Option<(Child, String)>> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Address of moto, or `None` (said loudly) where `make setup` was not run.
fn moto() -> Option<&'static str> {
    let started = MOTO.get_or_init(|| {
        let python = root().join(".local/venv/bin/python");
        if !python.exists() || !models().exists() {
            eprintln!("SKIPPED: no {} or no {}; run `make setup models`", python.display(), models().display());
            return None;
        }
        let mut command = Command::new(python);
        command
            .args(["-c", SERVE_MOTO])
            .arg(root().join("world/python/strict_moto.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("http://"), "moto did not start: {line:?}");
        Some((child, line.trim().to_owned()))
    });
    started.as_ref().map(|(_, url)| url.as_str())
}

fn models() -> PathBuf {
    root().join(".local/models/models.pack")
}

/// The world's gateway before moto: what moto lacks, and faults.
pub(crate) async fn gateway() -> Option<RunningGateway> {
    let config = GatewayConfig::new(moto()?, models());
    Some(Gateway::start(config, Arc::new(NoFunctions)).await.unwrap())
}

/// An SDK configuration for a local endpoint.
pub(crate) async fn sdk(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await
}

/// The local AWS of one test, with a guard table, a dead-letter queue and credentials of its own.
pub(crate) struct Local {
    pub(crate) name: String,
    pub(crate) sdk: SdkConfig,
    queue: String,
}

impl Local {
    /// `None` where the counterparts are not installed.
    pub(crate) async fn start() -> Option<Self> {
        let sdk = sdk(moto()?).await;
        Some(Self::over(sdk).await)
    }

    pub(crate) async fn over(sdk: SdkConfig) -> Self {
        let name = format!("t{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let services = Services::over(sdk.clone(), settings(&name, "", &[])).unwrap();
        let key = json!([{"AttributeName": "pk", "KeyType": "HASH"}]);
        let attributes = json!([{"AttributeName": "pk", "AttributeType": "S"}]);
        let table = json!({
            "TableName": name, "KeySchema": key, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST",
        });
        services.call("dynamodb", "CreateTable", table).await.unwrap();
        let queue = services.call("sqs", "CreateQueue", json!({"QueueName": name})).await.unwrap();
        Self { name, sdk, queue: queue["QueueUrl"].as_str().unwrap().to_owned() }
    }

    pub(crate) fn services(&self, vars: &[(&str, &str)]) -> Services {
        Services::over(self.sdk.clone(), settings(&self.name, &self.queue, vars)).unwrap()
    }

    /// Services whose tickets go to `desk`, with its credentials in a secret.
    pub(crate) async fn with_desk(&self, desk: &RunningDesk, more: &[(&str, &str)]) -> Services {
        let plain = self.services(&[]);
        let secret = json!({"email": "kintsugi@example.com", "token": "desk-token"}).to_string();
        let made =
            plain.call("secretsmanager", "CreateSecret", json!({"Name": self.name, "SecretString": secret})).await;
        made.unwrap();
        let reference = format!("secretsmanager:{}", self.name);
        let own = [
            ("KINTSUGI_TICKET_PROVIDER", "jira"),
            ("KINTSUGI_JIRA_URL", desk.url.as_str()),
            ("KINTSUGI_JIRA_PROJECT", "OPS"),
            ("KINTSUGI_JIRA_CREDENTIALS", reference.as_str()),
        ];
        // The first of two variables of one name counts.
        let vars: Vec<(&str, &str)> = more.iter().chain(&own).copied().collect();
        self.services(&vars)
    }

    /// The message in the dead-letter queue, if there is exactly one.
    pub(crate) async fn letter(&self) -> Option<Value> {
        let receive = json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10});
        let answer = self.services(&[]).call("sqs", "ReceiveMessage", receive).await.unwrap();
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        assert!(messages.len() < 2, "{messages:?}");
        messages.first().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap())
    }
}

fn settings(table: &str, queue: &str, vars: &[(&str, &str)]) -> Settings {
    let own =
        [("KINTSUGI_GUARD_TABLE", table), ("KINTSUGI_DEAD_LETTER_QUEUE_URL", queue), ("KINTSUGI_POLL_SECONDS", "0")];
    let models = models();
    let vars: Vec<(&str, &str)> = vars.iter().chain(&own).copied().collect();
    let models = models.to_str().unwrap();
    Settings::read(|name| {
        let found = vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        found.or_else(|| (name == "KINTSUGI_MODELS").then(|| models.to_owned()))
    })
    .unwrap()
}

pub(crate) async fn desk(config: DeskConfig) -> RunningDesk {
    world::desk::start(config).await.unwrap()
}

/// One plain invocation under the request id `execution`.
pub(crate) async fn invoke(
    function: &OpenTicket,
    services: &Services,
    execution: &str,
    event: &Value,
) -> Result<Answer, OpenTicketError> {
    let host = LocalHost::new(execution.to_owned(), services.clone(), Journal::in_memory(), Arc::new(|_| ()));
    function.handle(services, &host, event).await
}
