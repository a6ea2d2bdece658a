//! What holds for every command: help that fits, errors as JSON, colours only where they are wanted, near names.

use serde_json::{Value, json};

use crate::aws::{models, there};
use crate::tool::{Desk, Done, finish, tool};

const COMMANDS: [&str; 10] = ["new", "check", "draw", "explain", "test", "plan", "run", "resume", "iam", "completions"];

#[test]
fn every_command_is_in_the_help_and_has_examples_within_80_columns() {
    let desk = Desk::new();
    let all = desk.kintsugi(&["--help"]).out;
    for command in COMMANDS {
        assert!(all.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {all}");
        let help = desk.kintsugi(&[command, "--help"]);
        assert_eq!(help.code, Some(0), "{help:?}");
        let examples = help.out.split("Examples:").nth(1).unwrap_or_else(|| panic!("{command} has no examples"));
        assert!(examples.contains(&format!("kintsugi {command}")), "{command}: {examples}");
        let long: Vec<&str> = examples.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(long.is_empty(), "{command}: {long:?}");
    }
}

#[test]
fn a_command_or_flag_with_a_slip_of_the_pen_gets_the_name_that_is_near() {
    let desk = Desk::new();
    let done = desk.kintsugi(&["chek", "a.yaml"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("check"), "{done:?}");
    let done = desk.kintsugi(&["test", "a.yaml", "--coverag"]);
    assert!(done.err.contains("--coverage"), "{done:?}");
}

#[test]
fn with_json_an_error_is_json_too_whatever_went_wrong() {
    let desk = Desk::new();
    desk.block();
    for (words, kind, code) in [
        (&["explain", "gone.yaml", "--json"][..], "unreadable", 2),
        (&["test", "--json"], "usage", 2),
        (&["chek", "--json"], "usage", 2),
        (&["new", "a b", "--json"], "document-name", 2),
        (&["resume", "block.yaml", "--json"], "not-a-run", 2),
    ] {
        let done = desk.kintsugi(words);
        assert_eq!(done.code, Some(code), "{done:?}");
        let error: Value = serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{words:?}: {done:?}"));
        assert_eq!((&error["error"]["kind"], &error["error"]["exitCode"]), (&json!(kind), &json!(code)), "{error}");
        assert!(done.err.starts_with("error: "), "people are told as well: {done:?}");
    }
}

/// `kintsugi test` on one case that fails, with these variables in the environment.
fn failing(variables: &[(&str, &str)]) -> Done {
    let desk = Desk::new();
    desk.runbook("nap.yaml", "  - {name: nap, action: 'aws:sleep', inputs: {Duration: PT2M}}\n");
    desk.file("nap.cases.yaml", "cases: [{name: fails, expect: {status: Failed}}]\n");
    let mut command = desk.command(tool(), &["test", "nap.yaml"]);
    command.envs(variables.iter().copied());
    finish(command)
}

#[test]
fn colours_are_for_terminals_unless_the_environment_says_otherwise() {
    if !there(&models()) {
        return;
    }
    let coloured = |variables: &[(&str, &str)]| failing(variables).out.contains("\x1b[1;31mFAIL\x1b[0m");
    assert!(!coloured(&[]), "a pipe is no terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let done = Desk::new().kintsugi(&["completions", shell]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(COMMANDS.iter().all(|command| done.out.contains(command)), "{shell}");
    }
}
