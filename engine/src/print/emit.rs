//! A tree as block YAML.
//!
//! Comes in: a tree. Goes out: text, two blanks a level, texts of several lines as blocks.
//! Never: an anchor, a tag, or a line broken where the text has none.

use serde_json::{Map, Value};

use super::scalar::{self, Block};

/// A mapping's entries, each on a line of its own; nothing for an empty one.
pub(super) fn mapping(entries: &Map<String, Value>, out: &mut String) {
    for (key, value) in entries {
        entry(key, value, 0, out);
    }
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn entry(key: &str, value: &Value, level: usize, out: &mut String) {
    indent(level, out);
    key_and_value(key, value, level, out);
}

fn key_and_value(key: &str, value: &Value, level: usize, out: &mut String) {
    out.push_str(&scalar::key(key));
    out.push(':');
    after(value, level, out);
}

/// What stands after `key:` or `-`, up to the end of the line or lines. Recursion is bounded by the parser's limit.
fn after(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            out.push('\n');
            for (key, value) in entries {
                entry(key, value, level + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                element(item, level + 1, out);
            }
        }
        Value::String(text) => text_after(text, level, out),
        other => {
            out.push(' ');
            out.push_str(&scalar::simple(other));
            out.push('\n');
        }
    }
}

fn element(item: &Value, level: usize, out: &mut String) {
    indent(level, out);
    out.push('-');
    match item {
        // The first entry stands beside the dash.
        Value::Object(entries) if !entries.is_empty() => {
            for (index, (key, value)) in entries.iter().enumerate() {
                if index == 0 {
                    out.push(' ');
                    key_and_value(key, value, level + 1, out);
                } else {
                    entry(key, value, level + 1, out);
                }
            }
        }
        other => after(other, level, out),
    }
}

fn text_after(text: &str, level: usize, out: &mut String) {
    out.push(' ');
    let Some(Block { header, lines }) = Block::of(text) else {
        out.push_str(&scalar::text(text));
        out.push('\n');
        return;
    };
    out.push_str(&header);
    out.push('\n');
    for line in lines {
        if !line.is_empty() {
            indent(level + 1, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}
