//! Text to [`Document`].
//!
//! Comes in: YAML or JSON, at most 256 KB. Goes out: a document, or every finding about it.
//! Never: a panic, unbounded memory or time (nesting, aliases and size are bounded), a file.

mod files;
mod indent;
mod json;
mod limits;
mod scalar;
mod shape;
mod step;
mod yaml;

use serde_json::Value;

use crate::document::Document;
use crate::finding::{Finding, Findings, Fix, Severity};
use crate::place::{Place, Places};
use crate::report::{Reporter, Spot, finding};

use limits::MAX_TEXT;

/// A document's tree with the places of its parts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) value: Value,
    pub(crate) places: Places,
    /// Found on the way: duplicate keys, tags, odd scalars.
    pub(crate) noted: Vec<Draft>,
}

impl Tree {
    /// Puts every part and every finding where `to` says.
    fn move_places(&mut self, to: impl Fn(Place) -> Place) {
        self.places.move_all(&to);
        for draft in &mut self.noted {
            draft.place = to(draft.place);
        }
    }
}

/// A finding without the document's name.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) severity: Severity,
    pub(crate) rule: &'static str,
    pub(crate) path: String,
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Boxed: a draft is the error of most readers here.
    pub(crate) fix: Option<Box<Fix>>,
}

impl Draft {
    pub(crate) fn error(rule: &'static str, path: &str, place: Place, message: impl Into<String>) -> Self {
        let (path, message) = (path.to_owned(), message.into());
        Self { severity: Severity::Error, rule, path, place, message, hint: None, fix: None }
    }

    fn finish(self, document: &str) -> Finding {
        let mut done = finding(document, self.severity, self.rule, &Spot::at(self.path), self.place, self.message);
        (done.hint, done.fix) = (self.hint, self.fix.map(|fix| *fix));
        done
    }
}

/// Reads a runbook. `name` appears in findings.
///
/// A document with errors of shape is refused with all of them, together with whatever else could be checked in
/// the rest of it; warnings are kept for [`crate::validate`].
///
/// # Errors
/// The findings, at least one of them an error.
pub fn parse(text: &str, name: &str) -> Result<Document, Findings> {
    let document = shaped(text, name)?;
    if document.noted.iter().any(|f| f.severity == Severity::Error) {
        return Err(crate::validate(&document));
    }
    Ok(document)
}

/// As much of a runbook as can be read, errors or not: to be shown, never to be run. `None` where there is not even a
/// mapping.
#[must_use]
pub fn sketch(text: &str, name: &str) -> Option<Document> {
    shaped(text, name).ok()
}

/// The document with all that was noted on the way, errors too.
fn shaped(text: &str, name: &str) -> Result<Document, Findings> {
    let tree = read(text).map_err(|draft| Findings::sorted(vec![draft.finish(name)]))?;
    let mut noted: Vec<Finding> = tree.noted.into_iter().map(|draft| draft.finish(name)).collect();
    let mut reporter = Reporter::new(name, &tree.places);
    let shaped = shape::document(&tree.value, &mut reporter);
    noted.extend(reporter.into_findings());
    let Some(mut document) = shaped else {
        return Err(Findings::sorted(noted));
    };
    name.clone_into(&mut document.name);
    document.bytes = text.len();
    document.places = tree.places;
    document.noted = noted;
    Ok(document)
}

/// Whether a plain YAML word is read as the text that it is.
pub(crate) fn means_text(word: &str) -> bool {
    scalar::plain(word).is_string()
}

/// JSON if it looks like it and is it, else YAML, of which most JSON is a part.
pub(crate) fn read(text: &str) -> Result<Tree, Draft> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_TEXT {
        let message = format!("the document has {} bytes; more than {MAX_TEXT} are not read", text.len());
        return Err(Draft::error("document-too-large", "", Place::START, message));
    }
    if !text.trim_start().starts_with('{') {
        return yaml::read(text);
    }
    json::read(text).or_else(|wrong| match wrong.rule {
        "syntax" => yaml::read(text).map_err(|_| wrong),
        _ => Err(wrong),
    })
}

#[cfg(test)]
mod tests {
    use super::limits::MAX_DEPTH;
    use super::*;
    use serde_json::json;

    fn tree(text: &str) -> Value {
        read(text).map(|tree| tree.value).unwrap_or_else(|draft| panic!("{}", draft.message))
    }

    fn rules(text: &str) -> Vec<&'static str> {
        match read(text) {
            Ok(tree) => tree.noted.iter().map(|draft| draft.rule).collect(),
            Err(draft) => vec![draft.rule],
        }
    }

    #[test]
    fn yaml_and_json_of_the_same_document_give_the_same_tree() {
        let yaml = "a: 1\nb: [true, null, 'x']\nc:\n  d: 1.5\n";
        let json = r#"{"a": 1, "b": [true, null, "x"], "c": {"d": 1.5}}"#;
        assert_eq!(tree(yaml), tree(json));
        assert_eq!(tree(yaml), json!({"a": 1, "b": [true, null, "x"], "c": {"d": 1.5}}));
    }

    #[test]
    fn flow_yaml_that_is_not_json_is_still_read() {
        assert_eq!(tree("{a: b, c: [d]}"), json!({"a": "b", "c": ["d"]}));
    }

    #[test]
    fn json_escapes_beyond_the_basic_plane_are_read() {
        assert_eq!(tree(r#"{"a": "\ud83d\ude00"}"#), json!({"a": "😀"}));
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(tree("\u{feff}a: b"), json!({"a": "b"}));
    }

    #[test]
    fn duplicate_keys_are_found_in_both_languages() {
        assert_eq!(rules("a: 1\na: 2\n"), ["duplicate-key"]);
        assert_eq!(rules("{\"a\": 1, \"a\": 2}"), ["duplicate-key"]);
    }

    #[test]
    fn aliases_are_expanded_within_a_budget() {
        assert_eq!(tree("a: &x [1, 2]\nb: *x\n"), json!({"a": [1, 2], "b": [1, 2]}));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let previous = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
        }
        assert_eq!(rules(&bomb), ["alias-expansion"]);
    }

    #[test]
    fn nesting_is_bounded_in_both_languages() {
        let deep = format!("a: {}1{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1));
        assert_eq!(rules(&deep), ["nesting"]);
        assert_eq!(rules(&format!("{{\"a\": {}", "[".repeat(60_000))), ["nesting"]);
        assert_eq!(rules(&"- ".repeat(60_000)), ["nesting"]);
    }

    #[test]
    fn a_text_beyond_the_limit_is_not_read_at_all() {
        assert_eq!(rules(&" ".repeat(MAX_TEXT + 1)), ["document-too-large"]);
    }

    #[test]
    fn brackets_and_quotes_may_go_on_further_left_and_keep_their_places() {
        let text = "a:\n  b: {\n    c: 1,\n  }\nd: \"x\ny z\"\ne: 'it''s\nfine'\nf: [1,\ng]\n";
        let read = read(text).unwrap_or_else(|draft| panic!("{}", draft.message));
        assert_eq!(read.value, json!({"a": {"b": {"c": 1}}, "d": "x y z", "e": "it's fine", "f": [1, "g"]}));
        assert_eq!(read.noted.iter().map(|draft| draft.rule).collect::<Vec<_>>(), ["indentation"]);
        assert_eq!(read.places.value("/f/1"), Place { line: 10, column: 1 });
        assert_eq!(read.places.key("/e"), Place { line: 7, column: 1 });
    }

    #[test]
    fn a_syntax_error_says_where() {
        let findings = parse("a: [1\nb: 2\n", "x.yaml").unwrap_err();
        let finding = findings.iter().next().unwrap();
        assert_eq!(finding.rule, "syntax");
        assert!(finding.line >= 1, "{finding}");
        let findings = parse("{\"a\": 1,\n  \"b\" 2}", "x.json").unwrap_err();
        let finding = findings.iter().next().unwrap();
        assert_eq!((finding.rule, finding.line, finding.column), ("syntax", 2, 7));
    }
}
