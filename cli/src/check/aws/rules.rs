//! The rules about AWS's services and about bindings, beside those of the language. What AWS takes at the document's creation and refuses
//! only when the step runs is a warning: such documents exist, and run as long as they do not come to that step.
//!
//! Comes in: nothing. Goes out: the list, for documentation and reports. Never: a rule of the language.

use engine::{Level, Rule};

const fn rule(id: &'static str, level: Level, says: &'static str) -> Rule {
    Rule { id, level, says }
}

/// In alphabetical order.
pub(crate) const RULES: &[Rule] = &[
    rule("binding", Level::Error, "a binding does not fit its runbook, its event, or itself"),
    rule("binding-without-example", Level::Warning, "no example event is one that a binding waits for"),
    rule("member-type", Level::Warning, "a member of the input is of a type that the operation does not take"),
    rule("member-value", Level::Warning, "a member's value is outside what the operation takes"),
    rule("missing-member", Level::Warning, "a member that the operation requires is missing"),
    rule("output-member", Level::Warning, "a selector names what the operation's answer does not have"),
    rule("output-type", Level::Warning, "what a selector finds does not fit the output's Type"),
    rule("reference-type", Level::Warning, "a reference's declared type does not fit the member"),
    rule("unknown-api", Level::Error, "the service has no such operation"),
    rule("unknown-member", Level::Warning, "the operation's input has no such member"),
    rule("unknown-service", Level::Error, "AWS has no such service"),
    rule("unusable-api", Level::Error, "the operation streams, or is not one that a runbook can call"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_about_aws_are_in_order_and_none_is_the_languages() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        let of_language = |rule: &Rule| engine::RULES.iter().any(|known| known.id == rule.id);
        assert!(!RULES.iter().any(of_language));
    }

    #[test]
    fn the_page_of_the_command_lists_every_rule_about_aws() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
        let page = std::fs::read_to_string(page).unwrap();
        for rule in RULES {
            let row = format!("| {} | {} | {} |", rule.id, rule.level.words(), rule.says);
            assert!(page.contains(&row), "no row {row}");
        }
    }
}
