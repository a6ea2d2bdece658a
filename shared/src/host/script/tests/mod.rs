//! Scripts that do as they should, and scripts that do not, each run for real. Without a Python there is no test.

mod places;

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
