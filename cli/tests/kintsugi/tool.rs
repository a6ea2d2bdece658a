//! Running `kintsugi`: to its end, or watched while it works.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::aws::{Aws, models};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// One write and one look, on a bucket that is a parameter.
const BLOCK: &str = "schemaVersion: '0.3'
parameters:
  BucketName: {type: String, allowedPattern: '^[a-z-]+$'}
mainSteps:
  - name: block
    action: aws:executeAwsApi
    inputs:
      Service: s3
      Api: PutPublicAccessBlock
      Bucket: '{{ BucketName }}'
      PublicAccessBlockConfiguration: {BlockPublicAcls: true, IgnorePublicAcls: true}
  - name: confirm
    action: aws:assertAwsResourceProperty
    inputs:
      Service: s3
      Api: GetPublicAccessBlock
      Bucket: '{{ BucketName }}'
      PropertySelector: $.PublicAccessBlockConfiguration.BlockPublicAcls
      DesiredValues: ['True']
";

/// A folder with runbooks, in which `kintsugi` is called.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    endpoint: Option<String>,
}

/// What a finished command left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    /// Without AWS: whoever calls it anyway finds nobody.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), endpoint: None }
    }

    pub(crate) fn on(aws: &Aws) -> Self {
        Self { endpoint: Some(aws.url.to_owned()), ..Self::new() }
    }

    /// The same folder before another endpoint.
    pub(crate) fn at(self, endpoint: String) -> Self {
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Writes a runbook with these steps, unindented YAML.
    pub(crate) fn runbook(&self, name: &str, steps: &str) {
        self.file(name, &format!("schemaVersion: '0.3'\nmainSteps:\n{steps}"));
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes `block.yaml`, which blocks public access on the bucket `BucketName`.
    pub(crate) fn block(&self) {
        self.file("block.yaml", BLOCK);
    }

    /// Copies one of the project's runbooks here, so that output names it the same everywhere.
    pub(crate) fn shipped(&self, name: &str) {
        std::fs::copy(crate::aws::root().join("runbooks").join(name), self.path().join(name)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Names of the journals here.
    pub(crate) fn journals(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".journal")).collect()
    }

    /// The command, in an environment that holds nothing of the machine's own.
    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let endpoint = self.endpoint.as_deref().unwrap_or("http://127.0.0.1:9");
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env_clear().envs([
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "person"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("PATH", "/usr/bin:/bin"),
        ]);
        command.env("KINTSUGI_MODELS", models());
        command
    }

    pub(crate) fn kintsugi(&self, arguments: &[&str]) -> Done {
        finish(self.command(tool(), arguments))
    }

    /// Starts a command and watches what it says on standard error.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(tool(), arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let err = child.stderr.take().unwrap();
        let (said, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).all(|line| said.send(line).is_ok())
        });
        Running { child, lines, err: String::new() }
    }
}

pub(crate) fn tool() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_kintsugi"))
}

pub(crate) fn finish(mut command: Command) -> Done {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A command under way. It does not outlive its test.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    err: String,
}

impl Running {
    /// Reads on until a line of standard error has this in it.
    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        let begun = Instant::now();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            self.err.push_str(&line);
            self.err.push('\n');
            if line.contains(words) {
                return line;
            }
        }
        panic!("it never said {words:?}:\n{}", self.err);
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// What a system sends before it kills.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Done {
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        self.lines.iter().for_each(|line| self.err.push_str(&format!("{line}\n")));
        Done { code, out, err: std::mem::take(&mut self.err) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Output with what differs from run to run replaced by words of the same meaning.
pub(crate) fn steady(text: &str, known: &[(&str, &str)]) -> String {
    let text = known.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.lines().map(|line| format!("{}\n", steady_line(line))).collect()
}

/// Times (`0.3 s`) keep their width, execution ids and plan hashes their place.
fn steady_line(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for index in 0..words.len() {
        let time =
            words[index].parse::<f64>().is_ok() && words.get(index + 1).is_some_and(|unit| unit.starts_with('s'));
        let after = |word: &str| index > 0 && line.split(' ').nth(index - 1) == Some(word);
        if time {
            words[index] = "0.0".to_owned();
        } else if after("execution") || after("plan") && words[index].len() == 12 {
            words[index] = "ID".to_owned();
        }
    }
    let line = words.join(" ");
    // A time of two digits takes one space more.
    if line.trim_start().starts_with("0.0 s  ") { format!("    {}", line.trim_start()) } else { line }
}
