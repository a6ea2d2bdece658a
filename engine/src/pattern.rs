//! allowedPattern: Java's regular expressions.
//!
//! Comes in: a pattern as java.util.regex reads it. Goes out: whether a whole value matches.
//! Never: a guess; a pattern that cannot be read is reported and not applied.

mod class;
mod escape;
mod property;

use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::{Regex, RegexBuilder};

use class::Class;

/// Memory for one compiled pattern; `\w{1,1024}` needs a megabyte, a hostile one would take all there is.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// What `.` is in Java: anything but the end of a line, of which Java knows five.
const DOT: &str = r"[^\n\r\x{85}\x{2028}\x{2029}]";

/// Compiles for a match of the whole value, which is how authors write patterns even where anchors are missing.
///
/// # Errors
/// What the pattern's reader says.
pub(crate) fn compile(java: &str) -> Result<Regex, String> {
    RegexBuilder::new(&format!(r"\A(?:{})\z", rewrite(java)?))
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}

/// A pattern on its way from Java's spelling to ours.
struct Rewriter<'a> {
    chars: Peekable<Chars<'a>>,
    out: String,
    class: Class,
    /// `.` takes line ends too.
    dot_takes_all: bool,
}

/// Java's `\w \d \s \b` are ASCII, a hyphen that cannot be a range is literal, and some escapes are Java's own.
fn rewrite(java: &str) -> Result<String, String> {
    let mut rewriter = Rewriter {
        chars: java.chars().peekable(),
        out: String::with_capacity(java.len() * 2),
        class: Class::default(),
        dot_takes_all: has_flag_s(java),
    };
    while let Some(c) = rewriter.chars.next() {
        rewriter.char(c)?;
    }
    Ok(rewriter.out)
}

impl Rewriter<'_> {
    fn char(&mut self, c: char) -> Result<(), String> {
        let Self { chars, out, class, .. } = self;
        match c {
            '\\' => return self.escape(),
            '[' => class.open(out),
            ']' if class.depth > 0 => class.close(out),
            '-' if class.depth > 0 => {
                let mut ahead = chars.clone();
                class.hyphen(out, ahead.next(), ahead.next());
            }
            '~' if class.depth > 0 => class.plain(r"\~", out),
            '&' if class.depth > 0 && chars.peek() == Some(&'&') => {
                chars.next();
                class.set("&&", out);
            }
            '^' if class.depth > 0 && class.fresh => out.push('^'),
            other if class.depth > 0 => class.plain(other.encode_utf8(&mut [0; 4]), out),
            '{' => return self.interval(),
            '.' if !self.dot_takes_all => out.push_str(DOT),
            other => out.push(other),
        }
        Ok(())
    }
}

impl Rewriter<'_> {
    /// `{2,1}` is an error in Java and something else altogether here.
    fn interval(&mut self) -> Result<(), String> {
        self.out.push('{');
        let inside: String = self.chars.clone().take_while(|c| *c != '}').collect();
        let bounds = inside
            .split_once(',')
            .and_then(|(least, most)| Some((least.parse::<u32>().ok()?, most.parse::<u32>().ok()?)));
        match bounds {
            Some((least, most)) if least > most => Err(format!("{{{inside}}} is no range")),
            _ => Ok(()),
        }
    }
}

/// Whether `(?s)` stands anywhere; to take it for the whole pattern refuses nothing that Java takes.
fn has_flag_s(java: &str) -> bool {
    java.split("(?").skip(1).any(|rest| {
        let flags = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        flags.contains('s') && rest[flags.len()..].starts_with([')', ':', '-'])
    })
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

    /// Pattern, what matches, what does not: the constructs of java.util.regex that differ elsewhere.
    const TABLE: &[(&str, &[&str], &[&str])] = &[
        (r"[a-z&&[^bc]]+", &["ad"], &["ab"]),
        (r"[\w&&[^\d]]+", &["ab_"], &["a1"]),
        (r"[a&b]+", &["a&b"], &["a&&c"]),
        (r"[+--]+", &["+,-"], &["."]),
        (r"[~a]+~~", &["~a~~"], &["a"]),
        (r"a++b", &["aab"], &["b"]),
        (r"a++ab", &[], &["aab"]),
        (r"(?:ab)*+c", &["ababc"], &["ab"]),
        (r"x{1,2}+x", &["xxx"], &["xx"]),
        (r"\p{Alpha}+", &["aZ"], &["é", "1"]),
        (r"[\p{Alnum}_]+", &["a1_"], &["é"]),
        (r"[^\p{Punct}]+", &["ab"], &["a!", "a["]),
        (r"\P{Digit}", &["x", "é"], &["1"]),
        (r"\p{XDigit}{2}", &["fA"], &["g0"]),
        (r"\p{L}\p{Lu}\pN", &["éÉ٣"], &["11a"]),
        (r"\p{IsLatin}+", &["é"], &["я"]),
        (r"\p{Space}\h\v", &[" \t\n"], &["abc"]),
        (r"\Qa.b[\E+", &["a.b[", "a.b[["], &["axb["]),
        (r"[\Q^-]\E]+", &["^-]"], &["a"]),
        (r"\Qopen", &["open"], &["ope"]),
        (r"\x41\x{42}\u0043\0104\cJ", &["ABCD\n"], &["ABCD"]),
        (r"\_\@\:\/\<\>\%\ ", &["_@:/<>% "], &["_"]),
        (r"a.b", &["a-b"], &["a\rb", "a\u{85}b", "a\nb"]),
        (r"(?s)a.b", &["a\nb"], &["ab"]),
        (r"(?i)AbC", &["aBc"], &["ab"]),
        (r"^abc$", &["abc"], &["abc\n", "xabc"]),
        (r"abc\Z", &["abc"], &["abc\n"]),
        (r"a\Rb", &["a\r\nb", "a\nb"], &["ab"]),
        (r"(a)(b)?\1", &["aa", "aba"], &["ab"]),
        (r"(?<n>x)\k<n>", &["xx"], &["x"]),
        (r"(?<!a)b|(?<=a)c?", &["b"], &["c"]),
        (r"[\]\[\\-]+", &["]", "[", "\\", "-"], &["a"]),
        (r"[a-f0-9-\.]+", &["a-.9"], &["g"]),
        (r"[+-=]+", &["+,-.=", "5"], &["A"]),
        (r"[\w.:/=+\-@]*", &["a.b:c/d=e+f-g@h", ""], &["a b"]),
        (r"(?!.*--)[a-z][a-z0-9-]{0,62}(?<!-)", &["ab-c"], &["a--b", "ab-"]),
        (r"[\w+=,.@-]{1,1024}", &["role@x"], &["", "a b"]),
        (
            r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
            &["arn:aws-cn:iam::123456789012:role/a/b"],
            &["arn:aws:iam::1:role/a"],
        ),
        (r"^$|^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$", &["", "i-01234567"], &["i-0"]),
    ];

    #[test]
    fn java_constructs_mean_what_they_mean_in_java() {
        for (pattern, yes, no) in TABLE {
            for value in *yes {
                assert!(matches(pattern, value), "{pattern} should match {value:?}");
            }
            for value in *no {
                assert!(!matches(pattern, value), "{pattern} should not match {value:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for wrong in ["(", "[", "\\", r"\y", r"\p{javaMirrored}", r"\p{Nonsense}", r"\u12", "a**b[", r"[\b]", "x{2,1}"]
        {
            assert!(compile(wrong).is_err(), "{wrong}");
        }
    }
}
