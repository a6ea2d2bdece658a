//! The page that asks: what is wrong, what would be done, and the form.
//!
//! Comes in: [`Asking`]. Goes out: the page, with what was wrong with the form if it was sent before. Pure.

use jiff::Timestamp;
use shared::approval::{Approval, Risk};

use super::{arrows, fact, frame, people, plan};
use crate::decide::Mistake;
use crate::html::Html;
use crate::request::Form;
use crate::response::Response;
use crate::when;

/// What the page shows.
pub(crate) struct Asking<'a> {
    /// What is asked.
    pub(crate) approval: &'a Approval,
    /// Who is asked.
    pub(crate) approver: &'a str,
    /// The link's token.
    pub(crate) token: &'a str,
    /// The page's token.
    pub(crate) page: &'a str,
    /// The time.
    pub(crate) now: Timestamp,
    /// The form that came back, and what was wrong with it.
    pub(crate) wrong: Option<(Mistake, &'a Form)>,
}

/// The page that asks. A form that was wrong is a page of its own status, and begins with what was wrong.
#[must_use]
pub(crate) fn ask(asking: &Asking<'_>) -> Response {
    let Asking { approval, now, .. } = asking;
    let main = Html::default()
        .maybe(asking.wrong, |(mistake, _)| summary(mistake))
        .add(&opening(asking))
        .add(&plan::changes(approval))
        .add(&plan::steps(approval))
        .add(&risk(approval))
        .add(&people::deciders(approval))
        .add(&form(asking))
        .add(&about(approval, *now));
    match asking.wrong {
        Some(_) => frame(422, "Error: your decision was not taken", &main),
        None => frame(200, &format!("Approve? {}", arrows(&approval.change)), &main),
    }
}

/// What is wrong with the form, where a reader begins.
fn summary(mistake: Mistake) -> Html {
    Html::raw("<div class=\"alert\" role=\"alert\" tabindex=\"-1\" autofocus><h2>Your decision was not taken</h2>\n<p><a href=\"#")
        .then(place(mistake))
        .then("\">")
        .then(mistake.words())
        .then("</a></p></div>\n")
}

fn place(mistake: Mistake) -> &'static str {
    match mistake {
        Mistake::NoDecision => "approve",
        Mistake::NoReason | Mistake::LongReason => "reason",
    }
}

fn opening(asking: &Asking<'_>) -> Html {
    let Asking { approval, approver, now, .. } = asking;
    Html::raw("<section class=\"opening\">\n<p class=\"eyebrow\">Your approval is asked, ")
        .text(approver)
        .then("</p>\n<h1>")
        .text(&approval.summary)
        .then("</h1>\n<p class=\"lead\">Kintsugi would change ")
        .maybe(approval.resource.as_ref(), |resource| {
            Html::default().text(&resource.kind).then(" <b>").text(&resource.id).then("</b> ")
        })
        .then("<strong>")
        .text(&arrows(&approval.change))
        .then("</strong></p>\n<ul class=\"chips\">")
        .add(&chip(approval.risk))
        .then("<li>Expires in ")
        .text(&when::until(approval.expires_at, *now))
        .then("</li>")
        .maybe(approval.cost.as_deref(), |cost| Html::raw("<li>").text(in_short(cost)).then("</li>"))
        .then("</ul>\n<p><a class=\"jump\" href=\"#decision\">Go to your decision</a></p>\n</section>\n")
}

/// The cost without what it was made from, which stands further down.
fn in_short(cost: &str) -> &str {
    cost.split(" (").next().unwrap_or(cost)
}

fn chip(risk: Risk) -> Html {
    Html::raw(match risk {
        Risk::Low => "<li class=\"low\">Low risk</li>",
        Risk::Medium => "<li class=\"medium\">Medium risk</li>",
        Risk::High => "<li class=\"high\">High risk</li>",
    })
}

fn risk(approval: &Approval) -> Html {
    let unknown = "It is not known what this costs or saves.";
    Html::raw("<section aria-labelledby=\"risk\">\n<h2 id=\"risk\">Risk and cost</h2>\n<p>If it goes wrong, the risk is <strong>")
        .text(&approval.risk.to_string())
        .then("</strong>.</p>\n<ul>")
        .each(&approval.risk_reasons, |reason| Html::raw("<li>").text(reason).then("</li>\n"))
        .then("</ul>\n<p>")
        .text(approval.cost.as_deref().unwrap_or(unknown))
        .then("</p>\n</section>\n")
}

fn form(asking: &Asking<'_>) -> Html {
    let wrong = asking.wrong.filter(|(mistake, _)| *mistake != Mistake::NoDecision);
    Html::raw(
        "<section id=\"decision\" class=\"decision\" aria-labelledby=\"yours\">\n<h2 id=\"yours\">Your decision</h2>\n",
    )
    .then("<p>It is for exactly this plan, it counts once, and it stands.</p>\n")
    .then("<form method=\"post\" action=\"/\" accept-charset=\"utf-8\" novalidate>\n")
    .add(&hidden(asking.token, asking.page))
    .then("<label for=\"reason\">Reason</label>\n<p class=\"hint\" id=\"hint\">Needed to reject, welcome to approve. ")
    .then("Others will read it.</p>\n")
    .maybe(wrong, |(mistake, _)| {
        Html::raw("<p class=\"mistake\" id=\"mistake\"><span class=\"aside\">Error: </span>")
            .then(mistake.words())
            .then("</p>\n")
    })
    .then("<textarea id=\"reason\" name=\"reason\" rows=\"3\" maxlength=\"500\" autocomplete=\"off\" ")
    .then(if wrong.is_some() {
        "aria-invalid=\"true\" aria-describedby=\"mistake hint\">\n"
    } else {
        "aria-describedby=\"hint\">\n"
    })
    .text(asking.wrong.map_or("", |(_, form)| form.reason.as_str()))
    .then("</textarea>\n<div class=\"buttons\">\n")
    .then("<button id=\"approve\" class=\"approve\" name=\"decision\" value=\"approve\">Approve</button>\n")
    .then("<button class=\"reject\" name=\"decision\" value=\"reject\">Reject</button>\n")
    .then("</div>\n</form>\n</section>\n")
}

/// The two tokens of a form.
pub(super) fn hidden(token: &str, page: &str) -> Html {
    Html::raw("<input type=\"hidden\" name=\"token\" value=\"")
        .text(token)
        .then("\">\n<input type=\"hidden\" name=\"page\" value=\"")
        .text(page)
        .then("\">\n")
}

fn about(approval: &Approval, now: Timestamp) -> Html {
    let expires = format!("{} (in {})", when::at(approval.expires_at), when::until(approval.expires_at, now));
    Html::raw("<section aria-labelledby=\"about\">\n<h2 id=\"about\">About this request</h2>\n<dl>\n")
        .add(&fact("Asked by", &approval.function))
        .add(&fact("Asked at", &when::at(approval.asked_at)))
        .add(&fact("Expires", &expires))
        .add(&fact("AWS account", &approval.account))
        .add(&fact("Region", &approval.region))
        .maybe(approval.resource.as_ref(), |resource| fact("Resource", &format!("{} {}", resource.kind, resource.id)))
        .add(&fact("Run", &approval.execution))
        .add(&fact("Plan", &approval.plan_hash))
        .then("</dl>\n</section>\n")
}
