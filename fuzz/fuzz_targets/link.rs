//! Any text as the token of an approval link, and any text signed and changed.
//!
//! Comes in: bytes. Goes out: nothing; a panic, or claims that nobody signed, is the finding.
//! Never: a key of anybody's.

#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use shared::approval::keys::{Key, Keys};
use shared::approval::link::{Claims, sign, verify};

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = |version: &str| Key::new(version, "a secret of thirty-two characters or more").expect("long enough");
    Keys::new(key("two"), Some(key("one")))
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(verify(&KEYS, text, Timestamp::UNIX_EPOCH).is_err(), "nobody signed it");
    let (approval, rest) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let claims = Claims {
        approval: approval.chars().take(100).collect(),
        approver: rest.chars().take(100).collect(),
        plan: "c0ffee".to_owned(),
        expires: Timestamp::from_second(1000).expect("a time"),
    };
    let token = sign(&KEYS, &claims);
    if token.len() <= 2048 {
        assert_eq!(verify(&KEYS, &token, Timestamp::UNIX_EPOCH).as_ref(), Ok(&claims));
        // The bytes also choose what is changed.
        let place = bytes.iter().fold(7, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        let mut changed = token.clone().into_bytes();
        let place = place % changed.len();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("letters");
        assert!(verify(&KEYS, &changed, Timestamp::UNIX_EPOCH).is_err(), "{changed} for {token}");
    }
});
