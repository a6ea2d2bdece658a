//! The elements of an XML text, one after the other, from front to back, once.
//!
//! Comes in: the text. Goes out: element names and texts.
//! Never: an answer that is cut off, or whose elements do not end as they began; attributes; a doctype's entities.

use std::borrow::Cow;

use aws_smithy_schema::serde::SerdeError;
use xmlparser::{ElementEnd, Token, Tokenizer};

/// Where in the text the reader is.
pub(super) struct Elements<'x> {
    tokens: Tokenizer<'x>,
    /// The names, with prefixes, of the elements that are open.
    open: Vec<(&'x str, &'x str)>,
    /// The last element began and ended at once: its end is still to be told.
    ends: bool,
}

enum Step<'x> {
    Begin(&'x str),
    End,
    Text(Cow<'x, str>),
}

impl<'x> Elements<'x> {
    pub(super) fn of(body: &'x [u8]) -> Result<Self, SerdeError> {
        let text = std::str::from_utf8(body).map_err(|_| broken("it is not UTF-8"))?;
        Ok(Self { tokens: Tokenizer::from(text), open: Vec::new(), ends: false })
    }

    /// The name of the next element inside the one that is open; `None` when that ends.
    pub(super) fn next(&mut self) -> Result<Option<&'x str>, SerdeError> {
        loop {
            match self.step()? {
                Some(Step::Begin(name)) => return Ok(Some(name)),
                Some(Step::End) => return Ok(None),
                Some(Step::Text(_)) => {}
                None => return Err(broken("it has no element, or ends too early")),
            }
        }
    }

    /// The text of the open element, up to its end.
    pub(super) fn text(&mut self) -> Result<Cow<'x, str>, SerdeError> {
        let mut all = Cow::Borrowed("");
        loop {
            match self.step()? {
                Some(Step::Text(text)) if all.is_empty() => all = text,
                Some(Step::Text(text)) => all.to_mut().push_str(&text),
                Some(Step::End) => return Ok(all),
                Some(Step::Begin(_)) => return Err(broken("an element stands where a text should")),
                None => return Err(broken("it ends too early")),
            }
        }
    }

    /// Leaves the open element, whatever is in it.
    pub(super) fn skip(&mut self) -> Result<(), SerdeError> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            self.step()?.ok_or_else(|| broken("it ends too early"))?;
        }
        Ok(())
    }

    /// Reads what is left: nothing but the ends of what is open may be missing.
    pub(super) fn finish(mut self) -> Result<(), SerdeError> {
        while self.step()?.is_some() {}
        if self.open.is_empty() { Ok(()) } else { Err(broken("it ends too early")) }
    }

    fn step(&mut self) -> Result<Option<Step<'x>>, SerdeError> {
        if self.ends {
            self.ends = false;
            self.open.pop();
            return Ok(Some(Step::End));
        }
        while let Some(token) = self.tokens.next() {
            match token.map_err(|error| broken(&error.to_string()))? {
                Token::ElementStart { prefix, local, .. } => {
                    self.open.push((prefix.as_str(), local.as_str()));
                    self.pass_attributes()?;
                    return Ok(Some(Step::Begin(local.as_str())));
                }
                Token::ElementEnd { end: ElementEnd::Close(prefix, local), .. } => {
                    let began = self.open.pop();
                    let ends = began.is_some_and(|(p, l)| l == local.as_str() && p == prefix.as_str());
                    return if ends { Ok(Some(Step::End)) } else { Err(broken("an element ends that did not begin")) };
                }
                Token::Text { text } if !self.open.is_empty() => {
                    return Ok(Some(Step::Text(unescaped(text.as_str())?)));
                }
                Token::Cdata { text, .. } => return Ok(Some(Step::Text(Cow::Borrowed(text.as_str())))),
                _ => {}
            }
        }
        Ok(None)
    }

    fn pass_attributes(&mut self) -> Result<(), SerdeError> {
        for token in self.tokens.by_ref() {
            if let Token::ElementEnd { end, .. } = token.map_err(|error| broken(&error.to_string()))? {
                self.ends = matches!(end, ElementEnd::Empty);
                return Ok(());
            }
        }
        Err(broken("it ends inside an element"))
    }
}

/// Says what is wrong, not what stands there: it may be a secret.
pub(super) fn broken(reason: &str) -> SerdeError {
    SerdeError::custom(format!("the XML cannot be read: {reason}"))
}

fn unescaped(text: &str) -> Result<Cow<'_, str>, SerdeError> {
    let Some((before, rest)) = text.split_once('&') else { return Ok(Cow::Borrowed(text)) };
    let mut plain = before.to_owned();
    for part in rest.split('&') {
        let (name, after) = part.split_once(';').ok_or_else(|| broken("a reference has no end"))?;
        plain.push(referenced(name).ok_or_else(|| broken("a reference is to nothing"))?);
        plain.push_str(after);
    }
    Ok(Cow::Owned(plain))
}

fn referenced(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix(['x', 'X']).map(|digits| u32::from_str_radix(digits, 16));
            char::from_u32(hexadecimal.unwrap_or_else(|| number.parse()).ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(xml: &str) -> Result<String, String> {
        let read = || {
            let mut elements = Elements::of(xml.as_bytes())?;
            elements.next()?;
            let text = elements.text()?.into_owned();
            elements.finish()?;
            Ok(text)
        };
        read().map_err(|error: SerdeError| error.to_string())
    }

    #[test]
    fn a_text_is_all_of_it_with_its_references() {
        assert_eq!(text("<?xml version=\"1.0\"?><a b=\"c\">x &amp; y&#x41;&#66;</a>").unwrap(), "x & yAB");
        assert_eq!(text("<a>1<!-- between -->2<![CDATA[<&>]]></a>").unwrap(), "12<&>");
        assert_eq!(text("<a/>").unwrap(), "");
    }

    #[test]
    fn what_is_no_whole_document_is_an_error_that_does_not_show_it() {
        for xml in [
            "",
            "secret",
            "<a>secret",
            "<a>secret</b>",
            "<a>secret</a",
            "<a>sec&ret;</a>",
            "<a>sec&ret</a>",
            "<a><b>secret</b></a>",
        ] {
            let error = text(xml).unwrap_err();
            assert!(error.contains("cannot be read") && !error.contains("secret"), "{xml}: {error}");
        }
    }

    #[test]
    fn an_element_is_left_with_all_that_is_in_it() {
        let mut elements = Elements::of(b"<a><b><b/><c>1</c></b><d>2</d></a>").unwrap();
        assert_eq!(elements.next().unwrap(), Some("a"));
        assert_eq!(elements.next().unwrap(), Some("b"));
        elements.skip().unwrap();
        assert_eq!(elements.next().unwrap(), Some("d"));
        assert_eq!(elements.text().unwrap(), "2");
        assert_eq!(elements.next().unwrap(), None);
        elements.finish().unwrap();
    }
}
