//! What is recorded, made small enough for a checkpoint.
//!
//! Comes in: an answer. Goes out: the same, deflated and in base64 when it is large; and back.
//! Never: an answer that is only nearly the same, or one that grows without end when it is unpacked.

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Up to this an answer is kept as it is: readable in the execution's history.
const PLAIN: usize = 32 * 1024;
/// A checkpoint takes 256 KB, of which some is the service's own.
pub(super) const LARGEST: usize = 200 * 1024;
/// No larger answer is packed at all: it would have to be held in memory on every replay.
const LARGEST_PLAIN: usize = 8 * 1024 * 1024;

/// An answer as it is recorded.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Packed {
    answer: Value,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    packed: bool,
}

impl Packed {
    /// Packs if that is needed. `Err`: the bytes it would take all the same.
    pub(super) fn new(answer: Value) -> Result<Self, usize> {
        let text = answer.to_string();
        if text.len() <= PLAIN {
            return Ok(Self { answer, packed: false });
        }
        let packed = deflate(&text).unwrap_or(text);
        if packed.len() > LARGEST { Err(packed.len()) } else { Ok(Self { answer: packed.into(), packed: true }) }
    }

    /// The answer.
    ///
    /// # Errors
    /// It was packed by something else.
    pub(super) fn open(self) -> io::Result<Value> {
        if !self.packed {
            return Ok(self.answer);
        }
        let text = self.answer.as_str().unwrap_or_default();
        let bytes = STANDARD.decode(text).map_err(io::Error::other)?;
        let inflated = DeflateDecoder::new(&bytes[..]).take(LARGEST_PLAIN as u64);
        serde_json::from_reader(io::BufReader::new(inflated)).map_err(io::Error::from)
    }
}

/// The bytes that an answer would take, if those are too many.
pub(super) fn too_large(answer: &Value) -> Option<usize> {
    Packed::new(answer.clone()).err()
}

/// `None` if that would not help.
fn deflate(text: &str) -> Option<String> {
    if text.len() > LARGEST_PLAIN {
        return None;
    }
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(text.as_bytes()).ok()?;
    Some(STANDARD.encode(deflated.finish().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn kept(answer: &Value) -> (Value, usize) {
        let recorded = serde_json::to_string(&Packed::new(answer.clone()).unwrap()).unwrap();
        let packed: Packed = serde_json::from_str(&recorded).unwrap();
        (packed.open().unwrap(), recorded.len())
    }

    #[test]
    fn a_small_answer_stays_readable_and_a_large_one_fits() {
        let small = json!({"Reservations": [], "packed": true});
        assert_eq!(serde_json::to_value(Packed::new(small.clone()).unwrap()).unwrap(), json!({ "answer": small }));
        let instances = (0..4000).map(|n| json!({"InstanceId": format!("i-{n:017x}"), "State": {"Name": "running"}}));
        let large = json!({"Instances": instances.collect::<Vec<_>>()});
        let (open, size) = kept(&large);
        assert_eq!(open, large);
        assert!(large.to_string().len() > LARGEST && size < LARGEST / 2, "{size} bytes");
    }

    #[test]
    fn what_is_too_large_even_so_says_how_large() {
        let noise: Vec<String> =
            (0..20_000_u64).map(|n| format!("{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
        assert!(too_large(&json!(noise)).is_some_and(|size| size > LARGEST));
        assert!(too_large(&json!("x".repeat(LARGEST_PLAIN + 1))).is_some());
        assert_eq!(too_large(&json!("x".repeat(LARGEST_PLAIN / 2))), None);
    }

    proptest! {
        #[test]
        fn whatever_is_packed_comes_out_the_same(text in "\\PC{0,40}", times in 0_usize..3000) {
            let answer = json!({"text": text.repeat(times), "again": [text, null, 1.5]});
            prop_assert_eq!(kept(&answer).0, answer);
        }
    }
}
