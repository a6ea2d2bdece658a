//! What is wrong in the account now, as far as a binding claims it. Reads only, page by page.
//!
//! Comes in: bindings, and which function an ARN reaches. Goes out: faults, and what could not be looked at.
//! Never: a page too few; what is not seen is said.

use serde_json::{Value, json};
use shared::aws::{ApiError, Services};
use shared::catalogue::Binding;
use shared::telemetry::chain;

use crate::claim::{self, Doors};
use crate::fault::Fault;
use crate::{alarm, finding};

/// What was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) faults: Vec<Fault>,
    /// Alarms that are muted, one line each.
    pub(crate) muted: Vec<String>,
    /// What could not be looked at, one line each.
    pub(crate) unseen: Vec<String>,
}

/// Looks at alarms and at what AWS Config says.
pub(crate) async fn look(services: &Services, bindings: &[Binding], doors: &Doors) -> Seen {
    let (mut seen, of_config) = tokio::join!(alarms(services, bindings, doors), non_compliant(services, bindings));
    seen.faults.extend(of_config.faults);
    seen.unseen.extend(of_config.unseen);
    seen
}

async fn alarms(services: &Services, bindings: &[Binding], doors: &Doors) -> Seen {
    let input = json!({"StateValue": "ALARM", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100});
    let found = services.all("cloudwatch", "DescribeAlarms", input, &["MetricAlarms", "CompositeAlarms"]).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return unseen("the alarms", &error),
    };
    let mut seen = Seen::default();
    let mut claimed = vec![];
    for described in found.iter().filter(|alarm| alarm["StateValue"] == "ALARM") {
        claimed.extend(faults_of(bindings, doors, described));
    }
    match muted(services, &claimed).await {
        Ok(muted) => {
            seen.muted = muted;
            claimed.retain(|fault| !seen.muted.contains(&fault.what));
            seen.faults = claimed;
        }
        // Whoever muted an alarm wants nothing done about it: unknown is no.
        Err(error) => seen.unseen.push(format!("which alarms are muted: {}", chain(&error))),
    }
    seen
}

fn faults_of(bindings: &[Binding], doors: &Doors, described: &Value) -> Vec<Fault> {
    let Some((event, since)) = alarm::event(described) else { return vec![] };
    let name = described["AlarmName"].as_str().unwrap_or_default();
    let claims = claim::of_alarm(bindings, doors, described, &event).into_iter();
    let fault = |binding: &Binding| Fault {
        id: event["id"].as_str().unwrap_or_default().to_owned(),
        what: of_alarm(name),
        subject: subject(binding, described).unwrap_or_else(|| of_alarm(name)),
        joined: described["AlarmRule"].is_string(),
        since,
        again: false,
        binding: binding.name.clone(),
        function: binding.function.clone(),
        event: event.clone(),
    };
    claims.map(fault).collect()
}

fn of_alarm(name: &str) -> String {
    format!("alarm {name}")
}

/// The dimension that names the resource.
fn subject(binding: &Binding, described: &Value) -> Option<String> {
    let on = binding.when.alarm.as_ref()?;
    let mut pairs = described["Dimensions"].as_array().into_iter().flatten();
    let value = pairs.find(|pair| pair["Name"] == on.dimension.as_str())?["Value"].as_str()?;
    Some(format!("{}/{value}", on.dimension))
}

/// Those of the alarms that an active mute rule is about.
async fn muted(services: &Services, claimed: &[Fault]) -> Result<Vec<String>, ApiError> {
    let active = json!({"Statuses": ["ACTIVE"]});
    let any = services.all("cloudwatch", "ListAlarmMuteRules", active.clone(), &["AlarmMuteRuleSummaries"]).await?;
    if any.is_empty() {
        return Ok(vec![]);
    }
    let mut muted = vec![];
    for fault in claimed {
        let mut input = active.clone();
        input["AlarmName"] = fault.event["detail"]["alarmName"].clone();
        input["MaxRecords"] = json!(1);
        let answer = services.call("cloudwatch", "ListAlarmMuteRules", input).await?;
        if answer["AlarmMuteRuleSummaries"].as_array().is_some_and(|rules| !rules.is_empty()) {
            muted.push(fault.what.clone());
        }
    }
    Ok(muted)
}

async fn non_compliant(services: &Services, bindings: &[Binding]) -> Seen {
    let rules = match services.all("config", "DescribeConfigRules", json!({}), &["ConfigRules"]).await {
        Ok(rules) => rules,
        Err(error) => return unseen("the rules of AWS Config", &error),
    };
    let mut seen = Seen::default();
    for rule in &rules {
        let Some(binding) = claim::of_rule(bindings, rule) else { continue };
        match results(services, rule).await {
            Ok(results) => seen.faults.extend(results.iter().filter_map(|result| of_result(binding, rule, result))),
            Err(error) => {
                let name = rule["ConfigRuleName"].as_str().unwrap_or_default();
                seen.unseen.push(format!("what {name} says: {}", chain(&error)));
            }
        }
    }
    seen
}

async fn results(services: &Services, rule: &Value) -> Result<Vec<Value>, ApiError> {
    let input = json!({"ConfigRuleName": rule["ConfigRuleName"], "ComplianceTypes": ["NON_COMPLIANT"], "Limit": 100});
    services.all("config", "GetComplianceDetailsByConfigRule", input, &["EvaluationResults"]).await
}

fn of_result(binding: &Binding, rule: &Value, result: &Value) -> Option<Fault> {
    if result["ComplianceType"] != "NON_COMPLIANT" || !claim::is_of_its_type(binding, result) {
        return None;
    }
    let (event, since) = finding::event(rule["ConfigRuleArn"].as_str()?, result)?;
    let text = |member: &str| event["detail"][member].as_str().unwrap_or_default().to_owned();
    let subject = format!("{}/{}", text("resourceType"), text("resourceId"));
    Some(Fault {
        id: event["id"].as_str()?.to_owned(),
        what: format!("{subject} with {}", text("configRuleName")),
        subject,
        joined: false,
        since,
        again: false,
        binding: binding.name.clone(),
        function: binding.function.clone(),
        event,
    })
}

fn unseen(what: &str, error: &ApiError) -> Seen {
    Seen { unseen: vec![format!("{what}: {}", chain(error))], ..Seen::default() }
}
