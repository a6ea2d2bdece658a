//! The rules of the parser and the validator: stable names, and what each says.
//!
//! Comes in: nothing. Goes out: the list, for documentation and for `kintsugi check`.
//! Never: a rule that is not in the list; debug builds assert it.

/// Every rule a [`crate::Finding`] can have, with one line about it, in alphabetical order.
pub const RULES: &[(&str, &str)] = &[
    ("alias-cycle", "a YAML alias stands inside what it names"),
    ("alias-expansion", "YAML aliases expand to more values than are read"),
    ("approve", "approvers and the number of approvals do not fit"),
    ("attachment", "a script's attachment is not declared under files"),
    ("boolean-as-text", "a flag is the text 'true' or 'false'"),
    ("cancel-target", "onCancel leads to an action that AWS documents as impossible there"),
    ("condition", "a condition or choice is malformed"),
    ("cycle", "steps lead round in a circle"),
    ("default-expansion", "defaults refer to each other in a circle, too deep, or expand to too much"),
    ("default-not-allowed", "a default is not one of allowedValues"),
    ("default-reference", "a default refers to what SSM does not document, or to what has no value yet"),
    ("default-type", "a default is not of the declared type"),
    ("deprecated-runtime", "a script's runtime is no longer supported"),
    ("document-size", "the document is larger than SSM takes"),
    ("document-too-large", "the document is larger than is read"),
    ("duplicate-key", "a key stands twice in one mapping"),
    ("duplicate-output", "a step declares an output twice"),
    ("duplicate-step", "two steps have one name"),
    ("dynamic-api", "Service or Api is a reference, so permissions cannot be derived"),
    ("end-and-next", "isEnd: true and nextStep in one step"),
    ("exclusive-inputs", "inputs of which only one is possible"),
    ("handler-with-powershell", "a PowerShell script has a Handler"),
    ("indentation", "text in brackets or quotes goes on further left than its key"),
    ("jump-into-loop", "a step outside a loop leads into its body"),
    ("key-not-text", "a mapping key is not text"),
    ("leading-zero", "an unquoted number loses its leading zero"),
    ("missing-input", "an action's required input is missing"),
    ("missing-key", "a required key is missing"),
    ("nesting", "lists and mappings are nested too deep"),
    ("no-steps", "mainSteps is missing or empty"),
    ("not-a-mapping", "the document is not a mapping"),
    ("not-critical-abort", "isCritical: false beside a failure that aborts"),
    ("on-cancel", "onCancel is neither Abort nor step:NAME, or the action has none"),
    ("on-failure", "onFailure is none of Abort, Continue and step:NAME"),
    ("output-name", "a document output is not of the form step.Output"),
    ("output-without-type", "a step's output has no Type"),
    ("parameter-name", "a parameter's name is not alphanumeric"),
    ("pattern", "an allowedPattern cannot be read and is not applied"),
    ("private-action", "an action that only AWS's own documents may use"),
    ("reference-elsewhere", "a reference to a step on another branch: it stays text"),
    ("reference-too-early", "a reference to a step that can only run later, or to the step itself"),
    ("repeated-create", "a repeated attempt may create a stack twice"),
    ("schema-version", "schemaVersion is not the text 0.3"),
    ("selector", "a selector is not a JSONPath"),
    ("selector-root", "a selector has no leading $"),
    ("self-reference", "a parameter's default refers to the parameter"),
    ("several-documents", "the file holds more than one YAML document"),
    ("sleep", "Duration and Timestamp do not give a sleep"),
    ("spelling", "Service or Api is spelt unusually"),
    ("ssm-reference", "{{ ssm:… }} outside a parameter's default"),
    ("step-name", "a step's name has characters that are not possible"),
    ("syntax", "the text is neither YAML nor JSON"),
    ("undeclared-output", "a reference to an output that the step does not have"),
    ("undeclared-parameter", "a reference to a parameter that is not declared"),
    ("undeclared-variable", "a reference to a variable that is not declared"),
    ("unknown-action", "there is no such action"),
    ("unknown-global", "there is no such global: or automation: value"),
    ("unknown-input", "an action has no such input"),
    ("unknown-key", "a key that is not known there"),
    ("unknown-operator", "there is no such operator"),
    ("unknown-step", "there is no such step"),
    ("unknown-type", "there is no such type"),
    ("unreachable-step", "no step leads there"),
    ("update-variable", "the name of the variable is not variable:NAME"),
    ("wait-without-timeout", "a wait without timeoutSeconds lasts an hour"),
    ("wrong-type", "a value is of the wrong type"),
    ("yaml-tag", "a YAML tag, which means nothing in a runbook"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_in_alphabetical_order_and_unique() {
        assert!(RULES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
