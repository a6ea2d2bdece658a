//! CBOR (RFC 8949) as JSON, as much of it as AWS's protocol uses.
//!
//! Comes in: bytes. Goes out: one value; bytes as `{"$base64": ""}`, the three odd numbers as texts, tags dropped.
//! Never: a byte left over.

use serde_json::{Map, Value};

use super::scalar::bytes;

pub(super) fn parse(mut wire: &[u8]) -> Result<Value, String> {
    let value = item(&mut wire)?.ok_or("a break where a value should be")?;
    if wire.is_empty() { Ok(value) } else { Err(format!("{} bytes are left over", wire.len())) }
}

/// One item; `None` for the break that ends something of unknown length.
fn item(wire: &mut &[u8]) -> Result<Option<Value>, String> {
    let first = take(wire, 1)?[0];
    let (major, low) = (first >> 5, first & 31);
    if major == 7 {
        return float_or_word(low, wire);
    }
    let length = if low == 31 { None } else { Some(argument(low, wire)?) };
    let value = match (major, length) {
        (0, Some(n)) => Value::from(n),
        (1, Some(n)) => Value::from(-1 - i64::try_from(n).map_err(|e| e.to_string())?),
        (2, Some(n)) => bytes(take(wire, usize::try_from(n).unwrap())?),
        (3, Some(n)) => {
            String::from_utf8(take(wire, usize::try_from(n).unwrap())?.to_vec()).map_err(|e| e.to_string())?.into()
        }
        (4, length) => Value::Array(several(length, wire)?),
        (5, length) => Value::Object(entries(several(length.map(|n| 2 * n), wire)?)?),
        (6, Some(_)) => return item(wire),
        _ => return Err(format!("no value begins with {first:#04x}")),
    };
    Ok(Some(value))
}

fn several(length: Option<u64>, wire: &mut &[u8]) -> Result<Vec<Value>, String> {
    let mut items = Vec::new();
    while length.is_none_or(|length| u64::try_from(items.len()).unwrap() < length) {
        match (item(wire)?, length) {
            (Some(value), _) => items.push(value),
            (None, None) => break,
            (None, Some(_)) => return Err("a break inside a list of known length".to_owned()),
        }
    }
    Ok(items)
}

fn entries(items: Vec<Value>) -> Result<Map<String, Value>, String> {
    let mut items = items.into_iter();
    let mut entries = Map::new();
    while let Some(key) = items.next() {
        let key = key.as_str().ok_or("a key that is no text")?.to_owned();
        entries.insert(key, items.next().ok_or("a key without a value")?);
    }
    Ok(entries)
}

fn float_or_word(low: u8, wire: &mut &[u8]) -> Result<Option<Value>, String> {
    let number = match low {
        20 | 21 => return Ok(Some((low == 21).into())),
        22 => return Ok(Some(Value::Null)),
        31 => return Ok(None),
        26 => f64::from(f32::from_be_bytes(take(wire, 4)?.try_into().unwrap())),
        27 => f64::from_be_bytes(take(wire, 8)?.try_into().unwrap()),
        _ => return Err(format!("the simple value {low} is not of the protocol")),
    };
    let odd = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    Ok(Some(if number.is_finite() { number.into() } else { odd.into() }))
}

fn argument(low: u8, wire: &mut &[u8]) -> Result<u64, String> {
    let width = match low {
        0..=23 => return Ok(low.into()),
        24..=27 => 1 << (low - 24),
        _ => return Err(format!("no length is written {low}")),
    };
    Ok(take(wire, width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn take<'w>(wire: &mut &'w [u8], count: usize) -> Result<&'w [u8], String> {
    let (taken, rest) = wire.split_at_checked(count).ok_or("the bytes end too early")?;
    *wire = rest;
    Ok(taken)
}
