//! Any text as a runbook: read, check, and read by everything that reads documents.
//!
//! Comes in: bytes. Goes out: nothing; a panic, a hang or memory without end is the finding.
//! Never: an opinion about what is right; the engine's tests have those.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(sketch) = engine::sketch(text, "fuzz.yaml") {
        read(&sketch);
    }
    let Ok(document) = engine::parse(text, "fuzz.yaml") else { return };
    let findings = engine::validate(&document);
    assert_eq!(findings, engine::validate(&document), "the same document has the same findings");
    let printed = engine::print(&document);
    let again = engine::parse(&printed, "fuzz.yaml").expect("what is printed can be read");
    assert_eq!(engine::tree(&document), engine::tree(&again), "it is read as what it was");
});

/// Everything that reads documents, whether they are good or not.
fn read(document: &engine::Document) {
    let _ = engine::api_calls(document);
    let _ = engine::explain(document, &|_, api| Some(api.starts_with("Describe")));
    let flow = engine::draw::flow(document, &|_, api| api.starts_with("Describe"));
    assert_eq!(engine::draw::svg(&flow), engine::draw::svg(&flow), "the same document has the same picture");
    let _ = engine::draw::mermaid(&flow);
}
