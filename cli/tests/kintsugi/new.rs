//! `kintsugi new`: every template checks clean, passes its cases and can be explained and drawn.

use crate::aws::{models, there};
use crate::tool::Desk;

const TEMPLATES: [&str; 5] = ["api", "config-drift", "instance", "script", "approval"];

#[test]
fn every_template_checks_clean_passes_its_cases_and_is_explained_and_drawn() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    for template in TEMPLATES {
        let done = desk.kintsugi(&["new", template, "--from", template]);
        assert_eq!(done.code, Some(0), "{done:?}");
        let file = format!("{template}.yaml");
        let done = desk.kintsugi(&["check", &file, "--deny", "warnings"]);
        assert_eq!((done.code, done.out.as_str()), (Some(0), format!("{file}: ok\n").as_str()), "{done:?}");
        let done = desk.kintsugi(&["check", &format!("{template}.binding.yaml")]);
        assert_eq!(done.code, Some(0), "{done:?}");
        let done = desk.kintsugi(&["test", &file, "--min-coverage", "100"]);
        assert_eq!(done.code, Some(0), "{template}: {}{}", done.out, done.err);
        for command in ["explain", "draw"] {
            let done = desk.kintsugi(&[command, &file]);
            assert_eq!(done.code, Some(0), "{command} {done:?}");
        }
    }
}

#[test]
fn it_says_what_to_do_next() {
    let desk = Desk::new();
    let done = desk.kintsugi(&["new", "require-token"]);
    insta::assert_snapshot!(done.out, @r"
    wrote require-token.yaml, require-token.cases.yaml and require-token.binding.yaml

    next:
      kintsugi check require-token.yaml require-token.binding.yaml  all that is wrong with them
      kintsugi test require-token.yaml              its cases, against a fake account
      kintsugi explain require-token.yaml           what it does, in sentences
    ");
}

#[test]
fn nothing_that_is_there_is_overwritten_not_even_in_part() {
    let desk = Desk::new();
    desk.file("mine.cases.yaml", "mine");
    let done = desk.kintsugi(&["new", "mine"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert_eq!(done.err, "error: mine.cases.yaml is there already; nothing was written\n");
    assert!(!desk.path().join("mine.yaml").exists());
    assert_eq!(std::fs::read_to_string(desk.path().join("mine.cases.yaml")).unwrap(), "mine");
}

#[test]
fn a_template_that_there_is_none_of_names_the_others() {
    let done = Desk::new().kintsugi(&["new", "mine", "--from", "instanc"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("instance"), "{done:?}");
}
