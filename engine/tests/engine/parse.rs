//! Whatever the text: findings, never a panic, and always with a place in it.

use proptest::prelude::*;

fn read(text: &str) {
    let findings = match engine::parse(text, "x") {
        Ok(document) => engine::validate(&document),
        Err(findings) => {
            assert!(findings.has_errors(), "refused without a reason");
            findings
        }
    };
    // YAML's line breaks.
    let lines = u32::try_from(text.split(['\n', '\r']).count()).unwrap() + 1;
    for finding in &findings {
        assert!(finding.line >= 1 && finding.column >= 1 && finding.line <= lines, "{finding}");
        assert!(!finding.message.is_empty());
    }
}

/// Pieces of runbooks, so that chance gets beyond the first brace.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "schemaVersion: '0.3'\n",
        "mainSteps:\n",
        "- name: a\n",
        "  action: aws:branch\n",
        "  action: aws:loop\n",
        "  action: aws:sleep\n",
        "  inputs:\n",
        "    Choices:\n",
        "    - {NextStep: a, Variable: '{{ b.c }}', StringEquals: x}\n",
        "    Steps: [{name: b}]\n",
        "  onFailure: step:b\n",
        "  nextStep: a\n",
        "parameters:\n",
        "  P: {type: String, allowedPattern: '[a-', default: '{{ P }}'}\n",
        "outputs: [a.b, c]\n",
        "{\"a\": ",
        "[",
        "]",
        "}",
        "&x ",
        "*x ",
        "? ",
        "<<: ",
        "|-\n",
        "\"",
        "'",
        "!Sub ",
        "\t",
        "  ",
        "\n",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\u{feff}",
        "\u{0}",
        "é",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in "[\\x00-\\u{ffff}]{0,200}") {
        read(&text);
    }

    #[test]
    fn pieces_of_runbooks_never_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        read(&pieces.concat());
    }

    #[test]
    fn a_runbook_with_any_character_changed_never_panics(at in 0_usize..1200, to in any::<char>()) {
        let text = include_str!("../../../runbooks/resize-instance.yaml");
        let changed: String = text.chars().enumerate().map(|(index, c)| if index == at { to } else { c }).collect();
        read(&changed);
    }

    #[test]
    fn a_runbook_cut_anywhere_never_panics(at in 0_usize..6000) {
        let text = include_str!("../../../runbooks/resize-instance.yaml");
        read(&text.chars().take(at).collect::<String>());
    }
}

#[test]
fn a_document_of_thousands_of_steps_is_checked_in_time() {
    let mut text = "schemaVersion: '0.3'\nmainSteps:\n".to_owned();
    for step in 0..2500 {
        let previous = step.max(1) - 1;
        text.push_str(&format!(
            "- {{name: s{step}, action: 'aws:sleep', inputs: {{Duration: '{{{{ s{previous}.x }}}}'}}}}\n"
        ));
    }
    let started = std::time::Instant::now();
    read(&text);
    assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
}
