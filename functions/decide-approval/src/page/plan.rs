//! The plan, as an approver reads it: each write with before and after, then every step in order.
//!
//! Comes in: an approval. Goes out: two sections. Pure.

use shared::approval::{Approval, Change};

use crate::changes::{Row, rows};
use crate::html::Html;

/// Each write, member by member.
pub(super) fn changes(approval: &Approval) -> Html {
    Html::raw("<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">What would change</h2>\n")
        .maybe(approval.writes.is_empty().then_some(()), |()| {
            Html::raw("<p>The plan has no call that changes anything.</p>\n")
        })
        .each(&approval.writes, write)
        .then("</section>\n")
}

fn write(change: &Change) -> Html {
    Html::raw("<div class=\"write\">\n<h3>")
        .text(&change.step)
        .then(" <code>")
        .maybe(change.service.as_ref(), |service| Html::default().text(service).then(" "))
        .text(&change.api)
        .then("</code></h3>\n")
        .maybe(change.when.as_ref(), |when| Html::raw("<p class=\"hint\">Only when ").text(when).then("</p>\n"))
        .then("<table role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">")
        .then("<th role=\"columnheader\" scope=\"col\">What</th><th role=\"columnheader\" scope=\"col\">Before</th>")
        .then("<th role=\"columnheader\" scope=\"col\">After</th></tr></thead>\n<tbody role=\"rowgroup\">\n")
        .each(rows(change), |row| self::row(&row))
        .then("</tbody></table>\n</div>\n")
}

fn row(row: &Row) -> Html {
    let Row { name, before, after } = row;
    let changes = before.is_some() && after.is_some() && before != after;
    Html::raw(if changes { "<tr role=\"row\" class=\"changes\">" } else { "<tr role=\"row\">" })
        .then("<th role=\"rowheader\" scope=\"row\">")
        .text(name)
        .then("</th><td role=\"cell\" class=\"before\">")
        .add(&value(before.as_deref(), "was not read"))
        .then("</td><td role=\"cell\" class=\"after\">")
        .add(&value(after.as_deref(), "is not sent"))
        .then("</td></tr>\n")
}

/// A dash for eyes, words for ears.
fn value(value: Option<&str>, absent: &'static str) -> Html {
    match value {
        Some(text) => Html::default().text(text),
        None => Html::raw("<span aria-hidden=\"true\">–</span><span class=\"aside\">").then(absent).then("</span>"),
    }
}

/// Every step as it stands in the plan.
pub(super) fn steps(approval: &Approval) -> Html {
    Html::raw("<section aria-labelledby=\"plan\">\n<h2 id=\"plan\">The exact plan</h2>\n<ol class=\"plan\">\n")
        .each(&approval.plan, |line| Html::raw("<li><code>").text(line).then("</code></li>\n"))
        .then("</ol>\n</section>\n")
}
