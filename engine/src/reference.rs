//! What `{{ … }}` names.
//!
//! Comes in: text. Goes out: its literal parts and its references. Never: a value; see `resolve`.

use std::fmt;

use serde_json::Value;

/// One `{{ … }}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `{{ Name }}`
    Parameter(String),
    /// `{{ step.Output }}`
    Output {
        /// The step.
        step: String,
        /// Its output.
        output: String,
    },
    /// `{{ variable:Name }}`
    Variable(String),
    /// `{{ global:NAME }}`
    Global(String),
    /// `{{ automation:NAME }}`
    Automation(String),
    /// `{{ ssm:name }}`: a Parameter Store parameter; in defaults of parameters only.
    Ssm(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "{{{{ {name} }}}}"),
            Self::Output { step, output } => write!(f, "{{{{ {step}.{output} }}}}"),
            Self::Variable(name) => write!(f, "{{{{ variable:{name} }}}}"),
            Self::Global(name) => write!(f, "{{{{ global:{name} }}}}"),
            Self::Automation(name) => write!(f, "{{{{ automation:{name} }}}}"),
            Self::Ssm(name) => write!(f, "{{{{ ssm:{name} }}}}"),
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    /// The reference, and how it is written: what stays if it has no value.
    Reference(Reference, &'a str),
}

/// Splits a text into literal parts and references. What is not of the grammar is literal.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut list = Vec::new();
    let mut literal = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let open = at + found;
        let Some((reference, end)) = reference_at(text, open) else {
            at = open + 1;
            continue;
        };
        if literal < open {
            list.push(Piece::Text(&text[literal..open]));
        }
        list.push(Piece::Reference(reference, &text[open..end]));
        literal = end;
        at = end;
    }
    if literal < text.len() {
        list.push(Piece::Text(&text[literal..]));
    }
    list
}

/// The one reference a text consists of, outer blanks ignored.
pub(crate) fn whole(text: &str) -> Option<Reference> {
    let text = text.trim();
    match reference_at(text, 0) {
        Some((reference, end)) if end == text.len() => Some(reference),
        _ => None,
    }
}

/// All references in a text.
pub(crate) fn references(text: &str) -> impl Iterator<Item = Reference> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Text(_) => None,
        Piece::Reference(reference, _) => Some(reference),
    })
}

/// All references in the texts of a value. Recursion is bounded by the document's nesting limit.
pub(crate) fn in_value(value: &Value) -> Vec<Reference> {
    match value {
        Value::String(text) => references(text).collect(),
        Value::Array(items) => items.iter().flat_map(in_value).collect(),
        Value::Object(map) => map.values().flat_map(in_value).collect(),
        _ => Vec::new(),
    }
}

/// The reference whose `{{` stands at `open`, and where it ends.
fn reference_at(text: &str, open: usize) -> Option<(Reference, usize)> {
    let inside = text.get(open..)?.strip_prefix("{{")?;
    // No name has a brace: to stop at the first one keeps a text of nothing but braces from taking forever.
    let close = inside.find(['{', '}']).filter(|at| inside[*at..].starts_with("}}"))?;
    let reference = named(inside[..close].trim())?;
    Some((reference, open + 2 + close + 2))
}

fn named(name: &str) -> Option<Reference> {
    if let Some((space, rest)) = name.split_once(':') {
        return match space {
            "variable" if identifier(rest) => Some(Reference::Variable(rest.to_owned())),
            "global" if identifier(rest) => Some(Reference::Global(rest.to_owned())),
            "automation" if identifier(rest) => Some(Reference::Automation(rest.to_owned())),
            "ssm" if parameter_store_name(rest) => Some(Reference::Ssm(rest.to_owned())),
            _ => None,
        };
    }
    match name.split_once('.') {
        Some((step, output)) if identifier(step) && identifier(output) => {
            Some(Reference::Output { step: step.to_owned(), output: output.to_owned() })
        }
        None if identifier(name) => Some(Reference::Parameter(name.to_owned())),
        _ => None,
    }
}

fn identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// A name or path, with an optional `:version` or `:label`.
fn parameter_store_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./:".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(step: &str, output: &str) -> Reference {
        Reference::Output { step: step.to_owned(), output: output.to_owned() }
    }

    #[test]
    fn each_form_is_recognised() {
        for (text, reference) in [
            ("{{InstanceId}}", Reference::Parameter("InstanceId".into())),
            (" {{ describe.Type }} ", output("describe", "Type")),
            ("{{ variable:State }}", Reference::Variable("State".into())),
            ("{{global:REGION}}", Reference::Global("REGION".into())),
            ("{{ automation:EXECUTION_ID }}", Reference::Automation("EXECUTION_ID".into())),
            ("{{ ssm:/a/b:3 }}", Reference::Ssm("/a/b:3".into())),
        ] {
            assert_eq!(whole(text), Some(reference), "{text}");
        }
    }

    #[test]
    fn what_is_not_of_the_grammar_stays_text() {
        for text in ["{{", "{{}}", "{{ a b }}", "{{ a.b.c }}", "{{ 'x' }}", "a }} b", "{{ other:x }}", "{{ {} }}"] {
            assert_eq!(pieces(text), [Piece::Text(text)], "{text}");
        }
    }

    #[test]
    fn references_between_text_keep_their_spelling() {
        let parts = pieces("a{{x}}b{{ s.o }}");
        let x = Reference::Parameter("x".into());
        assert_eq!(parts[0], Piece::Text("a"));
        assert_eq!(parts[1], Piece::Reference(x, "{{x}}"));
        assert_eq!(parts[2], Piece::Text("b"));
        assert_eq!(parts[3], Piece::Reference(output("s", "o"), "{{ s.o }}"));
    }

    #[test]
    fn two_references_are_not_a_whole_one() {
        assert_eq!(whole("{{ a }}{{ b }}"), None);
        assert_eq!(whole("x{{ a }}"), None);
    }

    #[test]
    fn a_brace_before_a_reference_is_literal() {
        assert_eq!(pieces("{{{x}}}").len(), 3);
    }
}
