//! SVG text, escaped.
//!
//! Comes in: elements. Goes out: well-formed XML. Never: a character that XML does not allow.

use std::fmt::{Arguments, Write as _};

/// The text so far.
pub(super) struct Out {
    text: String,
    /// In front of ids, so that several pictures can stand in one page.
    id: String,
}

impl Out {
    /// `name` tells pictures in one page apart.
    pub(super) fn new(name: &str) -> Self {
        // FNV-1a: the same name gives the same id in every build.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self { text: String::new(), id: format!("k{:08x}", hash >> 32) }
    }

    pub(super) fn open(&mut self, width: i64, height: i64, title: &str, summary: &str) {
        let (id, title, summary) = (self.id.clone(), escape(title), escape(summary));
        self.raw(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{summary}</desc>\n"
        ));
    }

    /// Rules for this picture only.
    pub(super) fn style(&mut self, css: &str) {
        let css = css.replace("SVG", &format!("#{}", self.id));
        self.raw(format_args!("<style>\n{css}</style>\n"));
    }

    pub(super) fn group(&mut self, class: &str, title: &str) {
        self.raw(format_args!("<g class=\"{class}\">"));
        if !title.is_empty() {
            let title = escape(title);
            self.raw(format_args!("<title>{title}</title>"));
        }
        self.raw(format_args!("\n"));
    }

    pub(super) fn end(&mut self) {
        self.raw(format_args!("</g>\n"));
    }

    pub(super) fn text(&mut self, class: &str, x: i64, y: i64, text: &str) {
        let text = escape(text);
        self.raw(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"));
    }

    pub(super) fn path(&mut self, class: &str, d: &str) {
        self.raw(format_args!("<path class=\"{class}\" d=\"{d}\"/>\n"));
    }

    /// Text that is XML already.
    pub(super) fn raw(&mut self, text: Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.text.write_fmt(text);
    }

    pub(super) fn close(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// Text for XML. Characters that XML has no place for become the one that stands for them.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_of_a_document_is_read_as_xml() {
        assert_eq!(escape("<script>&\"\u{0}"), "&lt;script&gt;&amp;&quot;\u{fffd}");
    }
}
