//! What a backslash means in Java.
//!
//! Comes in: what stands after it. Goes out: the same in our spelling.
//! Never: a letter that Java has no meaning for; Java refuses it too.

use std::ops::RangeInclusive;

use super::{Rewriter, property};

/// `\b` and `\B` with Java's idea of a word: ASCII letters, digits and `_`.
const BOUNDARY: &str = "(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))";
const NO_BOUNDARY: &str = "(?:(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_])(?![A-Za-z0-9_]))";
/// The end, or the end of the last line.
const LAST: &str = r"(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)";
const LINE_BREAK: &str = r"(?:\r\n|[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}])";

/// The members of a shorthand's set, by its small letter.
fn shorthand(letter: char) -> Option<&'static str> {
    Some(match letter {
        'w' => "A-Za-z0-9_",
        'd' => "0-9",
        's' => r" \t\n\x0B\x0C\r",
        'h' => r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}",
        'v' => r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}",
        _ => return None,
    })
}

impl Rewriter<'_> {
    pub(super) fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.chars.next() else {
            return Err("it ends with a \\".to_owned());
        };
        if let Some(set) = shorthand(c.to_ascii_lowercase()) {
            let not = if c.is_ascii_uppercase() { "^" } else { "" };
            self.set(&format!("[{not}{set}]"));
            return Ok(());
        }
        match c {
            'p' | 'P' => self.property(c == 'P'),
            'Q' => self.quoted(),
            'x' | 'u' | '0' | 'c' => self.code(c),
            'e' => self.literal('\u{1b}'),
            't' | 'n' | 'r' | 'f' | 'a' => self.plain(&format!("\\{c}")),
            _ if !c.is_ascii_alphanumeric() => self.literal(c),
            _ if self.class.depth > 0 => return Err(format!("\\{c} has no meaning in brackets")),
            _ => return self.outside(c),
        }?;
        Ok(())
    }

    /// Escapes that are no character.
    fn outside(&mut self, c: char) -> Result<(), String> {
        match c {
            'b' => self.out.push_str(BOUNDARY),
            'B' => self.out.push_str(NO_BOUNDARY),
            'Z' => self.out.push_str(LAST),
            'R' => self.out.push_str(LINE_BREAK),
            'A' | 'z' | 'G' | 'k' | '1'..='9' => self.out.extend(['\\', c]),
            _ => return Err(format!("\\{c} has no meaning in Java")),
        }
        Ok(())
    }

    fn set(&mut self, text: &str) {
        if self.class.depth > 0 { self.class.set(text, &mut self.out) } else { self.out.push_str(text) }
    }

    fn plain(&mut self, text: &str) -> Result<(), String> {
        if self.class.depth > 0 {
            self.class.plain(text, &mut self.out)
        } else {
            self.out.push_str(text)
        }
        Ok(())
    }

    /// A character that means itself.
    fn literal(&mut self, c: char) -> Result<(), String> {
        let meaning = c.is_ascii_punctuation() && !matches!(c, '<' | '>' | '/' | '\'' | '"');
        let text = if meaning { format!("\\{c}") } else { c.to_string() };
        self.plain(&text)
    }

    /// `\Q` to `\E`: nothing in between has a meaning.
    fn quoted(&mut self) -> Result<(), String> {
        while let Some(c) = self.chars.next() {
            if c == '\\' && self.chars.peek() == Some(&'E') {
                self.chars.next();
                break;
            }
            self.literal(c)?;
        }
        Ok(())
    }

    /// `\xhh`, `\x{h…}`, `\uhhhh`, `\0ooo` and `\cX`.
    fn code(&mut self, kind: char) -> Result<(), String> {
        let code = match kind {
            'c' => self.chars.next().map(|c| u32::from(c) ^ 64),
            '0' => self.digits(8, 1..=3),
            'u' => self.digits(16, 4..=4),
            _ if self.chars.next_if_eq(&'{').is_some() => {
                self.digits(16, 1..=6).filter(|_| self.chars.next() == Some('}'))
            }
            _ => self.digits(16, 2..=2),
        };
        let code =
            code.and_then(char::from_u32).ok_or_else(|| format!("\\{kind} is not followed by a character's code"))?;
        self.plain(&format!("\\x{{{:X}}}", u32::from(code)))
    }

    fn digits(&mut self, radix: u32, count: RangeInclusive<usize>) -> Option<u32> {
        let mut text = String::new();
        while text.len() < *count.end()
            && let Some(digit) = self.chars.next_if(|c| c.is_digit(radix))
        {
            text.push(digit);
        }
        count.contains(&text.len()).then(|| u32::from_str_radix(&text, radix).ok()).flatten()
    }

    /// `\p{Alpha}`, `\p{Lu}`, `\pL`, `\p{IsLatin}`.
    fn property(&mut self, not: bool) -> Result<(), String> {
        let name: String = match self.chars.next() {
            Some('{') => self.chars.by_ref().take_while(|c| *c != '}').collect(),
            Some(letter) => letter.to_string(),
            None => return Err("\\p names no property".to_owned()),
        };
        self.set(&property::set(&name, not)?);
        Ok(())
    }
}
