//! HTML that cannot be broken into.
//!
//! Comes in: markup that is written in this program, and texts from anywhere. Goes out: HTML.
//! Never: a text that was not escaped. This is the one place that escapes: markup is `&'static str`, so whatever was
//! made at run time goes through [`Html::text`].

use std::borrow::Cow;

/// A piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// Markup of ours.
    #[must_use]
    pub(crate) fn raw(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Then markup of ours.
    #[must_use]
    pub(crate) fn then(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Then a text, as content or between the double quotes of an attribute.
    #[must_use]
    pub(crate) fn text(mut self, text: &str) -> Self {
        text.chars().for_each(|c| self.0.push_str(&escaped(c)));
        self
    }

    /// Then another piece.
    #[must_use]
    pub(crate) fn add(mut self, part: &Self) -> Self {
        self.0.push_str(&part.0);
        self
    }

    /// Then a piece for each of them.
    #[must_use]
    pub(crate) fn each<T>(self, items: impl IntoIterator<Item = T>, piece: impl Fn(T) -> Self) -> Self {
        items.into_iter().fold(self, |html, item| html.add(&piece(item)))
    }

    /// Then a piece if there is something to show.
    #[must_use]
    pub(crate) fn maybe<T>(self, item: Option<T>, piece: impl FnOnce(T) -> Self) -> Self {
        match item {
            Some(item) => self.add(&piece(item)),
            None => self,
        }
    }

    /// The HTML as it goes out.
    #[must_use]
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

fn escaped(c: char) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        '`' => "&#96;",
        '\n' | '\t' => return Cow::Owned(c.to_string()),
        // What reorders or hides what a reader sees is shown as what it is: not a letter.
        c if c.is_control() || reorders(c) => "\u{fffd}",
        c => return Cow::Owned(c.to_string()),
    })
}

fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_a_text_whatever_it_holds() {
        let cases = [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onmouseover=\"x", "&quot; onmouseover=&quot;x"),
            ("it's `&lt;`", "it&#39;s &#96;&amp;lt;&#96;"),
            ("pay\u{202e}load\u{0}", "pay\u{fffd}load\u{fffd}"),
            ("zwei\nZeilen äöü 金継ぎ", "zwei\nZeilen äöü 金継ぎ"),
        ];
        for (text, expected) in cases {
            assert_eq!(Html::default().text(text).into_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_leaves_the_place_it_was_put(text in any::<String>()) {
            let html = Html::raw("<p title=\"").text(&text).then("\">").into_string();
            let inner = html.strip_prefix("<p title=\"").and_then(|html| html.strip_suffix("\">")).unwrap();
            prop_assert!(!inner.contains(['<', '>', '"', '\'', '`', '\0']), "{inner}");
        }
    }
}
