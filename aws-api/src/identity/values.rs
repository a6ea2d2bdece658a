//! Inputs made from the model, the same each time.
//!
//! Comes in: an operation and a number. Goes out: an input that the client takes.
//! Never: a value that has no form on the wire (an empty list in a form, a blank at the end of a header).

use serde_json::{Map, Value, json};

use super::Subject;
use super::random::Random;
use crate::model::{Shape, ShapeRef, Type};
use crate::protocol::Protocol;

const TEXTS: &[&str] = &[
    "a",
    "hé – 漢字 🦀",
    "a b+c&d=e%20f",
    "<tag attr=\"x\">&amp;'",
    "line\nline\r\n",
    "{\"a\": [1]}",
    "/sla/sh",
    " ~._- ",
    "a.b:c",
];
/// In headers and paths.
const PLAIN: &[&str] = &["a", "a b+c&d=e%20f", "k=v;x", "~._-", "\"quoted, with commas\""];
const LABELS: &[&str] = &["a", "hé – 漢字 🦀", "a b+c&d=e%20f", "k=v;x", "a/b", "arn:aws:x:::y/z"];
const BYTES: &[&[u8]] = &[&[0, 255, 254, 128], "hé".as_bytes(), b"a"];
/// What is part of a host name, or read by endpoint rules.
const SHAPED: &[(&str, &str)] = &[
    ("AccountId", "123456789012"),
    ("SourceRegion", "us-east-1"),
    ("PredictEndpoint", "https://endpoint.example.com"),
    ("Bucket", "my-bucket"),
    ("CopySource", "my-bucket/key"),
    ("ResourceARN", "arn:aws:kinesis:eu-west-1:123456789012:stream/mine"),
    ("StreamARN", "arn:aws:kinesis:eu-west-1:123456789012:stream/mine"),
    ("ConsumerARN", "arn:aws:kinesis:eu-west-1:123456789012:stream/mine/consumer/c:1"),
];
/// Members of one input; some models go round in circles of circles.
const ENOUGH: usize = 300;

pub(super) struct Values<'m> {
    subject: &'m Subject,
    random: Random,
    /// Of a hundred members that may be left out, so many are there.
    filled: usize,
    left: usize,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'m> {
    location: Option<&'m str>,
    depth: usize,
    endpoint: bool,
}

impl<'m> Values<'m> {
    pub(super) fn of(subject: &'m Subject, number: u64) -> Self {
        let random = Random::of(&format!("{}:{}:{number}", subject.service, subject.api));
        Self { subject, random, filled: [100, 50, 0][usize::try_from(number).unwrap() % 3], left: ENOUGH }
    }

    pub(super) fn input(&mut self) -> Value {
        let Some(input) = &self.subject.model.input else { return json!({}) };
        let shape = &self.subject.shapes[&*input.shape];
        let mut members = Map::new();
        for (name, r) in shape.members.iter() {
            let unasked = self.subject.model.http_checksum.request_validation_mode_member.as_ref() == Some(name);
            if shape.required.contains(name) || (self.random.percent(self.filled) && !unasked) {
                let endpoint = r.context_param.is_some() || r.host_label;
                let place = Place { location: r.location.as_deref(), depth: 0, endpoint };
                members.insert(name.clone(), self.root_member(name, r, place));
            }
        }
        Value::Object(members)
    }

    fn root_member(&mut self, name: &str, r: &'m ShapeRef, place: Place<'m>) -> Value {
        let model = &self.subject.model;
        if model.http_checksum.request_algorithm_member.as_deref() == Some(name) {
            return self.random.of_these(&["CRC32", "CRC32C", "SHA1", "SHA256"]).into();
        }
        if let Some((_, text)) = SHAPED.iter().find(|(shaped, _)| *shaped == name)
            && self.shape(r).kind == Type::String
        {
            return (*text).into();
        }
        self.value(r, place)
    }

    fn shape(&self, r: &ShapeRef) -> &'m Shape {
        &self.subject.shapes[&*r.shape]
    }

    fn value(&mut self, r: &'m ShapeRef, place: Place<'m>) -> Value {
        let shape = self.shape(r);
        let deeper = Place { depth: place.depth + 1, ..place };
        match shape.kind {
            _ if place.location == Some("header") && (r.jsonvalue || shape.jsonvalue) => json!({"json": ["vä", 1]}),
            Type::Structure if shape.document => {
                json!({"text": "hé", "list": [1, 2.5, true, {"deep": "x"}], "n": 9_007_199_254_740_993_i64})
            }
            Type::Structure => self.structure(shape, deeper),
            Type::List => self.list(r, shape, deeper),
            Type::Map => self.map(shape, deeper),
            Type::String => self.text(shape, place).into(),
            Type::Boolean => self.random.percent(50).into(),
            Type::Timestamp => self.time(r, shape, place),
            Type::Blob => self.blob(place),
            Type::Float => self.fractional(shape, &[json!(0.5), json!(-1.5), json!(16_777_216.0)]),
            Type::Double => {
                self.fractional(shape, &[json!(0.1), json!(1e-7), json!(-1.5), json!(123_456_789.125), json!(1e22)])
            }
            Type::Integer => self.whole(shape, i64::from(i32::MAX)),
            Type::Long => self.whole(shape, i64::MAX),
            Type::Short => self.whole(shape, i64::from(i16::MAX)),
            Type::Byte => self.whole(shape, i64::from(i8::MAX)),
        }
    }

    fn structure(&mut self, shape: &'m Shape, place: Place<'m>) -> Value {
        self.left = self.left.saturating_sub(1);
        let ends = self.left == 0 || place.depth > 8;
        let members: Vec<&(String, ShapeRef)> = shape.members.iter().collect();
        let mut wanted: Vec<&(String, ShapeRef)> = members
            .iter()
            .copied()
            .filter(|(name, _)| {
                shape.required.contains(name) || (!ends && self.random.percent(self.filled / (1 + place.depth / 3)))
            })
            .collect();
        if (shape.union || wanted.is_empty() && self.is_form()) && !members.is_empty() {
            let simple =
                members.iter().find(|(_, r)| !matches!(self.shape(r).kind, Type::Structure | Type::List | Type::Map));
            wanted = vec![simple.filter(|_| ends).copied().unwrap_or(members[self.random.below(members.len())])];
        }
        Value::Object(
            wanted
                .into_iter()
                .map(|(name, r)| (name.clone(), self.value(r, Place { endpoint: false, ..place })))
                .collect(),
        )
    }

    /// A form has no word for nothing, nor have headers, queries and lists without an element around them.
    fn may_be_empty(&self, shape: &Shape, flattened: bool, place: Place<'_>) -> bool {
        shape.min.unwrap_or(0.0) < 1.0 && !self.is_form() && !flattened && place.location.is_none()
    }

    fn is_form(&self) -> bool {
        matches!(self.subject.protocol, Protocol::Ec2 | Protocol::Query)
    }

    fn length(&mut self, shape: &Shape, empty: bool, place: Place<'_>) -> usize {
        let least = count(shape.min);
        if empty && (self.left == 0 || place.depth > 8 || self.random.percent(15)) {
            0
        } else {
            least.max(1 + self.random.below(2)).min(40)
        }
    }

    fn list(&mut self, r: &'m ShapeRef, shape: &'m Shape, place: Place<'m>) -> Value {
        let empty = self.may_be_empty(shape, r.flattened || shape.flattened, place);
        let Some(element) = &shape.member else { return json!([]) };
        (0..self.length(shape, empty, place)).map(|_| self.value(element, place)).collect()
    }

    fn map(&mut self, shape: &'m Shape, place: Place<'m>) -> Value {
        let empty = self.may_be_empty(shape, shape.flattened, place);
        let (Some(key), Some(value)) = (&shape.key, &shape.value) else { return json!({}) };
        let least = count(self.shape(key).min);
        let name = if place.location.is_some() { "key-" } else { "Key " };
        let keys = (0..self.length(shape, empty, place)).map(|number| padded(&format!("{name}{number}"), least));
        Value::Object(keys.map(|key| (key, self.value(value, place))).collect())
    }

    fn text(&mut self, shape: &Shape, place: Place<'_>) -> String {
        let texts = match place.location {
            _ if place.endpoint => &["label-1"],
            Some("header" | "headers") => PLAIN,
            Some("uri") => LABELS,
            _ => TEXTS,
        };
        padded(self.random.of_these(texts), count(shape.min))
    }

    fn time(&mut self, r: &ShapeRef, shape: &Shape, place: Place<'_>) -> Value {
        let format = r.timestamp_format.as_deref().or(shape.timestamp_format.as_deref());
        let whole = format == Some("rfc822") || (format.is_none() && place.location == Some("header"));
        let times: &[&str] = if whole {
            &["2026-11-22T17:44:05Z"]
        } else {
            &["2026-11-22T17:44:05Z", "2026-11-22T17:44:05.25Z", "1969-12-31T23:59:59Z", "2026-11-22T19:14:05+01:30"]
        };
        self.random.of_these(times).into()
    }

    fn blob(&mut self, place: Place<'_>) -> Value {
        let raw = self.random.of_these(BYTES);
        match std::str::from_utf8(raw) {
            Ok(text) if place.depth.is_multiple_of(2) => text.into(),
            _ => super::scalar::bytes(raw),
        }
    }

    fn fractional(&mut self, shape: &Shape, those: &[Value]) -> Value {
        let chosen = those[self.random.below(those.len())].clone();
        let least = shape.min.filter(|least| chosen.as_f64().is_some_and(|chosen| chosen < *least));
        least.map_or(chosen, |least| (least + 0.5).into())
    }

    #[expect(clippy::cast_possible_truncation, reason = "smallest numbers in models are small")]
    fn whole(&mut self, shape: &Shape, most: i64) -> Value {
        let least = shape.min.map_or(-most, |least| least as i64);
        let chosen = [most, 0, -1, 7][self.random.below(4)];
        chosen.max(least).into()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths in models are small whole numbers"
)]
fn count(least: Option<f64>) -> usize {
    least.unwrap_or(0.0) as usize
}

fn padded(text: &str, least: usize) -> String {
    let missing = least.saturating_sub(text.chars().count());
    text.to_owned() + &"x".repeat(missing)
}
