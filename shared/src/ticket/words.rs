//! A deployment's own words in a ticket: names between `{{` and `}}` in a line, headings in a body of its own.
//!
//! Comes in: a text of the rules, and a draft. Goes out: the text with what is named filled in, the body in the order that
//! is wanted. Never: a name that no ticket knows, or something filled in that is read again.

use super::draft::{Body, Draft};
use super::rules::Wishes;
use super::text::{clean, clip};

/// What a draft says of itself.
const OWN: [&str; 6] = ["title", "severity", "kind", "binding", "runbook", "fingerprint"];

/// The labels of the facts that tickets have: of a resource, a run, an alarm, an automation, an approval, an event.
const FACTS: [&str; 32] = [
    "Resource",
    "ARN",
    "Account",
    "Region",
    "Noticed by",
    "Since",
    "Function",
    "Execution",
    "Mode",
    "Taken up",
    "Began",
    "Ended",
    "Runbook",
    "Decision",
    "Verification",
    "Metric",
    "Dimensions",
    "Triggered by",
    "Document",
    "Status",
    "Started by",
    "State",
    "Must agree",
    "Until",
    "Risk",
    "Cost",
    "Page",
    "Plan",
    "Source",
    "Detail type",
    "Event id",
    "Invocation",
];

/// The headings of the sections that tickets have.
const HEADINGS: [&str; 11] = [
    "What broke",
    "What happened",
    "What is left to do",
    "How to look at it or undo it",
    "Once it is done, how to look at it or undo it",
    "Approval",
    "What was tried first",
    "What was tried",
    "What was undone",
    "Guards",
    "Record",
];

/// What is wrong with a deployment's words: a name that is not ended, or that no ticket has.
pub(super) fn problem(wishes: &Wishes) -> Option<String> {
    let lines = [&wishes.title, &wishes.before, &wishes.after].into_iter().flatten();
    let of_lines = lines.map(|text| names(text)?.into_iter().try_for_each(is_of_a_line));
    let of_body = wishes.body.iter().flat_map(|text| parts(text)).map(|part| is_of_a_body(&part));
    let of_headings = wishes.headings.keys().map(|heading| is_heading(heading));
    of_lines.chain(of_body).chain(of_headings).find_map(Result::err)
}

fn is_of_a_body(part: &str) -> Result<(), String> {
    match section(part) {
        Some(name) if HEADINGS.contains(&name) => Ok(()),
        _ => names(part)?.into_iter().try_for_each(is_of_a_line),
    }
}

fn is_of_a_line(name: &str) -> Result<(), String> {
    let known = || OWN.into_iter().chain(FACTS);
    if known().any(|fact| fact.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    if HEADINGS.contains(&name) {
        return Err(format!("{{{{ {name} }}}} is a section; it stands in `body`, as a paragraph of its own"));
    }
    Err(format!("no ticket has {name:?}; {}", meant(name, known().chain(HEADINGS))))
}

fn is_heading(name: &str) -> Result<(), String> {
    if HEADINGS.contains(&name) {
        Ok(())
    } else {
        Err(format!("no section is called {name:?}; {}", meant(name, HEADINGS)))
    }
}

/// What was probably meant, or else all there is.
fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = aws_api::nearest(name, known.iter().copied());
    if near.is_empty() {
        format!("there are {}", known.join(", "))
    } else {
        format!("did you mean {}?", near.join(" or "))
    }
}

/// The title in a deployment's words, of at most so many characters.
pub(super) fn title(text: &str, draft: &Draft, most: usize) -> String {
    clip(&clean(&filled(text, draft)), most)
}

/// The body as a deployment wants it: its own, or ours, between what is to stand before and after it.
pub(super) fn body(draft: &Draft, wishes: &Wishes) -> Body {
    // What has nothing to say of this ticket says it in our words.
    let own_body = wishes.body.as_ref().map(|text| own(text, draft)).filter(|body| !body.blocks().is_empty());
    let told = own_body.unwrap_or_else(|| draft.body.clone());
    let told = told.headings(|heading| wishes.headings.get(heading).cloned());
    let said = |text: &Option<String>| own(text.as_deref().unwrap_or_default(), draft);
    said(&wishes.before).followed_by(&told).followed_by(&said(&wishes.after))
}

/// Paragraphs with what they name, sections where a paragraph is nothing but a heading. A section that the ticket does not
/// have is left out.
fn own(text: &str, draft: &Draft) -> Body {
    parts(text).iter().fold(Body::default(), |body, part| match section(part).filter(|name| HEADINGS.contains(name)) {
        Some(name) => draft.body.section(name).iter().cloned().fold(body, Body::with),
        None => body.paragraph(filled(part, draft)),
    })
}

/// Paragraphs, which blank lines part.
fn parts(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.split(|line| line.is_empty()).map(|lines| lines.join("\n").trim().to_owned()).collect()
}

/// What a paragraph names that is nothing else.
fn section(part: &str) -> Option<&str> {
    let name = part.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!name.contains("{{")).then_some(name)
}

/// Names between `{{` and `}}`; an error where one is not ended.
fn names(text: &str) -> Result<Vec<&str>, String> {
    let parts = text.split("{{").skip(1);
    let named = parts.map(|part| match part.split_once("}}") {
        Some((name, _)) if !name.trim().is_empty() => Ok(name.trim()),
        _ => Err(format!("{:?} has a {{{{ without name and }}}}", clip(text, 80))),
    });
    named.collect()
}

/// With what is named filled in, or a dash where this ticket has no such thing; what is filled in is not read again.
fn filled(text: &str, draft: &Draft) -> String {
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        filled.push_str(named(name.trim(), draft).unwrap_or("-"));
        filled.push_str(rest);
    }
    filled
}

/// A draft's own words, and any fact of the ticket by its label.
fn named<'a>(name: &str, draft: &'a Draft) -> Option<&'a str> {
    match name.to_ascii_lowercase().as_str() {
        "title" => Some(&draft.title),
        "severity" => Some(draft.severity.word()),
        "kind" => Some(&draft.kind),
        "fingerprint" => Some(&draft.fingerprint),
        "runbook" => draft.runbook.as_deref(),
        "binding" => draft.binding.as_deref(),
        _ => draft.fact(name),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ticket::Block;
    use crate::ticket::compose::samples::{already_healthy, every, healed};

    fn drafts() -> Vec<Draft> {
        every().into_iter().map(|(_, draft)| draft).chain([healed(), already_healthy()]).collect()
    }

    fn wishes(body: &str) -> Wishes {
        Wishes { body: Some(body.to_owned()), ..Wishes::default() }
    }

    /// What no sample has: alarms over alarms.
    const UNSEEN: [&str; 1] = ["Triggered by"];

    #[test]
    fn every_fact_and_every_heading_of_every_ticket_can_be_named_and_no_others() {
        let (mut facts, mut headings) = (BTreeSet::from(UNSEEN.map(str::to_owned)), BTreeSet::new());
        for draft in drafts() {
            for block in draft.body.blocks() {
                match block {
                    Block::Heading(heading) => drop(headings.insert(heading.clone())),
                    Block::Facts(of) => facts.extend(of.iter().map(|fact| fact.label.clone())),
                    _ => {}
                }
            }
        }
        assert_eq!(facts, FACTS.map(str::to_owned).into());
        assert_eq!(headings, HEADINGS.map(str::to_owned).into());
    }

    #[test]
    fn a_body_of_ones_own_has_the_sections_it_names_in_its_own_order() {
        let wishes = Wishes {
            headings: [("What is left to do".to_owned(), "Zu tun".to_owned())].into(),
            after: Some("The end.".into()),
            ..wishes(
                "{{ title }}: {{account}}\n \t\n{{ What is left to do }}\n\n{{ What was undone }}\n\n{{ What broke }}\n",
            )
        };
        assert_eq!(problem(&wishes), None);
        let draft = every().remove(0).1;
        let body = body(&draft, &wishes);
        let headings = |body: &Body| {
            let all = body.blocks().iter().filter_map(|block| match block {
                Block::Heading(text) => Some(text.clone()),
                _ => None,
            });
            all.collect::<Vec<_>>()
        };
        assert_eq!(headings(&body), ["Zu tun", "What broke"]);
        assert_eq!(body.blocks().first(), Some(&Block::Paragraph(format!("{}: 123456789012", draft.title))));
        assert_eq!(body.blocks().last(), Some(&Block::Paragraph("The end.".into())));
        let todo = draft.body.section("What is left to do");
        assert_eq!(body.blocks()[2..1 + todo.len()], todo[1..], "all of the section, and nothing of the next");
        assert_eq!(
            super::body(&draft, &super::tests::wishes("{{ What was undone }}")),
            draft.body,
            "nobody gets an empty ticket"
        );
    }

    #[test]
    fn what_no_ticket_has_is_said_with_what_was_meant() {
        let title = |text: &str| Wishes { title: Some(text.to_owned()), ..Wishes::default() };
        let headings = Wishes { headings: [("What brok".to_owned(), "x".to_owned())].into(), ..Wishes::default() };
        for (wrong, expected) in [
            (title("{{ acount }}"), "no ticket has \"acount\"; did you mean Account?"),
            (title("{{ zzz }}"), "no ticket has \"zzz\"; there are title, severity"),
            (title("{{ title"), "without name and }}"),
            (title("{{ Guards }}"), "`body`, as a paragraph of its own"),
            (wishes("See {{ Guards }}"), "`body`, as a paragraph of its own"),
            (wishes("{{ What is left }}"), "did you mean What is left to do?"),
            (headings, "no section is called \"What brok\"; did you mean What broke?"),
        ] {
            let said = problem(&wrong).unwrap_or_default();
            assert!(said.contains(expected), "{wrong:?}: {said}");
        }
    }
}
