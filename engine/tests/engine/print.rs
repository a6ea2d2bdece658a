//! What is printed is read again as what it was.

use engine::Document;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Printed, read, and compared; printed again it is the same text.
fn comes_back(document: &Document) -> Result<(), String> {
    let printed = engine::print(document);
    let again = engine::parse(&printed, &document.name).map_err(|findings| format!("{findings}\n{printed}"))?;
    if engine::tree(&again) != engine::tree(document) {
        let (was, is) = (engine::tree(document), engine::tree(&again));
        return Err(format!("was {}\nis {}\n{printed}", Value::Object(was), Value::Object(is)));
    }
    if engine::print(&again) != printed {
        return Err(format!("printed twice it differs:\n{printed}"));
    }
    Ok(())
}

/// Texts that readers of YAML are known to trip over, and any others.
fn text() -> impl Strategy<Value = String> {
    let odd = [
        "",
        " ",
        "~",
        "null",
        "yes",
        "No",
        "0x1F",
        "012",
        "1e3",
        ".5",
        "2024-01-01",
        "- a",
        "a: b",
        "a #b",
        "# a",
        "|",
        ">",
        "&a",
        "*a",
        "!t",
        "%d",
        "@a",
        "`a",
        "'",
        "\"",
        "a'b",
        "{{ x }}",
        "{a",
        "[a",
        "a\n",
        "\na",
        "a\n\nb\n\n",
        " a\nb",
        "a \nb ",
        "\ta\nb",
        "a\r\nb",
        "\u{feff}a",
        "a\u{85}b",
        "a\u{2028}b",
        "\0",
        "\u{7f}",
        "😀\n😀",
        "---",
        "...",
        "? a",
        "a:",
        "<<",
        "=",
        "a\n b\n  c\n",
    ];
    prop_oneof![
        prop::sample::select(odd.to_vec()).prop_map(str::to_owned),
        any::<String>(),
        "[ -~\n]{0,60}",
        "([a-z:#' ]{0,9}\n){0,5}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1e12..1e12_f64).prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

fn step() -> impl Strategy<Value = Value> {
    let inputs = prop::collection::btree_map(text(), value(), 0..4);
    let flow = prop::sample::select(vec!["Abort", "Continue", "step:x"]);
    (inputs, text(), flow, any::<(bool, bool)>(), 1_u64..9).prop_map(
        |(inputs, description, flow, (end, critical), n)| {
            json!({
                "name": "s", "action": "aws:executeAwsApi", "description": description, "onFailure": flow, "isEnd": end,
                "isCritical": critical, "timeoutSeconds": n, "maxAttempts": "{{ N }}", "inputs": inputs,
                "outputs": [{"Name": "O", "Selector": "$.a['b c']", "Type": "StringMap"}],
            })
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    let steps = prop::collection::vec(step(), 1..4);
    (steps, text(), text(), value()).prop_map(|(steps, description, pattern, default)| {
        json!({
            "schemaVersion": "0.3", "description": description, "assumeRole": "{{ Role }}",
            "parameters": {"Role": {"type": "AWS::IAM::Role::Arn", "default": default, "allowedPattern": pattern,
                "allowedValues": ["", 1, true], "minChars": 1, "displayType": "textarea"}},
            "variables": {"V": {"type": "MapList", "default": [], "description": "v"}},
            "files": {"a.zip": {"checksums": {"sha256": "0f".repeat(32)}, "size": 3}},
            "mainSteps": [{"name": "l", "action": "aws:loop", "inputs": {"Iterators": ["x"], "Steps": steps}}],
            "outputs": ["l.CurrentIteration"],
        })
    })
}

proptest! {
    #[test]
    fn a_generated_document_is_read_as_it_was_printed(tree in document()) {
        let document = engine::parse(&tree.to_string(), "x").map_err(|findings| TestCaseError::fail(findings.to_string()))?;
        comes_back(&document).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn every_public_runbook_is_read_as_it_was_printed() {
    let Some(entries) = crate::corpus::corpus() else { return };
    let (mut compared, mut wrong) = (0, Vec::new());
    for entry in &entries {
        let text = std::fs::read_to_string(&entry.file).unwrap();
        if let Ok(document) = engine::parse(&text, &entry.name) {
            compared += 1;
            wrong.extend(comes_back(&document).err().map(|error| format!("{}: {error}", entry.name)));
        }
    }
    eprintln!("{compared} of {} public runbooks printed and read again", entries.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(compared > 300, "only {compared}");
}

#[test]
fn a_printed_document_reads_well() {
    let text = r#"{"schemaVersion": "0.3", "parameters": {"Name": {"type": "String", "default": ""}}, "mainSteps": [
        {"name": "ask", "action": "aws:executeScript", "onFailure": "step:end", "inputs": {"Runtime": "python3.11", "Handler": "main",
         "Script": "def main(e, c):\n    return {'a': 1}\n", "InputPayload": {"name": "{{ Name }}", "list": [1, {"a": "yes"}, []]}}},
        {"name": "end", "action": "aws:pause", "inputs": {}, "isEnd": true}]}"#;
    insta::assert_snapshot!(engine::print(&engine::parse(text, "x").unwrap()), @r"
    schemaVersion: '0.3'
    parameters:
      Name:
        type: String
        default: ''
    mainSteps:
      - name: ask
        action: aws:executeScript
        onFailure: step:end
        inputs:
          Runtime: python3.11
          Handler: main
          Script: |
            def main(e, c):
                return {'a': 1}
          InputPayload:
            name: '{{ Name }}'
            list:
              - 1
              - a: 'yes'
              - []
      - name: end
        action: aws:pause
        inputs: {}
        isEnd: true
    ");
}
