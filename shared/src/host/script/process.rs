//! Scripts on this machine: the runner as a process, asked and answered by pipes.
//!
//! Comes in: a request, and what the operator allows. Goes out: the runner's answer.
//! Never: an argument or an environment variable that carries a script, a payload or a credential to the runner. Its
//! standard input stays open while it works: dropped, or with this process gone, the runner stops the script.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use engine::{Ability, Document, ScriptAnswer, ScriptFault, ScriptRequest};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::RUNNER;
use super::message::{self, died, refused};
use crate::settings::ScriptSettings;
use crate::telemetry::chain;

/// The runner's name where it is started.
const PROGRAM: &str = "runner.py";
/// Bytes of the runner's answer; it keeps within a fraction of that.
const LONGEST_ANSWER: u64 = 2 * 1024 * 1024;
/// The runner stops a script in time. It has so much longer to say so.
const GRACE: Duration = Duration::from_secs(20);

/// How scripts are run on this machine.
#[derive(Debug, Clone, Default)]
pub struct Scripts {
    settings: ScriptSettings,
    attachments: Option<PathBuf>,
    credentials: bool,
}

impl Scripts {
    /// With the interpreters that the settings lead to, no attachments and no credentials.
    #[must_use]
    pub fn new(settings: ScriptSettings) -> Self {
        Self { settings, attachments: None, credentials: false }
    }

    /// The folder with the files that documents name under `files`.
    #[must_use]
    pub fn attachments(self, folder: Option<PathBuf>) -> Self {
        Self { attachments: folder, ..self }
    }

    /// Whether scripts get the caller's AWS credentials in their environment.
    #[must_use]
    pub fn credentials(self, given: bool) -> Self {
        Self { credentials: given, ..self }
    }

    /// Why scripts of this kind cannot run here.
    pub(in crate::host) fn lacks(&self, ability: Ability) -> Option<String> {
        if self.python().is_none() {
            return Some(match &self.settings.python {
                Some(named) => format!("KINTSUGI_PYTHON names {}, which is no program", named.display()),
                None => "python3 was not found on PATH; KINTSUGI_PYTHON can name it".to_owned(),
            });
        }
        let lacking = ability == Ability::PowerShell && self.find("pwsh").is_none();
        lacking.then(|| "pwsh was not found on PATH; PowerShell scripts need it".to_owned())
    }

    fn python(&self) -> Option<PathBuf> {
        match &self.settings.python {
            Some(named) => named.is_file().then(|| named.clone()),
            None => self.find("python3"),
        }
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.settings.path).map(|folder| folder.join(program)).find(|path| path.is_file())
    }

    /// What is wrong with the files that scripts of a document need, one line for each: missing, or another one.
    #[must_use]
    pub fn unusable(&self, document: &Document) -> Vec<String> {
        let scripts = document.all_steps().into_iter().filter(|step| step.action == "aws:executeScript");
        let named = scripts.filter_map(|step| step.inputs.get("Attachment").and_then(Value::as_str));
        let files: BTreeSet<&str> = named.filter(|name| !name.is_empty()).collect();
        let known = files.into_iter().filter_map(|name| document.file(name));
        known.filter_map(|file| self.wrong(&file.name, file.sha256.as_deref()?)).collect()
    }

    fn wrong(&self, name: &str, sha256: &str) -> Option<String> {
        let path = self.attachments.as_deref().unwrap_or(Path::new("")).join(name);
        let found = match checksum(&path) {
            Ok(found) => found,
            Err(error) => return Some(format!("{} cannot be read: {error}", path.display())),
        };
        (found != sha256).then(|| format!("{} has the checksum {found}, and the runbook says {sha256}", path.display()))
    }

    /// Runs one script to its end, or until its time is over. The Region, and where the operator says so the
    /// credentials, are those of `sdk`.
    ///
    /// # Errors
    /// Why it gave nothing.
    pub async fn run(self, sdk: SdkConfig, request: ScriptRequest) -> Result<ScriptAnswer, ScriptFault> {
        let longest = request.timeout + GRACE;
        let folder = folder().map_err(|error| refused(format!("the runner cannot be written: {error}")))?;
        let line = self.line(&sdk, &request, folder.path()).await?;
        let start = || refused("python3 was not found".to_owned());
        let mut child = self.start(&self.python().ok_or_else(start)?, &folder.path().join(PROGRAM))?;
        let said = tokio::time::timeout(longest, converse(&mut child, &line)).await;
        match said {
            Ok(Ok(said)) => message::answer(said),
            Ok(Err(error)) => Err(died(error)),
            Err(_) => Err(died("the runner did not end in time".to_owned())),
        }
    }

    /// The request as one line, with what only this place knows.
    async fn line(&self, sdk: &SdkConfig, request: &ScriptRequest, folder: &Path) -> Result<String, ScriptFault> {
        let mut asked = message::request(request);
        asked["folder"] = json!(folder);
        asked["environment"] = Value::Object(self.environment(sdk).await?);
        asked["attachments"] = json!(self.attachments);
        asked["pwsh"] = json!(self.find("pwsh"));
        asked["hint"] = json!("scripts have no AWS credentials; --script-credentials gives them yours");
        Ok(format!("{asked}\n"))
    }

    /// The Region; credentials, and the endpoint they are for, only where the operator says so.
    async fn environment(&self, sdk: &SdkConfig) -> Result<Map<String, Value>, ScriptFault> {
        let mut environment = Map::new();
        let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.into());
        if let Some(region) = sdk.region() {
            set("AWS_REGION", region.as_ref());
            set("AWS_DEFAULT_REGION", region.as_ref());
        }
        if self.credentials {
            let none = || refused("there are no credentials to give to the script".to_owned());
            let provider = sdk.credentials_provider().ok_or_else(none)?;
            let credentials = provider.provide_credentials().await.map_err(|error| refused(chain(&error)))?;
            set("AWS_ACCESS_KEY_ID", credentials.access_key_id());
            set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
            if let Some(token) = credentials.session_token() {
                set("AWS_SESSION_TOKEN", token);
            }
            if let Some(endpoint) = sdk.endpoint_url() {
                set("AWS_ENDPOINT_URL", endpoint);
            }
        }
        Ok(environment)
    }

    /// In a process group of its own: Ctrl-C is for us, and a run that stops lets its step end.
    fn start(&self, python: &Path, runner: &Path) -> Result<Child, ScriptFault> {
        let mut command = Command::new(python);
        command.args(["-I", "-B"]).arg(runner);
        // A launcher of several Pythons needs to find its home; neither is a secret, and the script gets others.
        command.env_clear().env("PATH", &self.settings.path).env("HOME", &self.settings.home);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(unix)]
        command.process_group(0);
        command.spawn().map_err(|error| refused(format!("{} cannot be started: {error}", python.display())))
    }
}

fn checksum(path: &Path) -> std::io::Result<String> {
    let (mut file, mut digest) = (std::fs::File::open(path)?, Sha256::new());
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => break,
            read => digest.update(&part[..read]),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A folder with the runner, where the script works. It goes with the value, also when a script ends its runner.
fn folder() -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("kintsugi-run-").tempdir()?;
    std::fs::write(folder.path().join(PROGRAM), RUNNER)?;
    Ok(folder)
}

/// One line out, one line back. The input stays open until then.
async fn converse(child: &mut Child, line: &str) -> Result<Value, String> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err("the runner has no pipes".to_owned()) };
    send(&mut stdin, line).await.map_err(|error| format!("the runner took no request: {error}"))?;
    let mut said = String::new();
    let mut lines = BufReader::new(stdout).take(LONGEST_ANSWER);
    lines.read_line(&mut said).await.map_err(|error| format!("the runner's answer cannot be read: {error}"))?;
    drop(stdin);
    if !said.ends_with('\n') {
        let how = child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
        return Err(format!("the runner ended without an answer ({how})"));
    }
    // It has nothing more to do; should a script keep it from ending, it is not waited for.
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    serde_json::from_str(&said).map_err(|error| format!("the runner's answer is no JSON: {error}"))
}

async fn send(stdin: &mut ChildStdin, line: &str) -> std::io::Result<()> {
    stdin.write_all(line.as_bytes()).await?;
    stdin.flush().await
}
