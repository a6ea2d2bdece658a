//! What the tests of open-ticket run against: moto for DynamoDB, SQS and the secrets, a desk for Jira, small servers for the
//! other providers.
//!
//! One moto per test binary. It watches its standard input, so that it ends with the tests however they end.

// Each test binary uses its own part of this.
#![allow(dead_code, reason = "shared by test binaries that need different parts of it")]

pub(crate) mod at;
pub(crate) mod contract;
pub(crate) mod office;
pub(crate) mod recorder;
pub(crate) mod records;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

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
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(python);
        command
            .arg(root().join("world/python/strict_moto.py"))
            .args(["--with-parent", "-p", &address.port().to_string()])
            .stdin(Stdio::piped())
            .stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let answers = (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            TcpStream::connect(address).is_ok()
        });
        assert!(answers, "moto did not start");
        Some((child, format!("http://{address}")))
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
    pub(crate) queue: String,
    /// The queue of waiting tickets.
    pub(crate) waiting: String,
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
        let queue = async |name: String| {
            let made = services.call("sqs", "CreateQueue", json!({"QueueName": name})).await.unwrap();
            made["QueueUrl"].as_str().unwrap().to_owned()
        };
        let (queue, waiting) = (queue(name.clone()).await, queue(format!("{name}-waiting")).await);
        Self { name, sdk, queue, waiting }
    }

    /// Keeps a secret, and says where.
    pub(crate) async fn secret(&self, secret: &Value) -> String {
        let make = json!({"Name": self.name, "SecretString": secret.to_string()});
        self.services(&[]).call("secretsmanager", "CreateSecret", make).await.unwrap();
        format!("secretsmanager:{}", self.name)
    }

    /// Keeps rules for tickets in a parameter, and says which.
    pub(crate) async fn rules(&self, rules: &str) -> String {
        let name = format!("/{}/tickets", self.name);
        let put = json!({"Name": name, "Type": "String", "Value": rules});
        self.services(&[]).call("ssm", "PutParameter", put).await.unwrap();
        name
    }

    /// What waits and can be seen now, as Lambda hands it to the function.
    pub(crate) async fn batch(&self) -> Option<Value> {
        let receive = json!({
            "QueueUrl": self.waiting, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"],
        });
        let answer = self.services(&[]).call("sqs", "ReceiveMessage", receive).await.unwrap();
        let records = answer["Messages"].as_array().into_iter().flatten().map(|message| {
            json!({
                "eventSource": "aws:sqs", "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"], "attributes": message["Attributes"],
            })
        });
        let records: Vec<Value> = records.collect();
        (!records.is_empty()).then(|| json!({"Records": records}))
    }

    /// The function is done with this message.
    pub(crate) async fn delete(&self, record: &Value) {
        let delete = json!({"QueueUrl": self.waiting, "ReceiptHandle": record["receiptHandle"]});
        self.services(&[]).call("sqs", "DeleteMessage", delete).await.unwrap();
    }

    pub(crate) fn services(&self, vars: &[(&str, &str)]) -> Services {
        Services::over(self.sdk.clone(), settings(&self.name, &self.queue, vars)).unwrap()
    }

    /// Services whose tickets go to `desk`, with its credentials in a secret.
    pub(crate) async fn with_desk(&self, desk: &RunningDesk, more: &[(&str, &str)]) -> Services {
        let reference = self.secret(&json!({"email": "kintsugi@example.com", "token": "desk-token"})).await;
        let own = [
            ("KINTSUGI_TICKET_PROVIDER", "jira"),
            ("KINTSUGI_TICKET_URL", desk.url.as_str()),
            ("KINTSUGI_TICKET_PROJECT", "OPS"),
            ("KINTSUGI_TICKET_CREDENTIALS", reference.as_str()),
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
