//! The rules of the parser and the validator: stable names, how grave, and what each says.
//!
//! Comes in: nothing. Goes out: the list, for documentation and for `kintsugi check`.
//! Never: a rule that is not in the list; debug builds assert it.

/// A rule that a [`crate::Finding`] can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable name (`unknown-step`).
    pub id: &'static str,
    /// How grave its findings are.
    pub level: Level,
    /// One sentence.
    pub says: &'static str,
}

/// How grave the findings of a rule are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The document is refused.
    Error,
    /// The document is accepted.
    Warning,
    /// By circumstances.
    Either,
}

impl Level {
    /// For documentation.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Either => "error or warning",
        }
    }
}

/// Every rule of the language, in alphabetical order.
pub const RULES: &[Rule] = &[
    rule("alias-cycle", Level::Error, "a YAML alias stands inside what it names"),
    rule("alias-expansion", Level::Error, "YAML aliases expand to more values than are read"),
    rule("approve", Level::Error, "approvers and the number of approvals do not fit"),
    rule("attachment", Level::Warning, "a script's attachment is not declared under files"),
    rule("attachment-file", Level::Error, "a file under files has no usable checksum, name or size"),
    rule("boolean-as-text", Level::Warning, "a flag is the text 'true' or 'false'"),
    rule("cancel-target", Level::Warning, "onCancel leads to an action that AWS documents as impossible there"),
    rule("condition", Level::Error, "a condition or choice is malformed"),
    rule("cycle", Level::Error, "steps lead round in a circle"),
    rule(
        "default-expansion",
        Level::Error,
        "defaults refer to each other in a circle, too deep, or expand to too much",
    ),
    rule("default-not-allowed", Level::Warning, "a default is not one of allowedValues"),
    rule(
        "default-reference",
        Level::Warning,
        "a default refers to what SSM does not document, or to what has no value yet",
    ),
    rule("default-type", Level::Either, "a default is not of the declared type"),
    rule("deprecated-runtime", Level::Warning, "a script's runtime is no longer supported"),
    rule("document-limits", Level::Warning, "there is more of something than SSM takes"),
    rule("document-size", Level::Warning, "the document is larger than SSM takes"),
    rule("document-too-large", Level::Error, "the document is larger than is read"),
    rule("duplicate-key", Level::Error, "a key stands twice in one mapping"),
    rule("duplicate-output", Level::Error, "a step declares an output twice"),
    rule("duplicate-step", Level::Error, "two steps have one name"),
    rule("dynamic-api", Level::Warning, "Service or Api is a reference, so permissions cannot be derived"),
    rule("end-and-next", Level::Error, "isEnd: true and nextStep in one step"),
    rule("exclusive-inputs", Level::Error, "inputs of which only one is possible"),
    rule("handler", Level::Warning, "a script has no function of its Handler's name"),
    rule("handler-with-powershell", Level::Error, "a PowerShell script has a Handler"),
    rule("indentation", Level::Warning, "text in brackets or quotes goes on further left than its key"),
    rule("input-value", Level::Either, "an input is outside what the action takes"),
    rule("jump-into-loop", Level::Error, "a step outside a loop leads into its body"),
    rule("key-not-text", Level::Error, "a mapping key is not text"),
    rule("leading-zero", Level::Warning, "an unquoted number loses its leading zero"),
    rule("merge-key", Level::Error, "a YAML merge key (<<), which not every reader knows"),
    rule("missing-input", Level::Error, "an action's required input is missing"),
    rule("missing-key", Level::Error, "a required key is missing"),
    rule("nested-loop", Level::Warning, "a loop inside a loop, which AWS does not document"),
    rule("nesting", Level::Error, "lists and mappings are nested too deep"),
    rule("no-steps", Level::Error, "mainSteps is missing or empty"),
    rule("not-a-mapping", Level::Error, "the document is not a mapping"),
    rule("not-critical-abort", Level::Warning, "isCritical: false beside a failure that aborts"),
    rule("on-cancel", Level::Error, "onCancel is neither Abort nor step:NAME, or the action has none"),
    rule("on-failure", Level::Error, "onFailure is none of Abort, Continue and step:NAME"),
    rule("output-name", Level::Error, "a document output is not of the form step.Output"),
    rule("output-without-type", Level::Warning, "a step's output has no Type"),
    rule("parameter-name", Level::Error, "a parameter's name is not alphanumeric"),
    rule("pattern", Level::Warning, "an allowedPattern cannot be read and is not applied"),
    rule("private-action", Level::Warning, "an action that only AWS's own documents may use"),
    rule("reference-elsewhere", Level::Warning, "a reference to a step on another branch: it stays text"),
    rule("reference-too-early", Level::Error, "a reference to a step that can only run later, or to the step itself"),
    rule("repeated-create", Level::Warning, "a repeated attempt may create a stack twice"),
    rule("schema-version", Level::Error, "schemaVersion is not the text 0.3"),
    rule("selector", Level::Error, "a selector is not a JSONPath"),
    rule("selector-root", Level::Warning, "a selector has no leading $"),
    rule("self-reference", Level::Warning, "a parameter's default refers to the parameter"),
    rule("several-documents", Level::Error, "the file holds more than one YAML document"),
    rule("sleep", Level::Error, "Duration and Timestamp do not give a sleep"),
    rule("spelling", Level::Warning, "Service or Api is spelt unusually"),
    rule("ssm-reference", Level::Error, "{{ ssm:… }} outside a parameter's default"),
    rule("step-name", Level::Error, "a step's name has characters that are not possible"),
    rule("syntax", Level::Error, "the text is neither YAML nor JSON"),
    rule("timeout", Level::Warning, "timeoutSeconds is longer than the action can last"),
    rule("undeclared-output", Level::Warning, "a reference to an output that the step does not have"),
    rule("undeclared-parameter", Level::Error, "a reference to a parameter that is not declared"),
    rule("undeclared-variable", Level::Error, "a reference to a variable that is not declared"),
    rule("unknown-action", Level::Error, "there is no such action"),
    rule("unknown-global", Level::Error, "there is no such global: or automation: value"),
    rule("unknown-input", Level::Warning, "an action has no such input"),
    rule("unknown-key", Level::Error, "a key that is not known there"),
    rule("unknown-operator", Level::Error, "there is no such operator"),
    rule("unknown-runtime", Level::Warning, "a script's runtime is not one that AWS documents"),
    rule("unknown-step", Level::Error, "there is no such step"),
    rule("unknown-type", Level::Error, "there is no such type"),
    rule("unreachable-step", Level::Warning, "no step leads there"),
    rule("update-variable", Level::Error, "the name of the variable is not variable:NAME"),
    rule("wait-without-timeout", Level::Warning, "a wait without timeoutSeconds lasts an hour"),
    rule("wrong-type", Level::Either, "a value is of the wrong type"),
    rule("yaml-tag", Level::Error, "a YAML tag, which means nothing in a runbook"),
];

const fn rule(id: &'static str, level: Level, says: &'static str) -> Rule {
    Rule { id, level, says }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_in_alphabetical_order_and_unique() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
    }
}
