//! Lists that AWS gives in pages.
//!
//! Comes in: the pages, one by one, and the list's member in them. Goes out: what to ask next, until the list is whole.
//! Never: the first page for all.

use serde_json::Value;

/// A list that is being read.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    member: &'a str,
    /// What to ask next.
    pub(crate) input: Value,
    /// What was read.
    pub(crate) items: Vec<Value>,
}

impl<'a> Pages<'a> {
    /// The list `member` in the answers to `input`.
    pub(crate) fn new(input: Value, member: &'a str) -> Self {
        Self { member, input, items: Vec::new() }
    }

    /// Takes one page; whether another is to be asked for.
    pub(crate) fn more(&mut self, mut page: Value) -> bool {
        if let Value::Array(found) = page[self.member].take() {
            self.items.extend(found);
        }
        let token = page["NextToken"].take();
        let more = token.as_str().is_some_and(|token| !token.is_empty());
        if more {
            self.input["NextToken"] = token;
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_page_is_asked_for_with_what_was_asked_before() {
        let mut pages = Pages::new(json!({"StateValue": "ALARM"}), "Alarms");
        assert!(pages.more(json!({"Alarms": [1, 2], "NextToken": "a"})));
        assert_eq!(pages.input, json!({"StateValue": "ALARM", "NextToken": "a"}));
        assert!(pages.more(json!({"Alarms": null, "NextToken": "b"})));
        assert!(!pages.more(json!({"Alarms": [3], "NextToken": ""})));
        assert_eq!(pages.items, [1, 2, 3]);
    }
}
