//! Whether two bodies mean the same.
//!
//! Comes in: what was wanted and what was made. Goes out: yes or no. Never: an excuse for a difference that a
//! service would see.

use std::collections::BTreeSet;

use aws_smithy_cbor::Decoder;
use aws_smithy_cbor::data::Type;
use aws_smithy_types::base64;
use serde_json::Value;

use crate::value::parse_timestamp;

/// Whether a request body means what the case wants.
pub(super) fn same_body(protocol: &str, wanted: &str, made: &[u8]) -> bool {
    let text = String::from_utf8_lossy(made);
    match protocol {
        "query" | "ec2" => form(wanted) == form(&text),
        "json" | "rest-json" => match (serde_json::from_str(wanted), serde_json::from_slice(made)) {
            (Ok(wanted), Ok(made)) => same_value(&wanted, &made),
            _ => wanted == text,
        },
        "smithy-rpc-v2-cbor" => {
            let wanted = base64::decode(wanted).unwrap();
            wanted == made || (!made.is_empty() && cbor(&wanted) == cbor(made))
        }
        _ => xml(wanted) == xml(&text),
    }
}

fn form(body: &str) -> BTreeSet<String> {
    body.split('&').map(|pair| pair.replace("%2F", "/").replace('+', "%20")).collect()
}

/// Equal but for what JSON has two words for: numbers, and the forms in which the cases give timestamps and blobs.
pub(super) fn same_value(wanted: &Value, made: &Value) -> bool {
    match (wanted, made) {
        (Value::Number(a), Value::Number(b)) => close(a.as_f64().unwrap(), b.as_f64().unwrap()),
        (Value::Number(a), Value::String(_)) => {
            parse_timestamp(made).is_some_and(|t| close(a.as_f64().unwrap(), t.as_secs_f64()))
        }
        (Value::String(a), Value::String(b)) => a == b || base64::decode(b.as_str()).is_ok_and(|b| b == a.as_bytes()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same_value(a, b)))
        }
        _ => wanted == made,
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-4
}

/// Tags and texts in order; attributes sorted, space around text gone.
fn xml(document: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in document.split('<').filter(|part| !part.trim().is_empty()) {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let (tag, closes) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.trim().split_once(' ').unwrap_or((tag.trim(), ""));
        let mut attributes: Vec<&str> =
            attributes.split_inclusive("\" ").map(str::trim).filter(|a| !a.is_empty()).collect();
        attributes.sort_unstable();
        parts.push(format!("<{name} {}>", attributes.join(" ")));
        if closes {
            parts.push(format!("</{name} >"));
        }
        parts.extend(Some(text.trim()).filter(|t| !t.is_empty()).map(str::to_owned));
    }
    parts
}

fn cbor(bytes: &[u8]) -> String {
    item(&mut Decoder::new(bytes))
}

/// One item as text; map entries sorted, all numbers as floats of double precision.
fn item(d: &mut Decoder<'_>) -> String {
    match d.datatype().unwrap() {
        Type::Map | Type::MapIndef => {
            let mut entries = items(d, true);
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        Type::Array | Type::ArrayIndef => format!("[{}]", items(d, false).join(",")),
        Type::String | Type::StringIndef => format!("{:?}", d.string().unwrap()),
        Type::Bytes | Type::BytesIndef => format!("{:?}", d.blob().unwrap().as_ref()),
        Type::Bool => d.boolean().unwrap().to_string(),
        Type::Null => d.null().map(|()| "null".to_owned()).unwrap(),
        Type::Tag => format!("time {}", d.timestamp().unwrap().as_secs_f64()),
        Type::F16 | Type::F32 => format!("{:e}", f64::from(d.float().unwrap())),
        Type::F64 => format!("{:e}", d.double().unwrap()),
        _ => d.long().unwrap().to_string(),
    }
}

fn items(d: &mut Decoder<'_>, map: bool) -> Vec<String> {
    let length = if map { d.map().unwrap() } else { d.list().unwrap() };
    let mut found = Vec::new();
    while length.map_or_else(|| d.datatype().unwrap() != Type::Break, |n| (found.len() as u64) < n) {
        let key = if map { format!("{:?}:", d.string().unwrap()) } else { String::new() };
        found.push(key + &item(d));
    }
    if length.is_none() {
        d.skip().unwrap();
    }
    found
}

#[test]
fn a_difference_that_a_service_would_see_is_seen() {
    for (protocol, wanted, made) in [
        ("query", "A=1&B=2", "A=1&B=3"),
        ("json", r#"{"a":1}"#, r#"{"a":2}"#),
        ("json", r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
        ("rest-xml", "<a><b>1</b></a>", "<a><c>1</c></a>"),
        ("rest-xml", r#"<a x="1"/>"#, r#"<a x="2"/>"#),
        ("rest-xml", "<a><b>1</b></a>", "<a><b>2</b></a>"),
        // {"a": 1} and {"a": 2}
        ("smithy-rpc-v2-cbor", "oWFhAQ==", "\u{a1}"),
    ] {
        let made =
            if protocol == "smithy-rpc-v2-cbor" { vec![0xa1, 0x61, 0x61, 0x02] } else { made.as_bytes().to_vec() };
        assert!(!same_body(protocol, wanted, &made), "{protocol} {wanted}");
    }
    assert!(same_body("rest-xml", "<a> <b/> </a>", b"<a><b></b></a>"));
    assert!(same_body("smithy-rpc-v2-cbor", "oWFhAQ==", &[0xbf, 0x61, 0x61, 0x01, 0xff]));
}
