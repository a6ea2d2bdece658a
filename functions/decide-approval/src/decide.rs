//! What a link and a form come to. Pure.
//!
//! Comes in: an approval as it is stored, the claims of a valid link, a form. Goes out: how the approval stands for this
//! approver, and the word that a form says. Never: a decision; that is the store's.

use jiff::Timestamp;
use shared::approval::{Approval, Claims, Decision, State, Word};

use crate::request::{Form, Sent};

/// Longest reason, in characters: as many as are kept.
pub(crate) const LONGEST_REASON: usize = 500;

/// How an approval stands for one approver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The approver may decide.
    Open,
    /// The approver has decided; the link was used.
    Used(Decision),
    /// It was settled without this approver.
    Settled(State),
    /// Its time is over.
    Expired,
    /// The link is for another plan, or for somebody who is not asked.
    NotFor,
}

/// How `approval` stands for the approver of a link.
#[must_use]
pub(crate) fn standing(approval: &Approval, claims: &Claims, now: Timestamp) -> Standing {
    let asked = approval.policy.approvers().any(|name| name == claims.approver);
    if !asked || approval.plan_hash != claims.plan || approval.id != claims.approval {
        return Standing::NotFor;
    }
    if let Some(decision) = approval.decisions.iter().find(|decision| decision.approver == claims.approver) {
        return Standing::Used(decision.clone());
    }
    match approval.state {
        State::Open if now < approval.expires_at => Standing::Open,
        State::Open | State::Expired => Standing::Expired,
        state => Standing::Settled(state),
    }
}

/// What is wrong with a form that a person can put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Neither yes nor no.
    NoDecision,
    /// A no without a reason.
    NoReason,
    /// A reason that would be cut.
    LongReason,
}

impl Mistake {
    /// What to do.
    #[must_use]
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NoDecision => "Choose Approve or Reject.",
            Self::NoReason => "Say why you reject it. Whoever has to mend it by hand will read that.",
            Self::LongReason => "Say it in at most 500 characters.",
        }
    }
}

/// The word that a form says.
///
/// # Errors
/// The [`Mistake`] in it.
pub(crate) fn word(form: &Form) -> Result<Word, Mistake> {
    let reason = form.reason.trim();
    let approved = match form.decision.as_str() {
        "approve" => true,
        "reject" => false,
        _ => return Err(Mistake::NoDecision),
    };
    if reason.chars().filter(|c| *c != '\r').count() > LONGEST_REASON {
        return Err(Mistake::LongReason);
    }
    if !approved && reason.is_empty() {
        return Err(Mistake::NoReason);
    }
    Ok(Word { approved, reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()) })
}

/// Whether a form was sent by a page of this function. A browser that says which site sent it is believed; of another
/// the origin must be this one. (Our pages send no referrer, so what a browser gives as their origin is `null`.)
#[must_use]
pub(crate) fn from_our_page(sent: &Sent) -> bool {
    match (sent.site.as_deref(), sent.origin.as_deref()) {
        (Some(site), None | Some("null")) => site == "same-origin",
        (Some(site), Some(origin)) => site == "same-origin" && is_origin_of(origin, &sent.host),
        (None, Some(origin)) => is_origin_of(origin, &sent.host),
        (None, None) => false,
    }
}

fn is_origin_of(origin: &str, host: &str) -> bool {
    !host.is_empty() && origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
pub(crate) mod tests;
