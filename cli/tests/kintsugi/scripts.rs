//! Scripts at the terminal: what they get, what they leave, and how they end.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::aws::{Aws, models, there};
use crate::tool::Desk;

/// Where the tests' environment has it.
fn python() -> bool {
    let there = Path::new("/usr/bin/python3").exists();
    if !there {
        eprintln!("SKIPPED: there is no /usr/bin/python3 for scripts");
    }
    there
}

fn script(desk: &Desk, name: &str, body: &str) {
    let body: String = body.lines().map(|line| format!("          {line}\n")).collect();
    let step = format!(
        "  - name: ask
    action: aws:executeScript
    inputs:
      Runtime: python3.11
      Handler: main
      InputPayload: {{Region: '{{{{ global:REGION }}}}'}}
      Script: |
        import os, time
        def main(events, context):
{body}    outputs: [{{Name: Said, Selector: $.Payload, Type: String}}]
outputs: [ask.Said]
"
    );
    desk.runbook(name, &step);
}

fn said(out: &str) -> Value {
    let record: Value = serde_json::from_str(out).unwrap();
    record["outputs"]["ask.Said"][0].clone()
}

#[tokio::test]
async fn a_script_runs_tells_what_it_prints_and_gives_its_output() {
    let Some(aws) = Aws::start().await.filter(|_| python()) else { return };
    let desk = Desk::on(&aws);
    script(&desk, "say.yaml", "print('looking')\nreturn 'in ' + events['Region']");
    let done = desk.kintsugi(&["run", "say.yaml", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.err.contains("printed") && done.err.contains("looking"), "{done:?}");
    assert!(done.out.contains("ask.Said  in eu-west-1"), "{done:?}");
}

#[tokio::test]
async fn nobody_knows_what_a_script_does_so_a_run_with_one_asks() {
    let Some(aws) = Aws::start().await.filter(|_| python()) else { return };
    let desk = Desk::on(&aws);
    script(&desk, "say.yaml", "open('/dev/null')");
    let done = desk.kintsugi(&["run", "say.yaml"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("there is no terminal to ask at: agree beforehand with --yes"), "{done:?}");
}

#[tokio::test]
async fn a_script_has_the_persons_credentials_only_if_the_person_says_so() {
    let Some(aws) = Aws::start().await.filter(|_| python()) else { return };
    let desk = Desk::on(&aws);
    script(&desk, "who.yaml", "return str(os.environ.get('AWS_ACCESS_KEY_ID'))");
    let without = desk.kintsugi(&["run", "who.yaml", "--yes", "--json"]);
    assert_eq!(said(&without.out), "None", "{without:?}");
    let given =
        desk.kintsugi(&["run", "who.yaml", "--yes", "--json", "--script-credentials", "--journal", "j.journal"]);
    assert_eq!(said(&given.out), "person", "{given:?}");
    let journal = std::fs::read_to_string(desk.path().join("j.journal")).unwrap();
    assert!(!journal.contains("AWS_SECRET_ACCESS_KEY"), "{journal}");
}

#[tokio::test]
async fn an_exception_is_told_with_the_line_it_came_from() {
    let Some(aws) = Aws::start().await.filter(|_| python()) else { return };
    let desk = Desk::on(&aws);
    script(&desk, "no.yaml", "raise ValueError('nothing there')");
    let done = desk.kintsugi(&["run", "no.yaml", "--yes"]);
    assert_eq!(done.code, Some(1));
    assert!(done.out.contains("the script raised: ValueError: nothing there"), "{done:?}");
    assert!(done.err.contains("File \"script.py\", line 3, in main"), "{done:?}");
}

#[tokio::test]
async fn attachments_are_compared_before_anything_is_done() {
    let Some(aws) = Aws::start().await.filter(|_| python()) else { return };
    let desk = Desk::on(&aws);
    let sum = |text: &str| {
        let mut command = std::process::Command::new("/usr/bin/python3");
        command.args(["-c", "import hashlib, sys; print(hashlib.sha256(sys.argv[1].encode()).hexdigest())", text]);
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    let text = "def main(events, context): return 'attached'\n";
    let runbook = format!(
        "schemaVersion: '0.3'
files: {{tool.py: {{checksums: {{sha256: {}}}}}}}
mainSteps:
  - name: ask
    action: aws:executeScript
    inputs: {{Runtime: python3.11, Handler: tool.main, Attachment: tool.py}}
    outputs: [{{Name: Said, Selector: $.Payload, Type: String}}]
outputs: [ask.Said]
",
        sum(text)
    );
    desk.file("attach.yaml", &runbook);
    let done = desk.kintsugi(&["run", "attach.yaml", "--yes"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("--attachments names their folder") && done.err.contains("tool.py"), "{done:?}");
    std::fs::create_dir(desk.path().join("files")).unwrap();
    desk.file("files/tool.py", text);
    let done = desk.kintsugi(&["run", "attach.yaml", "--yes", "--json", "--attachments", "files"]);
    assert_eq!(said(&done.out), "attached", "{done:?}");
    desk.file("tool.py", "def main(events, context): return 'another'\n");
    let done = desk.kintsugi(&["run", "attach.yaml", "--yes"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("has the checksum"), "{done:?}");
}

#[tokio::test]
async fn a_killed_run_ends_its_script_and_nobody_runs_it_again_unasked() {
    let Some(aws) = Aws::start().await.filter(|_| python()) else { return };
    let desk = Desk::on(&aws);
    let (count, hold) = (desk.path().join("count"), desk.path().join("hold"));
    script(
        &desk,
        "slow.yaml",
        &format!(
            "open({count:?}, 'a').write('x')\nwhile os.path.exists({hold:?}):\n  open({hold:?} + '.beat', 'w').write(str(time.time()))\n  time.sleep(0.05)\nreturn 'done'"
        ),
    );
    desk.file("hold", "");
    let run = ["run", "slow.yaml", "--yes", "--journal", "run.journal"];
    let beat = || std::fs::read_to_string(desk.path().join("hold.beat")).unwrap_or_default();
    let mut running = desk.start(&run);
    running.wait_for("started");
    while beat().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    running.kill();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let last = beat();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(beat(), last, "the script ended with the run");
    std::fs::remove_file(&hold).unwrap();
    for _ in 0..2 {
        let done = desk.kintsugi(&["resume", "run.journal", "--json"]);
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(
            done.out.contains("the process died while it ran; look what it did before it is run again"),
            "{done:?}"
        );
        assert_eq!(std::fs::read_to_string(&count).unwrap(), "x", "nobody knows how far it came");
    }
}

#[test]
fn a_policy_says_what_it_is_without() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    script(&desk, "call.yaml", "boto3.client('ec2').reboot_instances(InstanceIds=['i-1'])");
    let done = desk.kintsugi(&["iam", "call.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), ""));
    let note = "note: the policy is without the script of step ask: what it calls cannot be derived; \
                in it is seen ec2:RebootInstances\n";
    assert!(done.err.starts_with(note), "{done:?}");
}
