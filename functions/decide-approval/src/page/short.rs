//! The short pages: what came of a decision, why there is none to make, what is wrong with a request.
//!
//! Comes in: an approval, or what to tell. Goes out: a page that says it in a title and a sentence. Pure.

use shared::approval::{Approval, Decision, State};

use super::ask::hidden;
use super::{arrows, fact, frame, people};
use crate::html::Html;
use crate::problem::Told;
use crate::response::Response;
use crate::when;

const CLOSE: &str = "You can close this page.";

/// A request with something wrong. It may come from anybody, so it tells nothing of any approval.
#[must_use]
pub(crate) fn problem(told: Told) -> Response {
    let main = Html::raw("<section class=\"short\">\n<h1>")
        .then(told.title)
        .then("</h1>\n<p class=\"lead\">")
        .then(told.words)
        .then("</p>\n</section>\n");
    frame(told.status, told.title, &main)
}

/// A decision that was taken.
#[must_use]
pub(crate) fn decided(approval: &Approval, approver: &str, approved: bool, repeated: bool) -> Response {
    let title = match (approved, repeated) {
        (true, false) => "You approved this",
        (false, false) => "You rejected this",
        (true, true) => "You had approved this already",
        (false, true) => "You had rejected this already",
    };
    let thanks = if repeated { "Your decision was counted once. " } else { "Thank you, " };
    let name = if repeated { "" } else { approver };
    let lead = Html::default()
        .then(thanks)
        .text(name)
        .then(if repeated { "" } else { ". " })
        .then(consequence(approval.state));
    short(200, title, kind(approved), &lead, approval)
}

/// A link that was used.
#[must_use]
pub(crate) fn used(approval: &Approval, approver: &str, decision: &Decision) -> Response {
    let title = if decision.approved { "You have approved this" } else { "You have rejected this" };
    let lead = Html::raw("This link was used by ")
        .text(approver)
        .then(" on ")
        .text(&when::at(decision.at))
        .then(". It works once, and a decision stands. ")
        .then(consequence(approval.state));
    short(410, title, kind(decision.approved), &lead, approval)
}

/// What was settled without this approver.
#[must_use]
pub(crate) fn settled(approval: &Approval, state: State) -> Response {
    let title = match state {
        State::Approved => "This is approved already",
        State::Rejected => "This was rejected",
        _ => "This plan does not hold any more",
    };
    let kind = match state {
        State::Approved => "short yes",
        State::Rejected => "short no",
        _ => "short",
    };
    let lead = Html::raw("There is nothing left to decide here. ").then(consequence(state));
    short(410, title, kind, &lead, approval)
}

/// What nobody decided in time.
#[must_use]
pub(crate) fn over(approval: &Approval) -> Response {
    let lead = Html::raw("The time to decide ended on ")
        .text(&when::at(approval.expires_at))
        .then(". If the fault is still there, you will be asked anew.");
    short(410, "The time to decide is over", "short", &lead, approval)
}

/// Whether the run that waits has still to be told how it was settled.
#[must_use]
pub(crate) fn is_untold(approval: &Approval) -> bool {
    !approval.told && matches!(approval.state, State::Approved | State::Rejected)
}

/// A decision that is stored, while the run that waits could not be told.
#[must_use]
pub(crate) fn untold(approval: &Approval, token: &str, page: &str, approved: bool) -> Response {
    let title = "Your decision is stored, but the run has not heard of it";
    let main = Html::raw("<section class=\"short\">\n<h1>")
        .then(title)
        .then("</h1>\n<p class=\"lead\">Nothing is lost: send it once more, and the run that waits is told.</p>\n")
        .then("<form method=\"post\" action=\"/\" accept-charset=\"utf-8\">\n")
        .add(&hidden(token, page))
        .maybe((!approved).then_some(()), |()| {
            Html::raw("<input type=\"hidden\" name=\"reason\" value=\"The reason is stored.\">\n")
        })
        .then("<div class=\"buttons\"><button class=\"approve\" name=\"decision\" value=\"")
        .then(if approved { "approve" } else { "reject" })
        .then("\">Tell it again</button></div>\n</form>\n</section>\n")
        .add(&people::deciders(approval));
    frame(503, title, &main)
}

fn consequence(state: State) -> &'static str {
    match state {
        State::Open => "Others have to agree as well before anything is changed.",
        State::Approved => "The run goes on with exactly the plan that was shown.",
        State::Rejected => "Nothing is changed, and a ticket says why.",
        State::Expired => "Nobody agreed in time.",
        State::Void => {
            "Since it was asked the resource has changed, or the run has ended: an answer is worth nothing now."
        }
    }
}

fn kind(approved: bool) -> &'static str {
    if approved { "short yes" } else { "short no" }
}

fn short(status: u16, title: &'static str, kind: &'static str, lead: &Html, approval: &Approval) -> Response {
    let main = Html::raw("<section class=\"")
        .then(kind)
        .then("\">\n<h1>")
        .then(title)
        .then("</h1>\n<p class=\"lead\">")
        .add(lead)
        .then("</p>\n<dl>\n")
        .add(&fact("What was wrong", &approval.summary))
        .add(&fact("Change", &arrows(&approval.change)))
        .add(&fact("Asked by", &approval.function))
        .then("</dl>\n<p class=\"hint\">")
        .then(CLOSE)
        .then("</p>\n</section>\n")
        .add(&people::deciders(approval));
    frame(status, title, &main)
}
