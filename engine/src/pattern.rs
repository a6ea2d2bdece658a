//! allowedPattern: Java's regular expressions.
//!
//! Comes in: a pattern as java.util.regex reads it. Goes out: whether a whole value matches.
//! Never: a guess; a pattern that cannot be read is reported and not applied.

use fancy_regex::{Regex, RegexBuilder};

/// Memory for one compiled pattern; `\w{1,1024}` needs a megabyte, a hostile one would take all there is.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// `\b` and `\B` with Java's idea of a word: ASCII letters, digits and `_`.
const BOUNDARY: &str = "(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))";
const NO_BOUNDARY: &str = "(?:(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_])(?![A-Za-z0-9_]))";

/// Compiles for a match of the whole value, which is how authors write patterns even where anchors are missing.
///
/// # Errors
/// What the pattern's reader says.
pub(crate) fn compile(java: &str) -> Result<Regex, String> {
    RegexBuilder::new(&format!(r"\A(?:{})\z", rewrite(java)))
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}

/// Java's `\w \d \s \b` are ASCII, and a hyphen that cannot be a range is literal there.
fn rewrite(java: &str) -> String {
    let mut out = String::with_capacity(java.len() * 2);
    let mut chars = java.chars().peekable();
    let mut class = Class::default();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let Some(escaped) = chars.next() else {
                    out.push('\\');
                    break;
                };
                escape(escaped, &mut class, &mut out);
            }
            '[' => class.open(&mut out),
            ']' if class.depth > 0 => class.close(&mut out),
            '-' if class.depth > 0 => {
                let mut ahead = chars.clone();
                class.hyphen(&mut out, ahead.next(), ahead.next());
            }
            '~' if class.depth > 0 => class.plain(r"\~", &mut out),
            '^' if class.depth > 0 && class.fresh => out.push('^'),
            other if class.depth > 0 => class.plain(other.encode_utf8(&mut [0; 4]), &mut out),
            other => out.push(other),
        }
    }
    out
}

/// Where in a character class we are.
#[derive(Debug, Default)]
struct Class {
    depth: usize,
    /// Nothing but `[` or `[^` yet.
    fresh: bool,
    /// What stands before can begin a range.
    can_begin: bool,
    /// A range's hyphen has just been written.
    in_range: bool,
}

impl Class {
    fn open(&mut self, out: &mut String) {
        out.push('[');
        *self = Self { depth: self.depth + 1, fresh: true, ..Self::default() };
    }

    fn close(&mut self, out: &mut String) {
        out.push(']');
        *self = Self { depth: self.depth - 1, ..Self::default() };
    }

    fn plain(&mut self, text: &str, out: &mut String) {
        out.push_str(text);
        self.can_begin = !self.in_range;
        self.in_range = false;
        self.fresh = false;
    }

    fn set(&mut self, text: &str, out: &mut String) {
        out.push_str(text);
        self.can_begin = false;
        self.in_range = false;
        self.fresh = false;
    }

    fn hyphen(&mut self, out: &mut String, next: Option<char>, after: Option<char>) {
        let set_follows = next == Some('\\') && after.is_some_and(|c| "wWdDsS".contains(c));
        if self.can_begin && !matches!(next, None | Some(']' | '[')) && !set_follows {
            out.push('-');
            self.in_range = true;
            self.can_begin = false;
        } else {
            self.plain(r"\-", out);
        }
    }
}

fn escape(c: char, class: &mut Class, out: &mut String) {
    let ascii = match c {
        'w' => Some("A-Za-z0-9_"),
        'd' => Some("0-9"),
        's' => Some(r" \t\n\x0B\x0C\r"),
        _ => None,
    };
    let negated = match c {
        'W' => Some("[^A-Za-z0-9_]"),
        'D' => Some("[^0-9]"),
        'S' => Some(r"[^ \t\n\x0B\x0C\r]"),
        _ => None,
    };
    match (ascii, negated, class.depth) {
        (Some(set), _, 0) => out.push_str(&format!("[{set}]")),
        (Some(set), _, _) => class.set(set, out),
        (_, Some(set), 0) => out.push_str(set),
        (_, Some(set), _) => class.set(set, out),
        _ if class.depth > 0 => class.plain(&format!("\\{c}"), out),
        _ if c == '/' => out.push('/'),
        _ if c == 'b' => out.push_str(BOUNDARY),
        _ if c == 'B' => out.push_str(NO_BOUNDARY),
        _ => {
            out.push('\\');
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, value: &str) -> bool {
        compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}")).is_match(value).unwrap()
    }

    #[test]
    fn the_whole_value_must_match_even_without_anchors() {
        assert!(matches("[a-z]+", "abc"));
        assert!(!matches("[a-z]+", "abc1"));
        assert!(matches("^i-[0-9a-f]{8}$|^mi-x$", "mi-x"));
        assert!(!matches("a|b", "ab"));
    }

    #[test]
    fn a_hyphen_that_cannot_be_a_range_is_literal() {
        assert!(matches(r"^[\w-.]+$", "a-b.c"));
        assert!(matches(r"[\w-\/]+", "a-b/c"));
        assert!(matches(r"[a-zA-Z0-9-_]+", "a-b_c"));
        assert!(matches(r"[a-c-e]+", "a-e"));
        assert!(!matches(r"[a-c-e]+", "d"));
        assert!(matches(r"[-a]+", "-a"));
        assert!(matches(r"[^-]+", "ab"));
        assert!(!matches(r"[^-]+", "a-b"));
    }

    #[test]
    fn shorthands_are_ascii_as_in_java() {
        assert!(!matches(r"\w+", "é"));
        assert!(!matches(r"\d", "٣"));
        assert!(matches(r"\D\S\W", "éé!"));
        assert!(matches(r"[^\W]+", "ab"));
    }

    #[test]
    fn word_boundaries_are_ascii_as_in_java() {
        assert!(matches(r"a\b.+\bb", "a-b"));
        assert!(!matches(r"a\bb", "ab"));
        assert!(matches(r"a\Bb", "ab"));
        assert!(matches(r"a\b.*", "aé"));
    }

    #[test]
    fn lookaround_is_there() {
        assert!(matches(r"^(?!sg-)[a-z-]+$", "ab-c"));
        assert!(!matches(r"^(?!sg-)[a-z-]+$", "sg-a"));
    }

    #[test]
    fn a_large_repetition_of_a_shorthand_compiles() {
        assert!(matches(r"^[\w+=,.@-]{1,1024}$", "role@x"));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(compile("(").is_err());
        assert!(compile("[").is_err());
        assert!(compile("\\").is_err());
    }
}
