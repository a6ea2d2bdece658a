//! `files`: what lies beside the document, and by which checksum it is known.
//!
//! Comes in: one entry. Goes out: the file, with a finding for all that is amiss.
//! Never: the file itself; whoever runs a script has it, and compares the checksum.

use serde_json::{Map, Value};

use super::shape::unknown_keys;
use crate::document::AttachedFile;
use crate::report::{Reporter, Spot};

/// The spellings that AWS's own schema of documents lists.
const SHA256: [&str; 4] = ["sha256", "SHA256", "sha-256", "SHA-256"];
/// What SSM takes.
const MAX_SIZE: u64 = 256 * 1024 * 1024;

pub(super) fn file(
    name: &str,
    map: &Map<String, Value>,
    spot: &Spot,
    reporter: &mut Reporter<'_>,
) -> Option<AttachedFile> {
    unknown_keys(map, &["checksums", "size"], spot, reporter);
    if !is_name(name) {
        let message = format!("the file name {name} is not valid");
        let finding = reporter.key_error("attachment-file", spot, message);
        finding.hint("3 to 128 letters, digits and _ . -");
    }
    let sha256 = checksum(map.get("checksums"), spot, reporter);
    Some(AttachedFile { name: name.to_owned(), sha256, size: size(map, spot, reporter) })
}

fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (3..=128).contains(&name.len()) && name.bytes().all(known)
}

fn checksum(checksums: Option<&Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<String> {
    let hint = "checksums: {sha256: the 64 digits that sha256sum prints}";
    let Some(Value::Object(map)) = checksums else {
        reporter.error("attachment-file", spot, "the file has no checksums").hint(hint);
        return None;
    };
    let spot = spot.key("checksums");
    let mut found = map.iter().filter(|(key, _)| SHA256.contains(&key.as_str()));
    let (Some((key, value)), None) = (found.next(), found.next()) else {
        reporter.error("attachment-file", &spot, "a file has exactly one checksum, sha256").hint(hint);
        return None;
    };
    unknown_keys(map, &[key.as_str()], &spot, reporter);
    let digits = value.as_str().filter(|text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()));
    if digits.is_none() {
        reporter.error("attachment-file", &spot.key(key), "a checksum is text of 64 hexadecimal digits").hint(hint);
    }
    digits.map(str::to_ascii_lowercase)
}

fn size(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<u64> {
    let written = map.get("size").filter(|value| !value.is_null())?;
    let size = written.as_u64().filter(|size| *size <= MAX_SIZE);
    if size.is_none() {
        let message = format!("size must be a whole number of bytes, at most {MAX_SIZE}");
        reporter.error("attachment-file", &spot.key("size"), message);
    }
    size
}
