//! Automation documents in SSM, AWS's own and an account's, as runbooks that start one on SSM Automation and follow it to its
//! end.
//!
//! Comes in: a binding that names one, and `runbooks/ssm-documents.yaml`. Goes out: a runbook like any other, so that plans,
//! guards, the stop switch, replays and tickets are the same. Never: a document that nobody wrote down, a parameter that
//! the binding does not give; a document has its own defaults.

use std::collections::BTreeMap;

use engine::{Document, yaml};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Binding, CatalogueError};

const TABLE: &str = include_str!("../../../runbooks/ssm-documents.yaml");
/// No account may give such a name to a document of its own.
const OWNER: &str = "AWS";
/// What stands before the name of any other document: `ssm:Shop-RestartWorkers`, or the ARN of a shared one.
const IN_SSM: &str = "ssm:";
/// The parameter by which a document is given the role it works as. Without it, it works as whoever starts it.
const ROLE: &str = "AutomationAssumeRole";
/// Statuses that do not change any more.
const ENDED: [&str; 8] = [
    "Success",
    "Failed",
    "TimedOut",
    "Cancelled",
    "Rejected",
    "Exited",
    "CompletedWithSuccess",
    "CompletedWithFailure",
];
const WELL: [&str; 2] = ["Success", "CompletedWithSuccess"];
/// How the status and the reason are read from `GetAutomationExecution` together.
const STATUS_AND_REASON: &str = "$.AutomationExecution['AutomationExecutionStatus','FailureMessage']";

/// What is known of a document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SsmDocument {
    /// Its parameters, as it declares them.
    parameters: Map<String, Value>,
    /// Longest time it may take, in seconds.
    takes_up_to: u64,
    /// What the role it runs as must be allowed.
    pub role: Vec<String>,
}

/// The name in SSM of what a binding runs, if that is a document there and no runbook of ours: AWS's own, or any other as
/// `ssm:NAME`.
#[must_use]
pub fn name_in_ssm(runbook: &str) -> Option<&str> {
    let of_aws = || (runbook.starts_with(OWNER) && runbook.contains('-')).then_some(runbook);
    runbook.strip_prefix(IN_SSM).or_else(of_aws)
}

/// Whether it is one.
#[must_use]
pub fn is_ssm_document(runbook: &str) -> bool {
    name_in_ssm(runbook).is_some()
}

/// Every document of a text of the form of `runbooks/ssm-documents.yaml`; without one, of this build.
///
/// # Errors
/// It is not as it should be.
pub fn ssm_documents(text: Option<&str>) -> Result<BTreeMap<String, SsmDocument>, CatalogueError> {
    yaml::from_str(text.unwrap_or(TABLE)).map_err(CatalogueError::SsmDocuments)
}

/// The runbook by which a binding runs a document in SSM.
///
/// # Errors
/// Nobody wrote the document down, or not as it should be.
pub fn following(binding: &Binding, known: &BTreeMap<String, SsmDocument>) -> Result<Document, CatalogueError> {
    let name = name_in_ssm(&binding.runbook).unwrap_or(&binding.runbook);
    let document = known.get(name).ok_or_else(|| CatalogueError::NoSsmDocument(name.to_owned()))?;
    let given: Vec<&str> = binding.parameters.iter().flat_map(|given| given.keys().map(String::as_str)).collect();
    if !document.role.is_empty() && !given.contains(&ROLE) {
        return Err(CatalogueError::NoRole(name.to_owned()));
    }
    engine::parse(&text(name, document, &given), name)
        .map_err(|findings| CatalogueError::Runbook { name: name.to_owned(), findings: findings.to_string() })
}

fn text(name: &str, document: &SsmDocument, given: &[&str]) -> String {
    let declared: Map<String, Value> =
        document.parameters.iter().map(|(name, declared)| (name.clone(), as_text(declared))).collect();
    json!({
        "schemaVersion": "0.3",
        "description": format!("Starts the document {name} on SSM Automation and follows it to its end."),
        "parameters": declared,
        "mainSteps": [start(name, document, given), follow(document), confirm(), stop(), settle()],
    })
    .to_string()
}

/// SSM takes the values of all parameters as text; what fits is held here by the pattern.
fn as_text(declared: &Value) -> Value {
    let mut declared = declared.clone();
    match declared["type"].as_str() {
        Some("Integer") => declared["allowedPattern"] = json!("^-?[0-9]+$"),
        Some("Boolean") => declared["allowedValues"] = json!(["true", "false"]),
        _ => return declared,
    }
    declared["type"] = json!("String");
    if let Some(default) = declared.get("default").filter(|default| !default.is_string()) {
        declared["default"] = json!(default.to_string());
    }
    declared
}

fn start(name: &str, document: &SsmDocument, given: &[&str]) -> Value {
    let passed = |name: &&str| {
        let reference = format!("{{{{ {name} }}}}");
        let is_list = document.parameters.get(*name).is_some_and(|declared| declared["type"] == "StringList");
        ((*name).to_owned(), if is_list { json!(reference) } else { json!([reference]) })
    };
    // What the document does not have is told by the check of the binding.
    let known = given.iter().filter(|name| document.parameters.contains_key(**name));
    let parameters: Map<String, Value> = known.map(passed).collect();
    let mut inputs = json!({ "Service": "ssm", "Api": "StartAutomationExecution", "DocumentName": name });
    if !parameters.is_empty() {
        inputs["Parameters"] = Value::Object(parameters);
    }
    json!({
        "name": "startAutomation",
        "action": "aws:executeAwsApi",
        "description": "A repeated start is the same execution: the call has a token.",
        "timeoutSeconds": 60,
        "maxAttempts": 3,
        "onFailure": "Abort",
        "inputs": inputs,
        "outputs": [{ "Name": "Id", "Selector": "$.AutomationExecutionId", "Type": "String" }],
    })
}

fn follow(document: &SsmDocument) -> Value {
    json!({
        "name": "followAutomation",
        "action": "aws:waitForAwsResourceProperty",
        "timeoutSeconds": document.takes_up_to,
        "onFailure": "step:stopAutomation",
        "onCancel": "step:stopAutomation",
        "inputs": looked("$.AutomationExecution.AutomationExecutionStatus", &ENDED),
    })
}

fn confirm() -> Value {
    json!({
        "name": "confirmSuccess",
        "action": "aws:assertAwsResourceProperty",
        "description": "Where it did not succeed, this says why.",
        "timeoutSeconds": 60,
        "maxAttempts": 1,
        "onFailure": "Abort",
        "isEnd": true,
        "inputs": looked(STATUS_AND_REASON, &WELL),
    })
}

fn stop() -> Value {
    json!({
        "name": "stopAutomation",
        "action": "aws:executeAwsApi",
        "description": "Only where this run is stopped or out of time. The document's own way back runs.",
        "timeoutSeconds": 60,
        "maxAttempts": 3,
        "isCritical": false,
        "onFailure": "Continue",
        "inputs": {
            "Service": "ssm", "Api": "StopAutomationExecution", "Type": "Cancel",
            "AutomationExecutionId": "{{ startAutomation.Id }}",
        },
    })
}

fn settle() -> Value {
    json!({
        "name": "waitUntilEnded",
        "action": "aws:waitForAwsResourceProperty",
        "timeoutSeconds": 300,
        "onFailure": "Abort",
        "isEnd": true,
        "inputs": looked("$.AutomationExecution.AutomationExecutionStatus", &ENDED),
    })
}

fn looked(selector: &str, desired: &[&str]) -> Value {
    json!({
        "Service": "ssm", "Api": "GetAutomationExecution", "AutomationExecutionId": "{{ startAutomation.Id }}",
        "PropertySelector": selector, "DesiredValues": desired,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(runbook: &str, parameters: &str) -> Binding {
        let text = format!("{{name: b, function: f, when: {{}}, runbook: {runbook}, parameters: {parameters}}}");
        yaml::from_str(&text).unwrap()
    }

    fn table() -> BTreeMap<String, SsmDocument> {
        ssm_documents(Some(
            "AWS-Mend:\n  parameters:\n    Id: {type: String}\n    Names: {type: StringList, default: []}\n    \
             Count: {type: Integer, default: 3}\n    Force: {type: Boolean, default: false}\n  takesUpTo: 60\n  role: []\n\
             Shop-RestartWorkers:\n  parameters: {Id: {type: String}, AutomationAssumeRole: {type: String}}\n  takesUpTo: 60\n  \
             role: ['ecs:UpdateService']\n",
        ))
        .unwrap()
    }

    #[test]
    fn what_is_given_is_passed_on_as_ssm_takes_it_and_nothing_else() {
        let given = binding("AWS-Mend", "{Id: a, Names: [b, c], Force: true}");
        let document = following(&given, &table()).unwrap();
        assert!(engine::validate(&document).is_empty(), "{}", engine::validate(&document));
        let inputs = &document.step("startAutomation").unwrap().inputs;
        let passed = json!({"Id": ["{{ Id }}"], "Names": "{{ Names }}", "Force": ["{{ Force }}"]});
        assert_eq!((&inputs["DocumentName"], &inputs["Parameters"]), (&json!("AWS-Mend"), &passed));
        let calls: Vec<String> = engine::api_calls(&document).into_iter().map(|(_, api, _)| api).collect();
        for api in ["StartAutomationExecution", "GetAutomationExecution", "StopAutomationExecution"] {
            assert!(calls.iter().any(|call| call == api), "{calls:?}");
        }
    }

    #[test]
    fn a_document_of_ones_own_is_started_by_its_name() {
        let document =
            following(&binding("\"ssm:Shop-RestartWorkers\"", "{Id: a, AutomationAssumeRole: r}"), &table()).unwrap();
        assert!(engine::validate(&document).is_empty(), "{}", engine::validate(&document));
        let inputs = &document.step("startAutomation").unwrap().inputs;
        assert_eq!(inputs["DocumentName"], json!("Shop-RestartWorkers"));
        let as_the_function = following(&binding("\"ssm:Shop-RestartWorkers\"", "{Id: a}"), &table()).unwrap_err();
        assert!(as_the_function.to_string().contains("AutomationAssumeRole"), "{as_the_function}");
        assert!(!is_ssm_document("Shop-RestartWorkers"), "without ssm: it is a runbook of ours");
        let error = following(&binding("\"ssm:Shop-Unknown\"", "{}"), &table()).unwrap_err().to_string();
        assert!(error.contains("what parameters Shop-Unknown has"), "{error}");
    }

    #[test]
    fn every_document_that_is_written_down_can_be_followed_with_all_its_parameters() {
        for (name, known) in ssm_documents(None).unwrap() {
            let all = known.parameters.keys().map(|name| format!("{name}: x")).collect::<Vec<_>>().join(", ");
            let document = following(
                &binding(&format!("\"{IN_SSM}{name}\""), &format!("{{{all}}}")),
                &ssm_documents(None).unwrap(),
            )
            .unwrap();
            assert!(engine::validate(&document).is_empty(), "{name}: {}", engine::validate(&document));
        }
    }

    #[test]
    fn a_document_that_nobody_wrote_down_is_refused_with_what_to_do() {
        let error = following(&binding("AWS-Unknown", "{}"), &table()).unwrap_err().to_string();
        assert!(error.contains("AWS-Unknown") && error.contains("runbooks/ssm-documents.yaml"), "{error}");
        assert!(!is_ssm_document("close-database"));
    }
}
