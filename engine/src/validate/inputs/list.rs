//! Inputs that are lists.
//!
//! Comes in: a value where a list is wanted. Goes out: findings about its length and its elements.
//! Never: a count of a list with a reference in it, which may become several elements.

use serde_json::Value;

use super::kind::{Kind, may_be_anything, word, wrong};
use crate::report::{Reporter, Spot};

pub(super) fn check(kind: Kind, value: &Value, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Value::Array(items) = value else {
        // A single text where a list is wanted becomes a list in some of AWS's own runbooks.
        return match (kind, value) {
            (Kind::Texts { .. } | Kind::Words(_), Value::String(text)) => single(text, key, spot, reporter),
            _ => wrong(key, "a list", spot, reporter),
        };
    };
    let (least, most) = bounds(kind);
    if !items.iter().any(may_be_anything) && !(least..=most).contains(&items.len()) {
        let message = match most {
            usize::MAX => format!("{key} has {} elements; at least {least} are needed", items.len()),
            _ => format!("{key} has {} elements; {least} to {most} are possible", items.len()),
        };
        reporter.error("input-value", spot, message);
    }
    for (index, item) in items.iter().enumerate().filter(|(_, item)| !may_be_anything(item)) {
        element(kind, item, key, &spot.index(index), reporter);
    }
}

fn bounds(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Texts { least, most } | Kind::Maps { least, most, .. } => (least, most),
        Kind::List { most } => (0, most),
        _ => (0, usize::MAX),
    }
}

fn single(text: &str, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let finding = reporter.warning("wrong-type", spot, format!("{key} is one text; a list is expected"));
    finding.hint(format!("[{text}]"));
}

fn element(kind: Kind, item: &Value, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let each = format!("each of {key}");
    match (kind, item) {
        (Kind::Texts { .. }, Value::String(_)) | (Kind::List { .. }, _) => {}
        (Kind::Texts { .. }, _) => wrong(&each, "text", spot, reporter),
        (Kind::Words(words), item) => word(item, &each, words, spot, reporter),
        (Kind::Maps { keys, .. }, Value::Object(map)) => {
            for missing in keys.iter().filter(|key| !map.contains_key(**key)) {
                reporter.error("missing-input", spot, format!("{each} needs {missing}"));
            }
        }
        (Kind::Maps { .. }, _) => wrong(&each, "a mapping", spot, reporter),
        _ => {}
    }
}
