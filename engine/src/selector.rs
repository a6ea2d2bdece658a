//! JSONPath as runbooks write it.
//!
//! Comes in: a selector and an answer. Goes out: one value, nothing, or a list.
//! Never: a failure because nothing is there; that is an answer of its own.

use serde_json::Value;
use serde_json_path::JsonPath;
use thiserror::Error;

/// A selector that is not JSONPath.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{selector} is not a JSONPath: {reason}")]
pub(crate) struct SelectorError {
    selector: String,
    reason: String,
}

/// What a selector found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Selection {
    /// A definite path found this.
    One(Value),
    /// A definite path found nothing, or null.
    Nothing,
    /// An indefinite path (`..`, `*`, slice, filter) found these, in document order.
    Many(Vec<Value>),
}

impl Selection {
    /// The selection as one value: a list where the path is indefinite, null where there is nothing.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::One(value) => value,
            Self::Nothing => Value::Null,
            Self::Many(values) => Value::Array(values),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Selector {
    path: JsonPath,
    definite: bool,
    /// Whether it was written with its `$`.
    pub(crate) rooted: bool,
}

impl Selector {
    pub(crate) fn parse(text: &str) -> Result<Self, SelectorError> {
        let wrong = |reason: String| SelectorError { selector: text.to_owned(), reason };
        let trimmed = text.trim();
        let rooted = trimmed.starts_with('$');
        let normal = normalise(trimmed.strip_prefix('$').unwrap_or(trimmed)).map_err(|reason| wrong(reason.into()))?;
        let path = JsonPath::parse(&normal.path).map_err(|error| wrong(error.message().to_owned()))?;
        Ok(Self { path, definite: normal.definite, rooted })
    }

    pub(crate) fn select(&self, root: &Value) -> Selection {
        let found = self.path.query(root);
        if self.definite {
            return match found.first() {
                None | Some(Value::Null) => Selection::Nothing,
                Some(value) => Selection::One(value.clone()),
            };
        }
        Selection::Many(found.all().into_iter().filter(|value| !value.is_null()).cloned().collect())
    }
}

struct Normal {
    path: String,
    definite: bool,
}

/// RFC 9535 from what SSM takes: a missing `$.`, names with hyphens or leading digits without quotes.
fn normalise(text: &str) -> Result<Normal, &'static str> {
    let mut normal = Normal { path: "$".to_owned(), definite: true };
    let mut rest = text;
    if !rest.is_empty() && !rest.starts_with(['.', '[']) {
        rest = segment(rest, &mut normal)?;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            normal.definite = false;
            normal.path.push_str("..");
            rest = if after.starts_with('[') { bracket(after, &mut normal)? } else { name(after, &mut normal)? };
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = segment(after, &mut normal)?;
        } else if rest.starts_with('[') {
            rest = bracket(rest, &mut normal)?;
        } else {
            return Err("expected . or [");
        }
    }
    Ok(normal)
}

/// A name after one dot.
fn segment<'a>(text: &'a str, normal: &mut Normal) -> Result<&'a str, &'static str> {
    let shorthand = text.split(['.', '[']).next().is_some_and(is_shorthand);
    if shorthand || text.starts_with('*') {
        normal.path.push('.');
    }
    name(text, normal)
}

/// A name, in brackets where RFC 9535 has no shorthand for it.
fn name<'a>(text: &'a str, normal: &mut Normal) -> Result<&'a str, &'static str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match name {
        "" => return Err("a name is missing after ."),
        "*" => {
            normal.definite = false;
            normal.path.push('*');
        }
        _ if name.ends_with("()") => return Err("functions are not supported"),
        _ if is_shorthand(name) => normal.path.push_str(name),
        _ => {
            let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
            normal.path.push_str(&format!("['{quoted}']"));
        }
    }
    Ok(rest)
}

fn is_shorthand(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    name.chars().next().is_some_and(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}

/// `[…]` as written, up to the bracket that closes it.
fn bracket<'a>(text: &'a str, normal: &mut Normal) -> Result<&'a str, &'static str> {
    let end = closing(text).ok_or("a [ is not closed")?;
    let inside = text[1..end].trim();
    let index = inside.parse::<i64>().is_ok();
    let quoted =
        |mark: char| inside.len() >= 2 && inside.starts_with(mark) && inside[1..].find(mark) == Some(inside.len() - 2);
    normal.definite &= index || quoted('\'') || quoted('"');
    normal.path.push_str(&text[..=end]);
    Ok(&text[end + 1..])
}

fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn select(selector: &str) -> Selection {
        let root = json!({
            "Reservations": [
                {"Instances": [{"InstanceId": "i-1", "State": {"Name": "running"}, "Platform": null}]},
                {"Instances": [{"InstanceId": "i-2", "State": {"Name": "stopped"}}]}
            ],
            "with-hyphen": 1,
            "a.b": 2
        });
        Selector::parse(selector).unwrap().select(&root)
    }

    #[test]
    fn a_definite_path_gives_one_value_or_nothing() {
        assert_eq!(select("$.Reservations[0].Instances[0].InstanceId"), Selection::One(json!("i-1")));
        assert_eq!(select("$.Reservations[7].Instances[0]"), Selection::Nothing);
        assert_eq!(select("$.Reservations[0].Instances[0].Platform"), Selection::Nothing);
        assert_eq!(select("$['a.b']"), Selection::One(json!(2)));
    }

    #[test]
    fn the_root_marker_may_be_missing() {
        assert_eq!(select("Reservations[1].Instances[0].State.Name"), Selection::One(json!("stopped")));
        assert!(!Selector::parse("A.B").unwrap().rooted);
        assert!(matches!(select("$"), Selection::One(Value::Object(_))));
    }

    #[test]
    fn an_indefinite_path_gives_a_list_in_document_order() {
        assert_eq!(select("$..InstanceId"), Selection::Many(vec![json!("i-1"), json!("i-2")]));
        assert_eq!(select("$.Reservations..State.Name"), Selection::Many(vec![json!("running"), json!("stopped")]));
        assert_eq!(select("$.Reservations[*].Nope"), Selection::Many(vec![]));
        assert_eq!(select("$.Reservations[0:1].Instances[0].InstanceId"), Selection::Many(vec![json!("i-1")]));
        let filtered = select("$..Instances[?(@.State.Name=='stopped')].InstanceId");
        assert_eq!(filtered, Selection::Many(vec![json!("i-2")]));
    }

    #[test]
    fn names_that_need_quotes_elsewhere_are_taken_bare() {
        assert_eq!(select("$.with-hyphen"), Selection::One(json!(1)));
        assert_eq!(select("$..with-hyphen"), Selection::Many(vec![json!(1)]));
    }

    #[test]
    fn what_is_no_path_is_said_to_be_none() {
        for wrong in ["$.", "$.a[", "$.a.length()", "$[", "$.a]b[", "", "$a"] {
            let parsed = Selector::parse(wrong);
            assert_eq!(parsed.is_err(), !wrong.is_empty() && wrong != "$a", "{wrong}");
        }
    }
}
