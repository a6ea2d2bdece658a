//! Ids that look like AWS's.
//!
//! Comes in: nothing, or what the id shall depend on. Goes out: text. Never: an id twice, unless it is asked for by
//! the same words.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A new id like `7bf73129-1428-4cd3-a780-95db273d1602`.
#[must_use]
pub fn uuid() -> String {
    uuid_of(&fresh())
}

/// The id of these words: the same for the same words.
#[must_use]
pub fn uuid_of(words: &str) -> String {
    let hex = hex(words);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// A new id of so many hexadecimal digits (at most 64).
#[must_use]
pub fn hex_id(digits: usize) -> String {
    hex(&fresh())[..digits.min(64)].to_owned()
}

/// Unique within and between processes that started at different times.
fn fresh() -> String {
    #[expect(clippy::disallowed_methods, reason = "the world stands for AWS, whose ids differ from run to run")]
    let now = jiff::Timestamp::now().as_nanosecond();
    format!("{now}/{}/{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn hex(words: &str) -> String {
    Sha256::digest(words).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_unless_it_is_of_the_same_words() {
        assert_ne!(uuid(), uuid());
        assert_eq!(uuid_of("a"), uuid_of("a"));
        let lengths: Vec<usize> = uuid().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(hex_id(12).len(), 12);
    }
}
