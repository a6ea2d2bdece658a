//! JSON as it is printed: for programs, and harmless on a terminal.
//!
//! Comes in: anything that is JSON. Goes out: its text, indented; characters that a terminal would obey or nobody would
//! see are escaped as JSON escapes them. Never: another value than was given.

use std::fmt::Write as _;

use serde::Serialize;

/// The text of a value.
pub(crate) fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(value)?;
    let hides = |c: char| c != '\n' && engine::is_hidden(c);
    if !text.contains(hides) {
        return Ok(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Such a character stands in a string: JSON has none outside.
        match c {
            c if hides(c) => {
                let mut units = [0; 2];
                // Writing to a String cannot fail.
                c.encode_utf16(&mut units).iter().for_each(|unit| _ = write!(shown, "\\u{unit:04x}"));
            }
            c => shown.push(c),
        }
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn what_is_printed_is_the_value_and_no_terminal_obeys_it() {
        let value = json!({"a\u{202e}": ["\u{1b}[2J", "\u{9b}31m\u{200b}\u{e0041}", "é 東京\n"]});
        let text = super::json(&value).unwrap();
        assert!(!text.contains(|c| c != '\n' && engine::is_hidden(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.contains("é 東京"));
    }
}
