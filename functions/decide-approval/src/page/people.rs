//! Who must agree, and who has decided so far.
//!
//! Comes in: an approval. Goes out: a section. Pure.

use shared::approval::{Approval, Decision, Group};

use crate::html::Html;
use crate::when;

/// The groups, and the decisions in the order they came.
pub(super) fn deciders(approval: &Approval) -> Html {
    let decisions = &approval.decisions;
    Html::raw("<section aria-labelledby=\"people\">\n<h2 id=\"people\">Who decides</h2>\n<ul class=\"groups\">\n")
        .each(&approval.policy.groups, |one| group(one, decisions))
        .then("</ul>\n")
        .maybe(decisions.is_empty().then_some(()), |()| Html::raw("<p>Nobody has decided yet.</p>\n"))
        .then("<ul class=\"decisions\">\n")
        .each(decisions, decision)
        .then("</ul>\n<p class=\"hint\">One no is enough to stop it.</p>\n</section>\n")
}

fn group(group: &Group, decisions: &[Decision]) -> Html {
    let needed = format!("{} of {}", group.minimum, group.approvers.len());
    let missing = match group.missing(decisions) {
        0 => "agreed".to_owned(),
        missing => format!("{missing} more needed"),
    };
    Html::raw("<li><b>")
        .text(&group.name)
        .then("</b> ")
        .text(&needed)
        .then(" must agree, ")
        .text(&missing)
        .then(": ")
        .text(&group.approvers.join(", "))
        .then("</li>\n")
}

fn decision(decision: &Decision) -> Html {
    let Decision { approver, approved, reason, at } = decision;
    Html::raw(if *approved { "<li class=\"yes\"><b>" } else { "<li class=\"no\"><b>" })
        .text(approver)
        .then(if *approved { "</b> approved, " } else { "</b> rejected, " })
        .text(&when::at(*at))
        .maybe(reason.as_ref(), |reason| Html::raw("<blockquote>").text(reason).then("</blockquote>"))
        .then("</li>\n")
}
