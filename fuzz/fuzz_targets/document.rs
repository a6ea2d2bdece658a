//! Any text as a runbook: read, check, and read by everything that reads documents.
//!
//! Comes in: bytes. Goes out: nothing; a panic, a hang or memory without end is the finding.
//! Never: an opinion about what is right; the engine's tests have those.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(document) = engine::parse(text, "fuzz.yaml") else { return };
    let findings = engine::validate(&document);
    assert_eq!(findings, engine::validate(&document), "the same document has the same findings");
    let _ = engine::api_calls(&document);
});
