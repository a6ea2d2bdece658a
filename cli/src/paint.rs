//! Colour, where a person sees it: on a terminal, unless NO_COLOR is set; elsewhere only if CLICOLOR_FORCE is.
//!
//! Comes in: a stream, a text. Goes out: the text, coloured or as it is.
//! Never: a meaning that only the colour has.

use std::fmt::{self, Display};

use anstream::ColorChoice;
use anstream::stream::RawStream;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint(bool);

/// The few colours there are, by what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Good.
    Green,
    /// Not good.
    Red,
    /// Worth a look.
    Yellow,
}

/// A text in its colour.
pub(crate) struct Painted<T> {
    text: T,
    code: Option<&'static str>,
}

impl Paint {
    /// No colour anywhere.
    pub(crate) const NONE: Self = Self(false);

    /// As the stream and the environment want it.
    pub(crate) fn on(stream: &impl RawStream) -> Self {
        Self(anstream::AutoStream::choice(stream) != ColorChoice::Never)
    }

    /// The text in this colour.
    pub(crate) fn in_colour<T: Display>(self, colour: Colour, text: T) -> Painted<T> {
        let code = match colour {
            Colour::Green => "32",
            Colour::Red => "1;31",
            Colour::Yellow => "33",
        };
        Painted { text, code: self.0.then_some(code) }
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            // Padding is of the text, not of its colour.
            Some(code) => {
                write!(f, "\x1b[{code}m")?;
                self.text.fmt(f)?;
                f.write_str("\x1b[0m")
            }
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_counts_the_text_and_not_its_colour() {
        assert_eq!(format!("{:6}|", Paint(true).in_colour(Colour::Red, "no")), "\x1b[1;31mno    \x1b[0m|");
        assert_eq!(format!("{:6}|", Paint(false).in_colour(Colour::Red, "no")), "no    |");
    }
}
