//! Any text as a list of bindings.
//!
//! Comes in: bytes. Goes out: nothing; a panic, a hang or memory without end is the finding.
//! Never: an opinion about what is right; the catalogue's tests have those.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = engine::yaml::Yaml::read(text).map(|yaml| shared::catalogue::read_bindings(&yaml));
});
