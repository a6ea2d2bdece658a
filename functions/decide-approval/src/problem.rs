//! What is wrong with a request, and how that is told: in plain words, with the status that fits, and nothing more.
//!
//! Comes in: a [`Problem`]. Goes out: its status, its title, its words. Never: a word about an approval, a key or a
//! cause; whoever sees such a page may be anybody.

/// Why there is no page, or no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Not a request that can be read.
    Malformed,
    /// No token.
    NoLink,
    /// Another path.
    NoSuchPage,
    /// Neither GET, HEAD nor POST.
    Method,
    /// The query string is too long.
    LongAddress,
    /// The body is too large.
    TooLarge,
    /// Not a form.
    MediaType,
    /// Not sent by our own page.
    OtherSite,
    /// The page's token is too old, or of another link.
    OldPage,
    /// The token is none of ours.
    Tampered,
    /// The link's time is over.
    Expired,
    /// A valid link, but nothing that it could be for.
    Unknown,
    /// Too often.
    TooMany,
    /// The table or the keys cannot be reached.
    Unavailable,
}

/// How a problem is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// HTTP status.
    pub(crate) status: u16,
    /// One short sentence.
    pub(crate) title: &'static str,
    /// What it means and what to do.
    pub(crate) words: &'static str,
}

impl Problem {
    /// Its page.
    #[must_use]
    pub(crate) fn told(self) -> Told {
        let (status, title, words) = match self {
            Self::Malformed => {
                (400, "This request cannot be read", "Nothing was decided. Open the link from your message once more.")
            }
            Self::NoLink => (
                400,
                "There is nothing here without a link",
                "A link for an approval comes in a message to you. Copy all of it, to its last character.",
            ),
            Self::NoSuchPage => (404, "There is no such page", "Open the link from your message once more."),
            Self::Method => (405, "This cannot be done here", "A page can be looked at, and a decision can be sent."),
            Self::LongAddress => {
                (414, "This address is too long", "No link of ours is so long. Open the link from your message.")
            }
            Self::TooLarge => {
                (413, "This is too much", "Nothing was decided. A reason may have 500 characters at most.")
            }
            Self::MediaType => {
                (415, "This is not a form", "Nothing was decided. Decisions are taken from the page of a link only.")
            }
            Self::OtherSite => (
                403,
                "This did not come from the approval page",
                "Nothing was decided. Open the link from your message, in a browser that is up to date, and decide there.",
            ),
            Self::OldPage => (
                403,
                "This page was open for too long",
                "Nothing was decided. Open the link from your message once more and look at the plan again.",
            ),
            Self::Tampered => (
                403,
                "This link is not valid",
                "It was changed or cut off on its way, or the key that signed it is not in use any more. \
                 Open the link from your message once more. If that is the one you used, ask whoever runs Kintsugi.",
            ),
            Self::Expired => (
                410,
                "This link has expired",
                "The time to decide is over, and nothing can be decided with it any more. \
                 If the fault is still there, you will be asked anew.",
            ),
            Self::Unknown => (
                404,
                "There is nothing to decide",
                "What this link was for is not there any more, or it is for another plan than the one that waits.",
            ),
            Self::TooMany => (429, "Too many requests", "Nothing was decided. Wait a minute and try again."),
            Self::Unavailable => (
                503,
                "This does not work just now",
                "Nothing was decided as far as can be told. Wait a moment and open the link from your message once more.",
            ),
        };
        Told { status, title, words }
    }
}
