//! How wide text is, where it may be broken, and how it is cut.
//!
//! Comes in: text and a face. Goes out: widths in pixels, lines that fit.
//! Never: a font file. Widths are those of wide fonts (DejaVu, Verdana), so that text fits whatever font shows it.

/// Family and size of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    /// In pixels.
    pub(super) size: i64,
    pub(super) mono: bool,
    pub(super) bold: bool,
}

/// The name of a step.
pub(super) const NAME: Face = Face { size: 13, mono: true, bold: true };
/// What is called.
pub(super) const CALL: Face = Face { size: 11, mono: true, bold: false };
/// Words.
pub(super) const WORDS: Face = Face { size: 11, mono: false, bold: false };
/// What kind of step it is.
pub(super) const TAG: Face = Face { size: 9, mono: false, bold: true };
/// The drawing's title.
pub(super) const TITLE: Face = Face { size: 18, mono: false, bold: true };

impl Face {
    /// Height of one line.
    pub(super) fn line(self) -> i64 {
        self.size + 4
    }

    /// Width of a text, rounded up.
    pub(super) fn width(self, text: &str) -> i64 {
        let percent: i64 = text.chars().map(|c| self.advance(c)).sum();
        (percent * self.size + 99) / 100
    }

    /// Hundredths of the size.
    fn advance(self, c: char) -> i64 {
        let normal = match c {
            _ if is_wide(c) => return if self.mono { 124 } else { 105 },
            _ if self.mono => return 62,
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 37,
            ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | '"' => 42,
            'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' => 100,
            'A'..='Z' => 76,
            '=' | '<' | '>' | '+' | '#' | '~' | '^' => 84,
            _ => 64,
        };
        if self.bold { normal + 8 } else { normal }
    }

    /// The text in lines of at most `width`; what does not fit into `most` lines is cut, with an ellipsis.
    pub(super) fn wrap(self, text: &str, width: i64, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = vec![String::new()];
        for piece in pieces(text) {
            self.put(&mut lines, piece, width);
            if lines.len() > most {
                break;
            }
        }
        let cut = lines.len() > most;
        lines.truncate(most);
        if let Some(last) = lines.last_mut().filter(|_| cut) {
            *last = self.ellipsis(last, width);
        }
        lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// Adds a piece to the last line, or to a new one; one that is longer than a line is broken anywhere.
    fn put(self, lines: &mut Vec<String>, piece: &str, width: i64) {
        let fits = |line: &str, more: &str| self.width(&format!("{line}{}", more.trim_end())) <= width;
        match lines.last_mut() {
            Some(line) if fits(line, piece) => line.push_str(piece),
            _ if fits("", piece) => lines.push(piece.to_owned()),
            _ => {
                for c in piece.chars() {
                    match lines.last_mut() {
                        Some(line) if fits(line, &c.to_string()) => line.push(c),
                        _ => lines.push(c.to_string()),
                    }
                }
            }
        }
    }

    fn ellipsis(self, line: &str, width: i64) -> String {
        let mut line = line.trim_end().to_owned();
        while !line.is_empty() && self.width(&line) + self.width("…") > width {
            line.pop();
        }
        line.trim_end().to_owned() + "…"
    }

    /// One line of at most `width`.
    pub(super) fn cut(self, text: &str, width: i64) -> String {
        self.wrap(text, width, 1).concat()
    }
}

/// Letters of East Asia, and pictures.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x11FF | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F
        | 0xFF00..=0xFFE6 | 0x1F000..)
}

/// Pieces between which a line may be broken: after blanks and marks, and before a capital letter.
fn pieces(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let (mut from, mut before) = (0, ' ');
    for (at, c) in text.char_indices() {
        let hump = c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        let after = matches!(before, ' ' | '-' | '_' | '.' | '/' | ':' | ',') && c != ' ' && c != before;
        if at > from && (hump || after) {
            list.push(&text[from..at]);
            from = at;
        }
        before = c;
    }
    if from < text.len() {
        list.push(&text[from..]);
    }
    list
}

/// White space and control characters as single blanks: one paragraph of plain text.
pub(super) fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_blanks_marks_and_humps() {
        assert_eq!(pieces("stopInstance now"), ["stop", "Instance ", "now"]);
        assert_eq!(pieces("ec2:StopInstances"), ["ec2:", "Stop", "Instances"]);
        assert_eq!(pieces("ABC  --x"), ["ABC  ", "--", "x"]);
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        for text in ["a", "RestoreTheInstanceToItsOriginalType", "ünïcödé 漢字漢字漢字漢字 😀😀😀😀", &"x".repeat(500)]
        {
            for width in [60, 100, 220] {
                let lines = NAME.wrap(text, width, 3);
                assert!(lines.len() <= 3);
                assert!(lines.iter().all(|line| NAME.width(line) <= width), "{lines:?}");
            }
        }
    }

    #[test]
    fn what_is_cut_ends_with_an_ellipsis_and_what_fits_does_not() {
        assert_eq!(WORDS.wrap("one two", 400, 1), ["one two"]);
        assert!(WORDS.cut("one two three four", 60).ends_with('…'));
        assert_eq!(WORDS.wrap("", 100, 2), Vec::<String>::new());
    }

    #[test]
    fn plain_text_has_no_line_breaks_and_no_control_characters() {
        assert_eq!(plain("a\n  b\u{1}\tc"), "a b c");
    }
}
