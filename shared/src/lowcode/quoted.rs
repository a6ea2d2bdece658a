//! Facts inside commands for people: what a shell would read as more than a word is quoted.

use serde_json::Value;

use super::expression::Lookup;

/// The same facts, fit for a command line.
pub(super) struct Quoted<'a, L>(pub(super) &'a L);

impl<L: Lookup> Lookup for Quoted<'_, L> {
    fn at(&self, path: &str) -> Option<Value> {
        self.0.at(path).map(quoted)
    }
}

fn quoted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(word(&text)),
        Value::Array(items) => items.into_iter().map(quoted).collect(),
        other => other,
    }
}

/// A text as one word of a POSIX shell. Names and ARNs of AWS mostly are one.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+=,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_as_more_than_a_word_is_quoted() {
        for (text, expected) in [
            ("i-0abc", "i-0abc"),
            ("web-cpu-high", "web-cpu-high"),
            ("", "''"),
            ("it's; rm -rf", r"'it'\''s; rm -rf'"),
            ("arn:aws:sns:eu-west-1:1:a", "arn:aws:sns:eu-west-1:1:a"),
            ("a b", "'a b'"),
            ("x; rm -rf /", "'x; rm -rf /'"),
            ("$(id)", "'$(id)'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
