//! Members that make a repeated call one effect.
//!
//! Comes in: the caller's key for this call, stable over replays.
//! Goes out: the members marked idempotencyToken, filled where the caller left them out.
//! Never: a change of a token that the caller gave.

use std::hash::{BuildHasher, RandomState};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::models::Operation;

pub(super) fn fill(operation: &Operation, input: &mut Map<String, Value>, key: Option<&str>) {
    for member in operation.schema.input_members().iter().filter(|m| m.idempotency_token) {
        if !input.contains_key(member.name) {
            let token = match key {
                Some(key) => derived([key, operation.service(), operation.name(), member.name]),
                None => random(),
            };
            input.insert(member.name.to_owned(), token.into());
        }
    }
}

/// The same parts give the same token, on every machine and in every version.
fn derived(parts: [&str; 4]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    uuid(|i| digest[i])
}

/// The standard library's hash keys come from the operating system: random enough to be unique.
fn random() -> String {
    let state = RandomState::new();
    let halves = [state.hash_one(0u8).to_be_bytes(), state.hash_one(1u8).to_be_bytes()];
    uuid(|i| halves[i / 8][i % 8])
}

/// Services check the form: 8-4-4-4-12 hexadecimal digits, version 4.
fn uuid(byte: impl Fn(usize) -> u8) -> String {
    let mut text = String::with_capacity(36);
    for i in 0..16 {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = match i {
            6 => byte(i) & 0x0f | 0x40,
            8 => byte(i) & 0x3f | 0x80,
            _ => byte(i),
        };
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_gives_the_same_token_and_another_key_another() {
        let token = |key| derived([key, "ec2", "RunInstances", "ClientToken"]);
        assert_eq!(token("run-1/start/1"), token("run-1/start/1"));
        assert_ne!(token("run-1/start/1"), token("run-1/start/2"));
        assert_ne!(derived(["ab", "c", "", ""]), derived(["a", "bc", "", ""]));
    }

    #[test]
    fn a_token_has_the_form_of_a_uuid() {
        for token in [derived(["k", "s", "a", "m"]), random()] {
            let groups: Vec<usize> = token.split('-').map(str::len).collect();
            assert_eq!(groups, [8, 4, 4, 4, 12], "{token}");
            assert_eq!(&token[14..15], "4", "{token}");
            assert!(matches!(&token[19..20], "8" | "9" | "a" | "b"), "{token}");
        }
    }

    #[test]
    fn the_token_of_a_key_never_changes_between_versions() {
        // A changed derivation would repeat effects of runs that are resumed by a newer version.
        let token = derived(["exec-1/stop#1/call", "ec2", "RunInstances", "ClientToken"]);
        assert_eq!(token, derived(["exec-1/stop#1/call", "ec2", "RunInstances", "ClientToken"]));
    }
}
