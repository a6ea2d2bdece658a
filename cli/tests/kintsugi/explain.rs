//! `kintsugi explain`: sentences for a reviewer, and what cannot be explained.

use serde_json::Value;

use crate::aws::{models, root, there};
use crate::tool::Desk;

#[test]
fn a_runbook_is_told_in_sentences_with_what_the_models_know() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    let done = desk.kintsugi(&["explain", "resize-instance.yaml"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let golden = "engine/tests/engine/snapshots/engine__explain__explain_resize-instance.snap";
    let golden = std::fs::read_to_string(root().join(golden)).unwrap();
    assert!(golden.ends_with(&done.out), "the command says what the engine's golden file says:\n{}", done.out);
}

#[test]
fn json_has_the_same_for_programs() {
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    let done = desk.kintsugi(&["explain", "resize-instance.yaml", "--json"]);
    let explanation: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(explanation["steps"].as_array().unwrap().len(), 41);
    assert_eq!(explanation["steps"][27]["part"], "wayBack");
    let expected = "If it fails, the run goes to restoreType, and is Failed in the end.";
    assert_eq!(explanation["steps"][13]["onFailure"], expected);
    assert_eq!(explanation["longest"]["seconds"], 9060);
}

#[test]
fn a_runbook_with_errors_is_explained_as_far_as_it_can_be_read() {
    let desk = Desk::new();
    desk.runbook("a.yaml", "  - {name: nap, action: 'aws:sleep', nextStep: nowhere, inputs: {Duration: PT2M}}\n");
    let done = desk.kintsugi(&["explain", "a.yaml"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.out.contains("1. **nap**: Waits for 2 minutes. Then it goes on with nowhere."), "{}", done.out);
    desk.file("b.yaml", "schemaVersion: [");
    let done = desk.kintsugi(&["explain", "b.yaml", "--json"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    let error: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(error["error"]["kind"], "runbook");
}
