//! docs/cli.md shows what really happens: every `$ kintsugi` in a ```console block is run, in order.
//!
//! Where the output changed, `make bless` writes the page anew, as it does golden files.

use std::process::Command;

use crate::aws::{Aws, root, variable};
use crate::tool::{Desk, finish, steady, tool};

/// The instance of the page.
const INSTANCE: &str = "i-0123456789abcdef0";

/// A part of the page.
enum Part {
    Words(String),
    Command { command: String, output: String },
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut in_console = false;
    for line in page.split_inclusive('\n') {
        if line.starts_with("```") {
            in_console = line.trim_end() == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            parts.push(Part::Command { command: command.trim_end().to_owned(), output: String::new() });
            continue;
        } else if let Some(Part::Command { output, .. }) = parts.last_mut().filter(|_| in_console) {
            output.push_str(line);
            continue;
        }
        parts.push(Part::Words(line.to_owned()));
    }
    parts
}

/// What the page describes: an instance, the runbooks, one with a slip of the pen, parameters in a file.
fn set_up(desk: &Desk, page: &str, instance: &str) {
    let runbooks = desk.path().join("runbooks");
    std::fs::create_dir(&runbooks).unwrap();
    for (name, text) in shared::catalogue::RUNBOOKS {
        std::fs::write(runbooks.join(format!("{name}.yaml")), text).unwrap();
        let cases = format!("{name}.cases.yaml");
        std::fs::copy(root().join("runbooks").join(&cases), runbooks.join(&cases)).unwrap();
    }
    let resize = std::fs::read_to_string(runbooks.join("resize-instance.yaml")).unwrap();
    let typo = resize.replacen("ModifyInstanceAttribute", "ModifyInstanceAtribute", 1);
    std::fs::write(runbooks.join("typo.yaml"), typo).unwrap();
    let parameters = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    desk.file("resize.json", &parameters.replace(INSTANCE, instance));
}

/// As typed at a prompt: standard output and standard error on one screen.
fn typed(desk: &Desk, command: &str) -> String {
    let mut shell: Command = desk.command("/bin/sh".as_ref(), &["-c", &format!("{command} 2>&1")]);
    shell.env("PATH", format!("{}:/usr/bin:/bin", tool().parent().unwrap().display()));
    finish(shell).out
}

#[tokio::test]
async fn every_command_of_the_page_says_what_the_page_shows() {
    let place = root().join("docs/cli.md");
    let page = std::fs::read_to_string(&place).unwrap();
    let Some(aws) = Aws::start().await else { return };
    let instance = aws.instance("t3.medium").await;
    let desk = Desk::on(&aws);
    set_up(&desk, &page, &instance);
    let (mut anew, mut commands, mut changed) = (String::new(), 0, Vec::new());
    for part in parts(&page) {
        let (command, output) = match part {
            Part::Words(words) => {
                anew.push_str(&words);
                continue;
            }
            Part::Command { command, output } => (command, output),
        };
        let really = typed(&desk, &command.replace(INSTANCE, &instance)).replace(&instance, INSTANCE);
        let same = steady(&really, &[]) == steady(&output, &[]);
        anew.push_str(&format!("$ {command}\n{}", if same { &output } else { &really }));
        commands += 1;
        if !same {
            changed.push(format!("$ {command}\n{really}"));
        }
    }
    assert!(commands >= 5, "only {commands} commands on the page");
    if variable("INSTA_UPDATE").as_deref() == Some("always") {
        std::fs::write(&place, anew).unwrap();
    } else {
        assert!(changed.is_empty(), "docs/cli.md shows another output; `make bless` writes:\n{}", changed.join("\n"));
    }
}
