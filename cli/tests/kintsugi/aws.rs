//! moto, one for all tests of this binary, and plain API calls to set it up and to look at it.
//!
//! moto watches its standard input, so that it ends with the tests however they end.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, OnceLock};

use aws_api::{ApiError, CallOptions, Client, Models};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use serde_json::{Value, json};

/// Serves on a free port until standard input ends, and says where it is.
const SERVE: &str = "
import sys
from moto.core.config import default_user_config
from moto.server import ThreadedMotoServer
default_user_config['lambda']['use_docker'] = False
server = ThreadedMotoServer('127.0.0.1', 0, verbose=False)
server.start()
print('http://%s:%d' % server.get_host_and_port(), flush=True)
sys.stdin.read()
";

static MOTO: OnceLock<Option<Moto>> = OnceLock::new();

struct Moto {
    url: String,
    // Held: moto ends when they close.
    _child: Child,
    _stdin: Option<ChildStdin>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn models() -> PathBuf {
    root().join(".local/models/models.pack")
}

/// Python of the environment that `make setup` makes, with models beside it.
pub(crate) fn python() -> Option<PathBuf> {
    let own = root().join(".local/venv");
    let venv = variable("KINTSUGI_VENV").map_or(own, PathBuf::from);
    let python = venv.join("bin/python");
    (there(&python) && there(&models())).then_some(python)
}

/// Whether a file is there; said loudly if not, and a failure in CI.
pub(crate) fn there(path: &Path) -> bool {
    if !path.exists() {
        eprintln!("SKIPPED: no {}: `make setup` makes it", path.display());
        assert_ne!(variable("CI").as_deref(), Some("true"), "nothing is skipped in CI: {}", path.display());
    }
    path.exists()
}

#[expect(clippy::disallowed_methods, reason = "where the counterparts are is told to tests, not to what is tested")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// One AWS for the test binary: each test makes resources of its own in it.
pub(crate) struct Aws {
    pub(crate) url: &'static str,
    client: Client,
}

impl Aws {
    /// `None` where the counterparts are not installed.
    pub(crate) async fn start() -> Option<Self> {
        let moto = MOTO.get_or_init(|| python().map(serve)).as_ref()?;
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("observer", "local", None, None, "tests"))
            .endpoint_url(&moto.url);
        let client = Client::new(Arc::new(Models::open(models()).unwrap()), sdk.load().await);
        Some(Self { url: &moto.url, client })
    }

    pub(crate) async fn call(&self, service: &str, api: &str, input: Value) -> Value {
        self.try_call(service, api, input).await.unwrap()
    }

    pub(crate) async fn try_call(&self, service: &str, api: &str, input: Value) -> Result<Value, ApiError> {
        self.client.call(service, api, input, CallOptions::default()).await
    }

    /// A bucket of this name.
    pub(crate) async fn bucket(&self, name: &str) {
        let here = json!({"LocationConstraint": "eu-west-1"});
        self.call("s3", "CreateBucket", json!({"Bucket": name, "CreateBucketConfiguration": here})).await;
    }

    /// A running instance.
    pub(crate) async fn instance(&self, instance_type: &str) -> String {
        let input = json!({"ImageId": "ami-12c6146b", "InstanceType": instance_type, "MinCount": 1, "MaxCount": 1});
        let answer = self.call("ec2", "RunInstances", input).await;
        answer["Instances"][0]["InstanceId"].as_str().unwrap().to_owned()
    }

    /// The volumes that carry the tag `run` with this value.
    pub(crate) async fn volumes(&self, run: &str) -> Vec<Value> {
        let filter = json!([{"Name": "tag:run", "Values": [run]}]);
        let answer = self.call("ec2", "DescribeVolumes", json!({"Filters": filter})).await;
        answer["Volumes"].as_array().cloned().unwrap_or_default()
    }
}

fn serve(python: PathBuf) -> Moto {
    let mut command = Command::new(python);
    command.args(["-c", SERVE]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://"), "moto did not start: {url:?}");
    Moto { url: url.trim().to_owned(), _stdin: child.stdin.take(), _child: child }
}
