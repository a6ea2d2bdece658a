//! docs/cli.md shows what really happens: every `$ kintsugi` in a ```console block is run, in order.

use std::process::Command;

use crate::aws::{Aws, root};
use crate::tool::{Desk, finish, steady, tool};

/// The instance of the page.
const INSTANCE: &str = "i-0123456789abcdef0";

/// Commands of the page with the output it shows.
fn shown(page: &str) -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> = Vec::new();
    let mut in_console = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            shown.push((command.to_owned(), String::new()));
        } else if let Some((_, output)) = shown.last_mut().filter(|_| in_console) {
            output.push_str(line);
            output.push('\n');
        }
    }
    shown
}

/// As typed at a prompt: standard output and standard error on one screen.
fn typed(desk: &Desk, command: &str) -> String {
    let mut shell: Command = desk.command("/bin/sh".as_ref(), &["-c", &format!("{command} 2>&1")]);
    shell.env("PATH", format!("{}:/usr/bin:/bin", tool().parent().unwrap().display()));
    finish(shell).out
}

#[tokio::test]
async fn every_command_of_the_page_says_what_the_page_shows() {
    let page = std::fs::read_to_string(root().join("docs/cli.md")).unwrap();
    let shown = shown(&page);
    assert!(shown.len() >= 5, "{shown:?}");
    let Some(aws) = Aws::start().await else { return };
    let instance = aws.instance("t3.medium").await;
    let desk = Desk::on(&aws);
    let runbooks = desk.path().join("runbooks");
    std::fs::create_dir(&runbooks).unwrap();
    for (name, text) in shared::catalogue::RUNBOOKS {
        std::fs::write(runbooks.join(format!("{name}.yaml")), text).unwrap();
    }
    let typo = runbooks.join("typo.yaml");
    let resize = std::fs::read_to_string(runbooks.join("resize-instance.yaml")).unwrap();
    std::fs::write(typo, resize.replace("ModifyInstanceAttribute", "ModifyInstanceAtribute")).unwrap();
    let parameters = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    desk.file("resize.json", &parameters.replace(INSTANCE, &instance));
    for (command, output) in shown {
        let really = typed(&desk, &command);
        assert_eq!(steady(&really, &[(&instance, INSTANCE)]), steady(&output, &[]), "$ {command}");
    }
}
