//! The page's token: that a form was filled in on a page which this function made for exactly this link, and not long ago.
//!
//! Comes in: keys, a link's claims and token. Goes out: a token for a page, or whether one fits. Never: something that
//! works as a link: what stands in the place of the plan's hash is the hash of no plan.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use shared::approval::Claims;
use shared::approval::keys::Keys;
use shared::approval::link;

/// How long a page may be open before its form is not taken any more: the plan it shows is as old.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Signs a page for the link `token`, which says `claims`.
#[must_use]
pub(crate) fn seal(keys: &Keys, claims: &Claims, token: &str, now: Timestamp) -> String {
    let until = now.checked_add(OPEN_FOR).map_or(claims.expires, |until| until.min(claims.expires));
    link::sign(keys, &Claims { plan: bound_to(token), expires: until, ..claims.clone() })
}

/// Whether the claims of a page's token are those of a page for this link.
#[must_use]
pub(crate) fn fits(page: &Claims, claims: &Claims, token: &str) -> bool {
    page.plan == bound_to(token) && page.approval == claims.approval && page.approver == claims.approver
}

fn bound_to(token: &str) -> String {
    format!("page {}", hash(token))
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub(crate) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use shared::approval::LinkError;
    use shared::approval::keys::Key;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn keys() -> Keys {
        Keys::new(Key::new("one", &"k".repeat(40)).unwrap(), None)
    }

    fn claims() -> Claims {
        Claims { approval: "0a1b".into(), approver: "kim".into(), plan: "c0ffee".into(), expires: at(10_000) }
    }

    #[test]
    fn a_page_is_for_one_link_and_one_hour() {
        let (keys, claims) = (keys(), claims());
        let token = link::sign(&keys, &claims);
        let page = seal(&keys, &claims, &token, at(1000));
        let of_page = link::verify(&keys, &page, at(1000 + 3599)).unwrap();
        assert!(fits(&of_page, &claims, &token));
        assert_eq!(link::verify(&keys, &page, at(1000 + 3600)), Err(LinkError::Expired));
        let other = Claims { approver: "lee".into(), ..claims.clone() };
        assert!(!fits(&of_page, &other, &link::sign(&keys, &other)), "another approver's link");
        assert!(!fits(&of_page, &claims, &link::sign(&keys, &Claims { expires: at(9999), ..claims.clone() })));
        assert!(!fits(&claims, &claims, &token), "a link is no page's token");
        assert_ne!(of_page.plan, claims.plan, "and a page's token is no link for the plan");
    }

    #[test]
    fn no_page_outlives_its_link() {
        let (keys, claims) = (keys(), claims());
        let token = link::sign(&keys, &claims);
        let page = seal(&keys, &claims, &token, at(9_990));
        assert_eq!(link::verify(&keys, &page, at(10_000)), Err(LinkError::Expired));
    }
}
