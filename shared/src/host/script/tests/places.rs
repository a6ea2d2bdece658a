//! Where scripts come from and where they run: attachments, PowerShell, Lambda, a run that is gone on with.

use super::*;

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
    let event = super::super::request(&asked(ScriptSource::Text(ENVIRONMENT.into()), "f", 20.0));
    let without = super::super::answer(on_lambda(&event, "")).unwrap().payload;
    assert_eq!(without["AWS_REGION"], "eu-west-1");
    let secrets = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "OTHER_SECRET"];
    assert!(secrets.iter().all(|name| without[name].is_null()), "{without}");
    let given = super::super::answer(on_lambda(&event, "arn:aws:iam::aws:policy/ReadOnlyAccess")).unwrap().payload;
    assert_eq!(given["AWS_SESSION_TOKEN"], "token");
    assert!(given["OTHER_SECRET"].is_null());
    let event =
        super::super::request(&asked(ScriptSource::Text("import os\nos.kill(os.getppid(), 9)".into()), "f", 20.0));
    assert_eq!(super::super::answer(on_lambda(&event, "")).unwrap_err().kind, ScriptFaultKind::Died);
    // The next script in the same sandbox must find nothing of it, even if it ended its supervisor.
    let folder = tempfile::tempdir().unwrap();
    let (file, told) = (folder.path().join("beat"), folder.path().join("told"));
    let then = format!("open({told:?}, 'w').write(os.getcwd())\n  os.kill(os.getppid(), 9)");
    let text = format!("import os\n{}", background(&file, &then));
    let event = super::super::request(&asked(ScriptSource::Text(text), "f", 20.0));
    assert_eq!(super::super::answer(on_lambda(&event, "")).unwrap_err().kind, ScriptFaultKind::Died);
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
