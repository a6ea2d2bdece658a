//! The rule itself says whether the resource is compliant again.

use aws_sdk_config::Client;
use aws_sdk_config::types::{ComplianceType, EvaluationResult};
use shared::incident::Incident;
use shared::remediation::{Look, Unseen};

/// Has the rule evaluated again: a periodic rule would take up to a day.
pub(crate) async fn ask_again(config: &Client, incident: &Incident) -> Result<(), Unseen> {
    let rule = &incident.noticed_by;
    let asked = config.start_config_rules_evaluation().config_rule_names(rule).send().await;
    asked.map(drop).map_err(|error| Unseen::sdk(&format!("rule {rule} could not be asked to evaluate now"), &error))
}

/// Healed is COMPLIANT with the very rule that noticed the fault.
pub(crate) async fn look(config: &Client, incident: &Incident) -> Result<Look, Unseen> {
    let Some(resource) = &incident.resource else { return Err(Unseen("the incident names no resource".into())) };
    let request = config.get_compliance_details_by_resource().resource_type(&resource.kind).resource_id(&resource.id);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Unseen::sdk("the compliance cannot be looked at", &error))?;
        if let Some(result) =
            page.evaluation_results().iter().find(|result| rule_of(result) == Some(&incident.noticed_by))
        {
            return Ok(look_of(result));
        }
    }
    Ok(Look { healed: false, seen: format!("AWS Config has no result of {} for {}", incident.noticed_by, resource.id) })
}

fn rule_of(result: &EvaluationResult) -> Option<&str> {
    result.evaluation_result_identifier()?.evaluation_result_qualifier()?.config_rule_name()
}

fn look_of(result: &EvaluationResult) -> Look {
    let compliance = result.compliance_type().map_or("nothing", ComplianceType::as_str);
    Look { healed: compliance == "COMPLIANT", seen: format!("AWS Config says {compliance}") }
}
