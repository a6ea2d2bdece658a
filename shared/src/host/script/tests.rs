//! Scripts that do as they should, and scripts that do not, each run for real. Without a Python there is no test.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use engine::{Ability, ScriptAnswer, ScriptFault, ScriptFaultKind, ScriptRequest, ScriptSource};
use serde_json::{Value, json};

use super::Scripts;
use crate::settings::{ScriptSettings, Settings};

type Ran = Result<ScriptAnswer, ScriptFault>;

fn settings() -> ScriptSettings {
    Settings::of_operator(Path::new("models.pack")).unwrap().scripts
}

fn scripts() -> Option<Scripts> {
    let scripts = Scripts::new(settings());
    if let Some(lacking) = scripts.lacks(Ability::Script) {
        eprintln!("SKIPPED: {lacking}");
        return None;
    }
    Some(scripts)
}

fn sdk() -> SdkConfig {
    let keys = Credentials::new("AKIDEXAMPLE", "not-a-secret", Some("token".into()), None, "test");
    let builder = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("eu-west-1"));
    builder.credentials_provider(SharedCredentialsProvider::new(keys)).endpoint_url("http://127.0.0.1:9").build()
}

fn asked(source: ScriptSource, handler: &str, seconds: f64) -> ScriptRequest {
    ScriptRequest {
        runtime: "python3.11".into(),
        handler: Some(handler.into()),
        source,
        payload: json!({"name": "kim", "list": [1, 2]}),
        timeout: Duration::from_secs_f64(seconds),
    }
}

/// Runs the function `f` of a script.
async fn run(scripts: &Scripts, text: &str) -> Ran {
    run_for(scripts, text, 20.0).await
}

async fn run_for(scripts: &Scripts, text: &str, seconds: f64) -> Ran {
    scripts.clone().run(sdk(), asked(ScriptSource::Text(text.into()), "f", seconds)).await
}

#[tokio::test]
async fn a_script_takes_its_payload_and_gives_what_it_returns() {
    let Some(scripts) = scripts() else { return };
    let text = "print('hello')\ndef f(events, context):\n  print('ü')\n  return {'to': events['name'], 'n': len(events['list'])}";
    let answer = run(&scripts, text).await.unwrap();
    assert_eq!(answer.payload, json!({"to": "kim", "n": 2}));
    assert_eq!(answer.log, "hello\nü\n");
    let answer = run(&scripts, "def f(events, context): pass").await.unwrap();
    assert_eq!(answer.payload, Value::Null);
}

#[tokio::test]
async fn another_version_than_asked_for_is_a_warning() {
    let Some(scripts) = scripts() else { return };
    let text = ScriptSource::Text("def f(e, c): return 1".into());
    let old = ScriptRequest { runtime: "python3.6".into(), ..asked(text, "f", 20.0) };
    let answer = scripts.run(sdk(), old).await.unwrap();
    assert!(answer.warnings[0].starts_with("the script asks for python3.6 and ran on Python 3."), "{answer:?}");
}

#[tokio::test]
async fn an_exception_has_its_type_its_text_and_the_scripts_own_lines() {
    let Some(scripts) = scripts() else { return };
    let text = "def g(n):\n  raise TypeError(f'no {n}')\ndef f(e, c):\n  print('before')\n  g(1)";
    let fault = run(&scripts, text).await.unwrap_err();
    assert_eq!((fault.kind, fault.message.as_str()), (ScriptFaultKind::Raised, "TypeError: no 1"));
    let expected = [
        "before",
        "Traceback (most recent call last):",
        "  File \"script.py\", line 5, in f",
        "    g(1)",
        "  File \"script.py\", line 2, in g",
        "    raise TypeError(f'no {n}')",
        "TypeError: no 1",
    ];
    let lines: Vec<_> = fault.log.lines().filter(|line| !line.trim().chars().all(|c| "^~".contains(c))).collect();
    assert_eq!(lines, expected);
}

/// Scripts that do not behave, and what becomes of them. None of them takes this process with it.
#[tokio::test]
async fn a_hostile_script_harms_only_itself() {
    use ScriptFaultKind::{Died, Output, Raised, Refused, TimedOut};
    let Some(scripts) = scripts() else { return };
    for (text, seconds, kind, message) in [
        ("def f(e, c):\n  while True: pass", 1.0, TimedOut, "stopped after 1 s"),
        ("while True: pass", 1.0, TimedOut, "stopped after 1 s"),
        ("def f(e, c):\n  while True: print('x' * 9999)", 1.0, TimedOut, "stopped after 1 s"),
        (
            "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef f(e, c):\n  while True: pass",
            1.0,
            TimedOut,
            "",
        ),
        ("def f(e, c): return 'x' * 102_401", 20.0, Output, "102403 bytes; at most 102400"),
        ("def f(e, c): return [0] * 10**10", 20.0, Raised, "MemoryError"),
        ("def f(e, c): return {1, 2}", 20.0, Output, "what it returned is no JSON"),
        ("def f(e, c): return float('nan')", 20.0, Output, "what it returned is no JSON"),
        ("def f(e, c): return 2**64", 20.0, Output, "more than 64 bits"),
        ("def f(e, c): return '\\ud800'", 20.0, Output, "not Unicode"),
        ("def f(e, c):\n  a = []\n  a.append(a)\n  return a", 20.0, Output, "what it returned is no JSON"),
        ("def f(e, c):\n  a = 1\n  for _ in range(99): a = [a]\n  return a", 20.0, Output, "nested deeper than 64"),
        ("def f(e, c): f(e, c)", 20.0, Raised, "RecursionError"),
        ("import os\ndef f(e, c): os._exit(0)", 20.0, Died, "exit code 0 before it had an answer"),
        ("import os\ndef f(e, c): os.abort()", 20.0, Died, "ended by signal 6"),
        ("import os\ndef f(e, c): os.kill(os.getppid(), 9)", 20.0, Died, "the runner ended without an answer"),
        ("import sys\ndef f(e, c): sys.exit(0)", 20.0, Raised, "SystemExit: 0"),
        ("def f(e, c): return 1 +", 20.0, Refused, "line 1: invalid syntax"),
        ("def g(e, c): return 1", 20.0, Refused, "the script has no function f, which Handler names"),
        ("f = 1", 20.0, Refused, "the script has no function f"),
        ("raise ValueError('early')", 20.0, Raised, "ValueError: early"),
        ("def f(): return 1", 20.0, Raised, "TypeError: f() takes 0 positional arguments but 2 were given"),
        (
            "class E(Exception):\n  def __str__(self): return 'x' * 10**6\ndef f(e, c): raise E()",
            20.0,
            Raised,
            "E: xxx",
        ),
        ("import no_such_module", 20.0, Raised, "ModuleNotFoundError: No module named 'no_such_module'"),
        // It finds the pipe of its answer; what it says there it could have returned.
        (
            "import os\ndef f(e, c):\n  for i in range(3, 64):\n    try: os.write(i, b'{}{')\n    except OSError: pass",
            20.0,
            Output,
            "is no answer",
        ),
        (
            "import os\ndef f(e, c):\n  for i in range(3, 64):\n    try: os.write(i, b'z' * 10**7)\n    except OSError: pass",
            20.0,
            Output,
            "is no answer",
        ),
        (
            "import os\ndef f(e, c):\n  for i in range(0, 64):\n    try: os.close(i)\n    except OSError: pass",
            20.0,
            Died,
            "",
        ),
    ] {
        let began = Instant::now();
        let fault = run_for(&scripts, text, seconds).await.expect_err(text);
        assert_eq!(fault.kind, kind, "{text}\n{fault:?}");
        assert!(fault.message.contains(message), "{text}\n{fault:?}");
        assert!(fault.message.len() < 3_000 && fault.log.len() < 40_000, "{text}: {} bytes", fault.log.len());
        assert!(began.elapsed() < Duration::from_secs(15), "{text} took {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn what_a_script_prints_is_cut_while_it_is_read() {
    let Some(scripts) = scripts() else { return };
    let text =
        "def f(e, c):\n  print('first')\n  for _ in range(50_000): print('x' * 4_000)\n  print('last')\n  return 1";
    let answer = run(&scripts, text).await.unwrap();
    assert!(answer.log.starts_with("first\n") && answer.log.ends_with("last\n"), "{}", answer.log.len());
    assert!(answer.log.len() < 17_000 && answer.log.contains("bytes left out"), "{}", answer.log.len());
}

const ENVIRONMENT: &str = "import os\ndef f(e, c): return dict(os.environ)";

#[tokio::test]
async fn a_script_inherits_nothing_and_has_credentials_only_by_the_operators_word() {
    let Some(scripts) = scripts() else { return };
    let answer = run(&scripts, ENVIRONMENT).await.unwrap();
    let found: BTreeMap<String, String> = serde_json::from_value(answer.payload).unwrap();
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let always = ["AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_REGION", "HOME", "LANG", "PATH", "TMPDIR"];
    assert_eq!(names, always);
    assert_eq!(found["AWS_REGION"], "eu-west-1");
    assert!(found["HOME"].contains("kintsugi-script-") && found["PATH"].starts_with("/usr/local/bin:"), "{found:?}");
    let answer = run(&scripts.credentials(true), ENVIRONMENT).await.unwrap();
    assert_eq!(answer.payload["AWS_ACCESS_KEY_ID"], "AKIDEXAMPLE");
    assert_eq!(answer.payload["AWS_SECRET_ACCESS_KEY"], "not-a-secret");
    assert_eq!(answer.payload["AWS_SESSION_TOKEN"], "token");
    assert_eq!(answer.payload["AWS_ENDPOINT_URL"], "http://127.0.0.1:9", "they are for that endpoint");
}

#[tokio::test]
async fn neither_script_nor_payload_nor_credentials_are_in_an_argument_or_the_runners_environment() {
    let Some(scripts) = scripts() else { return };
    if !cfg!(target_os = "linux") {
        return eprintln!("SKIPPED: only Linux shows a process its own and its parent's arguments in /proc");
    }
    let text = "import os\ndef f(e, c):\n  out = []\n  for pid in ('self', os.getppid()):\n    for what in ('cmdline', 'environ'):\n      try: out.append(open(f'/proc/{pid}/{what}').read())\n      except PermissionError: out.append('')\n  return out";
    let answer = run(&scripts.credentials(true), text).await.unwrap();
    let [own, given, parents, around] = [0, 1, 2, 3].map(|i| answer.payload[i].as_str().unwrap().to_owned());
    for (shown, name) in [(own, "arguments"), (parents, "the runner's arguments"), (around, "the runner's environment")]
    {
        assert!(
            !shown.contains("kim") && !shown.contains("getppid") && !shown.contains("not-a-secret"),
            "{name}: {shown}"
        );
    }
    assert!(given.contains("not-a-secret") && !given.contains("kim"), "credentials are where boto3 looks for them");
}

/// A script that writes the time to a file as long as it lives, by a process in the background.
fn background(file: &Path, then: &str) -> String {
    let beat = format!("import time\nwhile True: open({:?}, 'w').write(str(time.time())); time.sleep(0.05)", file);
    format!(
        "import subprocess, sys, time\ndef f(e, c):\n  subprocess.Popen([sys.executable, '-c', {beat:?}], start_new_session=True)\n  time.sleep(1)\n  {then}"
    )
}

/// Whether whatever writes the file still lives.
async fn beats(file: &Path) -> bool {
    let before = std::fs::read_to_string(file).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(600)).await;
    before != std::fs::read_to_string(file).unwrap_or_default()
}

#[tokio::test]
async fn nothing_a_script_started_outlives_it() {
    let Some(scripts) = scripts() else { return };
    if !cfg!(target_os = "linux") {
        return eprintln!("SKIPPED: only on Linux are processes found that leave their script's group");
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, then) in [("returned", "return 1"), ("late", "time.sleep(60)"), ("raised", "raise ValueError()")] {
        let file = folder.path().join(name);
        let began = Instant::now();
        let ran = run_for(&scripts, &background(&file, then), 3.0).await;
        assert!(file.exists(), "{name}: the background process did begin: {ran:?}");
        assert!(!beats(&file).await, "{name}: it lives");
        assert!(began.elapsed() < Duration::from_secs(15), "{name}: nobody waits for its pipes");
    }
}

#[tokio::test]
async fn a_run_that_is_left_stops_its_script() {
    let Some(scripts) = scripts() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("beat");
    let text = background(&file, "time.sleep(60)");
    // As after a second Ctrl-C, or kill -9 of this process: the pipe to the runner closes.
    let left = tokio::time::timeout(Duration::from_secs(2), run_for(&scripts, &text, 50.0)).await;
    assert!(left.is_err() && file.exists());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!beats(&file).await);
}

#[tokio::test]
async fn a_script_leaves_no_folder_behind() {
    let Some(scripts) = scripts() else { return };
    let text = "import os\ndef f(e, c):\n  open('left', 'w').write('x')\n  return os.getcwd()";
    let answer = run(&scripts, text).await.unwrap();
    let folder = answer.payload.as_str().unwrap();
    assert!(folder.contains("kintsugi-script-") && !Path::new(folder).exists());
    assert!(!Path::new(folder).parent().unwrap().exists());
    // A script that ends its runner has no one to tidy up behind it but us.
    let told = tempfile::NamedTempFile::new().unwrap();
    let tell = format!(
        "import os\ndef f(e, c):\n  open({:?}, 'w').write(os.getcwd())\n  os.kill(os.getppid(), 9)",
        told.path()
    );
    run(&scripts, &tell).await.unwrap_err();
    let folder = std::fs::read_to_string(told.path()).unwrap();
    assert!(folder.contains("kintsugi-script-") && !Path::new(&folder).exists(), "{folder}");
}

#[tokio::test]
async fn a_fork_bomb_comes_to_its_limit() {
    let Some(scripts) = scripts() else { return };
    let text = "import os, subprocess\ndef f(e, c):\n  if os.geteuid() == 0: return 'root'\n  for i in range(400): subprocess.Popen(['sleep', '30'])\n  return i";
    match run(&scripts, text).await {
        Ok(answer) if answer.payload == "root" => eprintln!("SKIPPED: the kernel limits no processes of root"),
        Ok(answer) => panic!("{answer:?}"),
        Err(fault) => assert!(fault.message.starts_with("BlockingIOError"), "{fault:?}"),
    }
}

/// Makes attachments with Python, and gives each one's checksum by its name.
fn attachments(folder: &Path) -> BTreeMap<String, String> {
    const MAKE: &str = r#"
import hashlib, json, os, sys, zipfile
os.chdir(sys.argv[1])
open("one.py", "w").write("def f(e, c): return 'one ' + e['name']\n")
with zipfile.ZipFile("many.zip", "w") as z:
    z.writestr("a.py", "from lib import b\ndef f(e, c): return b.word + open('text.txt').read()\n")
    z.writestr("lib/b.py", "word = 'many '\n")
    z.writestr("text.txt", "files")
for name, path in [("slip.zip", "../../evil.py"), ("root.zip", "/evil.py"), ("back.zip", "..\\evil.py")]:
    with zipfile.ZipFile(name, "w") as z: z.writestr(path, "x")
with zipfile.ZipFile("link.zip", "w") as z:
    link = zipfile.ZipInfo("a.py"); link.external_attr = 0o120777 << 16; z.writestr(link, "/etc/passwd")
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for i in range(9):
        with z.open(f"{i}", "w") as f:
            for _ in range(32): f.write(bytes(1 << 20))
with zipfile.ZipFile("crowd.zip", "w") as z:
    for i in range(10_001): z.writestr(f"{i}", "")
open("torn.zip", "w").write("PK, or not")
print(json.dumps({n: hashlib.sha256(open(n, "rb").read()).hexdigest() for n in os.listdir(".")}))
"#;
    let python = settings();
    let mut command = Command::new("python3");
    command.args(["-c", MAKE]).arg(folder).env_clear().env("PATH", python.path).env("HOME", python.home);
    let made = command.stderr(Stdio::inherit()).output().unwrap();
    serde_json::from_slice(&made.stdout).unwrap()
}

#[tokio::test]
async fn an_attachment_is_run_only_if_it_is_the_one_the_runbook_means() {
    use ScriptFaultKind::{Raised, Refused};
    let Some(scripts) = scripts() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sums = attachments(folder.path());
    let scripts = scripts.attachments(Some(folder.path().to_owned()));
    let attach = |name: &str, handler: &str, sum: Option<&str>| {
        let sha256 = sum.or_else(|| Some(sums.get(name)?)).unwrap_or("00").to_owned();
        let source = ScriptSource::Attachment { name: name.into(), sha256 };
        scripts.clone().run(sdk(), asked(source, handler, 30.0))
    };
    for (name, handler, payload) in
        [("one.py", "f", "one kim"), ("one.py", "one.f", "one kim"), ("many.zip", "a.f", "many files")]
    {
        assert_eq!(attach(name, handler, None).await.unwrap().payload, payload);
    }
    let upper = sums["one.py"].to_uppercase();
    assert!(attach("one.py", "f", Some(&upper)).await.is_ok(), "hexadecimal digits of either case");
    let other = "0".repeat(64);
    for (name, handler, sum, kind, message) in [
        ("one.py", "f", Some(other.as_str()), Refused, "not that of the runbook"),
        ("none.py", "f", None, Refused, "cannot be read"),
        ("../one.py", "f", None, Refused, "is neither a .py nor a .zip file"),
        ("many.zip", "f", None, Refused, "Handler must be file.function"),
        ("many.zip", "b.f", None, Refused, "the attachment many.zip has no file b.py"),
        ("many.zip", "a.g", None, Refused, "the script has no function g"),
        ("slip.zip", "a.f", None, Refused, "leads out of its folder"),
        ("root.zip", "a.f", None, Refused, "leads out of its folder"),
        ("back.zip", "a.f", None, Refused, "leads out of its folder"),
        ("link.zip", "a.f", None, Refused, "neither a file nor a folder"),
        ("bomb.zip", "a.f", None, Refused, "more than 268435456 bytes when unpacked"),
        ("crowd.zip", "a.f", None, Refused, "more than 10000 files"),
        ("torn.zip", "a.f", None, Refused, "cannot be unpacked"),
        ("many.zip", "lib.b.f", None, Refused, "no function f"),
        ("many.zip", "text.f", None, Refused, "has no file text.py"),
    ] {
        let fault = attach(name, handler, sum).await.expect_err(name);
        assert_eq!(fault.kind, kind, "{name}: {fault:?}");
        assert!(fault.message.contains(message), "{name}: {fault:?}");
        assert_ne!(fault.kind, Raised);
    }
    assert!(!folder.path().parent().unwrap().join("evil.py").exists());
    let nowhere = Scripts::new(settings());
    let source = ScriptSource::Attachment { name: "one.py".into(), sha256: sums["one.py"].clone() };
    let fault = nowhere.run(sdk(), asked(source, "f", 20.0)).await.unwrap_err();
    assert!(fault.message.contains("--attachments"), "{fault:?}");
}

#[tokio::test]
async fn a_powershell_script_takes_its_payload_and_gives_what_it_returns() {
    let Some(scripts) = scripts() else { return };
    if let Some(lacking) = scripts.lacks(Ability::PowerShell) {
        return eprintln!("SKIPPED: {lacking}");
    }
    let run = |text: &str| {
        let asked = asked(ScriptSource::Text(text.into()), "f", 60.0);
        scripts.clone().run(sdk(), ScriptRequest { runtime: "PowerShell 7.4".into(), handler: None, ..asked })
    };
    let text =
        "$in = $env:InputPayload | ConvertFrom-Json\nWrite-Host 'hello'\nreturn @{ Message = \"to $($in.name)\" }";
    let answer = run(text).await.unwrap();
    assert_eq!((answer.payload, answer.log.as_str()), (json!({"Message": "to kim"}), "hello\n"));
    assert_eq!(run("return @{ A = 1 } | ConvertTo-Json").await.unwrap().payload, json!({"A": 1}));
    let fault = run("throw 'no'").await.unwrap_err();
    assert_eq!((fault.kind, fault.message.as_str()), (ScriptFaultKind::Raised, "RuntimeException: no"));
}

#[test]
fn a_place_without_an_interpreter_says_so_before_anything_is_done() {
    let nothing = ScriptSettings { path: "/nowhere".into(), ..ScriptSettings::default() };
    let lacking = Scripts::new(nothing.clone()).lacks(Ability::Script).unwrap();
    assert_eq!(lacking, "python3 was not found on PATH; KINTSUGI_PYTHON can name it");
    let wrong = ScriptSettings { python: Some("/nowhere/python".into()), ..nothing };
    let lacking = Scripts::new(wrong).lacks(Ability::Script).unwrap();
    assert_eq!(lacking, "KINTSUGI_PYTHON names /nowhere/python, which is no program");
}

/// The function run-script, called as Lambda's Python runtime calls it.
fn on_lambda(event: &Value, policy: &str) -> Value {
    const CALL: &str = r"
import json, sys
sys.path.insert(0, sys.argv[1])
import runner
class Context:
    def get_remaining_time_in_millis(self): return 60_000
out, sys.stdout = sys.stdout, sys.stderr
out.write(json.dumps(runner.handler(json.load(sys.stdin), Context())))
";
    let python = settings();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/run-script");
    let mut command = Command::new("python3");
    command.args(["-B", "-c", CALL]).arg(folder).env_clear().env("PATH", python.path).env("HOME", python.home);
    command.envs([("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("OTHER_SECRET", "s3cr3t")]);
    command.envs([("AWS_SECRET_ACCESS_KEY", "not-a-secret"), ("AWS_SESSION_TOKEN", "token")]);
    command.env("KINTSUGI_SCRIPT_POLICY", policy).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), event).unwrap();
    serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
}

#[tokio::test]
async fn on_lambda_the_same_runner_gives_the_roles_credentials_only_with_a_policy_for_scripts() {
    if scripts().is_none() {
        return;
    }
    let event = super::request(&asked(ScriptSource::Text(ENVIRONMENT.into()), "f", 20.0));
    let without = super::answer(on_lambda(&event, "")).unwrap().payload;
    assert_eq!(without["AWS_REGION"], "eu-west-1");
    let secrets = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "OTHER_SECRET"];
    assert!(secrets.iter().all(|name| without[name].is_null()), "{without}");
    let given = super::answer(on_lambda(&event, "arn:aws:iam::aws:policy/ReadOnlyAccess")).unwrap().payload;
    assert_eq!(given["AWS_SESSION_TOKEN"], "token");
    assert!(given["OTHER_SECRET"].is_null());
    let event = super::request(&asked(ScriptSource::Text("import os\nos.kill(os.getppid(), 9)".into()), "f", 20.0));
    assert_eq!(super::answer(on_lambda(&event, "")).unwrap_err().kind, ScriptFaultKind::Died);
    // The next script in the same sandbox must find nothing of it, even if it ended its supervisor.
    let folder = tempfile::tempdir().unwrap();
    let (file, told) = (folder.path().join("beat"), folder.path().join("told"));
    let then = format!("open({told:?}, 'w').write(os.getcwd())\n  os.kill(os.getppid(), 9)");
    let text = format!("import os\n{}", background(&file, &then));
    let event = super::request(&asked(ScriptSource::Text(text), "f", 20.0));
    assert_eq!(super::answer(on_lambda(&event, "")).unwrap_err().kind, ScriptFaultKind::Died);
    assert!(file.exists() && !Path::new(&std::fs::read_to_string(told).unwrap()).exists());
    assert!(!cfg!(target_os = "linux") || !beats(&file).await);
}

#[tokio::test]
async fn a_script_that_was_recorded_is_not_run_again() {
    use std::sync::Arc;

    use engine::Host as _;

    use crate::aws::Services;
    use crate::host::{Journal, LocalHost};

    let Some(scripts) = scripts() else { return };
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack");
    if !models.exists() {
        return eprintln!("SKIPPED: no service models at {}: `make models` makes them", models.display());
    }
    let folder = tempfile::tempdir().unwrap();
    let (journal, count) = (folder.path().join("run.journal"), folder.path().join("count"));
    let text = format!("def f(e, c):\n  open({count:?}, 'a').write('x')\n  return e");
    let process = || {
        let services = Services::over(sdk(), Settings::of_operator(&models).unwrap()).unwrap();
        LocalHost::new("e".into(), services, Journal::open(&journal).unwrap(), Arc::new(|_| {}))
            .with_scripts(scripts.clone().credentials(true))
    };
    for _ in 0..2 {
        let request = asked(ScriptSource::Text(text.clone()), "f", 20.0);
        let answer = process().script("s#1/1/script", request).await.unwrap().unwrap();
        assert_eq!(answer.payload["name"], "kim");
    }
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x", "run once");
    assert!(!std::fs::read_to_string(&journal).unwrap().contains("not-a-secret"), "no credential is recorded");
}
