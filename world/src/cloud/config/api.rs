//! AWS Config's API, as far as rules and compliance go.
//!
//! Comes in: an operation and its input. Goes out: its output, or AWS's error.
//! Never: recorders, aggregators, conformance packs; those are moto's.

use serde_json::{Map, Value, json};

use super::rule::{Compliance, Evaluation, Rule};
use super::service::{Config, MOST_AT_ONCE, no_such_rule};
use super::{exceptions, identity, recorded};
use crate::clock;
use crate::gateway::respond::AwsError;

type Input = Map<String, Value>;
type Answer = Result<Value, AwsError>;

const PAGE: usize = 100;

/// Answers the operation, or `None` when it is not one of rules.
pub async fn answer(config: &Config, operation: &str, input: &Input) -> Option<Answer> {
    Some(match operation {
        "PutConfigRule" => config.put(input.get("ConfigRule").unwrap_or(&Value::Null)).await.map(|()| json!({})),
        "DescribeConfigRules" => describe_rules(config, input).await,
        "DeleteConfigRule" => delete(config, input).await,
        "StartConfigRulesEvaluation" => start(config, input).await,
        "DescribeConfigRuleEvaluationStatus" => evaluation_status(config, input).await,
        "DescribeComplianceByConfigRule" => compliance_by_rule(config, input).await,
        "DescribeComplianceByResource" => compliance_by_resource(config, input).await,
        "GetComplianceDetailsByConfigRule" => details_by_rule(config, input).await,
        "GetComplianceDetailsByResource" => details_by_resource(config, input).await,
        "PutRemediationExceptions" => exceptions::put(config, input).await,
        "DescribeRemediationExceptions" => exceptions::describe(config, input).await,
        "DeleteRemediationExceptions" => exceptions::delete(config, input).await,
        "BatchGetResourceConfig" => recorded::batch(config.moto(), input).await,
        "ListDiscoveredResources" => return discovered(config, input).await,
        _ => return None,
    })
}

/// Of users and policies; of the other types moto tells.
async fn discovered(config: &Config, input: &Input) -> Option<Answer> {
    let all = match identity::identifiers(config.moto(), text(input, "resourceType")?).await {
        Ok(all) => all?,
        Err(error) => return Some(Err(AwsError::new("InternalFailure", error.to_string()))),
    };
    let (ids, name) = (texts(input, "resourceIds"), text(input, "resourceName"));
    let wanted = |one: &Value| {
        let id = ids.is_empty() || ids.iter().any(|id| one["resourceId"] == id.as_str());
        id && name.is_none_or(|name| one["resourceName"] == name)
    };
    Some(Ok(json!({ "resourceIdentifiers": all.into_iter().filter(wanted).collect::<Vec<_>>() })))
}

async fn describe_rules(config: &Config, input: &Input) -> Answer {
    let rules = chosen(config, input).await?;
    page(input, "ConfigRules", rules.iter().map(Rule::describe).collect(), PAGE)
}

async fn delete(config: &Config, input: &Input) -> Answer {
    let name = required(input, "ConfigRuleName")?;
    let mut rules = config.rules().await;
    let rule = rules.get(name).ok_or_else(|| no_such_rule(name))?;
    if rule.running {
        return Err(AwsError::new(
            "ResourceInUseException",
            format!("The config rule {name} is being evaluated. Delete it when that has ended."),
        ));
    }
    rules.remove(name);
    Ok(json!({}))
}

async fn start(config: &Config, input: &Input) -> Answer {
    let names = texts(input, "ConfigRuleNames");
    if names.is_empty() || names.len() > MOST_AT_ONCE {
        let message = format!("ConfigRuleNames must have 1 to {MOST_AT_ONCE} names, not {}.", names.len());
        return Err(AwsError::new("InvalidParameterValueException", message));
    }
    config.start(&names).await.map(|()| json!({}))
}

async fn evaluation_status(config: &Config, input: &Input) -> Answer {
    let rules = chosen(config, input).await?;
    page(input, "ConfigRulesEvaluationStatus", rules.iter().map(status).collect(), PAGE)
}

fn status(rule: &Rule) -> Value {
    let times = [
        ("LastSuccessfulInvocationTime", rule.last_invoked),
        ("LastSuccessfulEvaluationTime", rule.last_evaluated),
        ("LastFailedEvaluationTime", rule.last_error.as_ref().map(|(_, at)| *at)),
        ("FirstActivatedTime", Some(rule.created)),
    ];
    let mut status = json!({
        "ConfigRuleName": rule.name,
        "ConfigRuleArn": rule.arn(),
        "ConfigRuleId": rule.id,
        "FirstEvaluationStarted": rule.first_started.is_some(),
    });
    for (member, time) in times {
        if let Some(time) = time {
            status[member] = json!(clock::epoch(time));
        }
    }
    if let Some((message, _)) = &rule.last_error {
        status["LastErrorCode"] = json!("InternalFailure");
        status["LastErrorMessage"] = json!(message);
    }
    status
}

async fn compliance_by_rule(config: &Config, input: &Input) -> Answer {
    let rules = chosen(config, input).await?;
    let wanted = texts(input, "ComplianceTypes");
    let items = rules.iter().map(|rule| {
        let word = rule.compliance().map_or("INSUFFICIENT_DATA", Compliance::word);
        (word, json!({ "ConfigRuleName": rule.name, "Compliance": compliance(word, rule.non_compliant(), 25) }))
    });
    page(input, "ComplianceByConfigRules", of_types(items, &wanted), PAGE)
}

async fn compliance_by_resource(config: &Config, input: &Input) -> Answer {
    let (kind, id) = (text(input, "ResourceType"), text(input, "ResourceId"));
    if id.is_some() && kind.is_none() {
        return Err(AwsError::new(
            "InvalidParameterValueException",
            "ResourceType is required when ResourceId is given.",
        ));
    }
    let rules = config.rules().await;
    let mut broken_rules: std::collections::BTreeMap<(&str, &str), usize> = std::collections::BTreeMap::new();
    for rule in rules.values().filter(|rule| kind.is_none_or(|kind| kind == rule.managed.resource_type)) {
        for (resource, result) in rule.results.iter().filter(|(resource, _)| id.is_none_or(|id| id == *resource)) {
            let broken = broken_rules.entry((rule.managed.resource_type, resource)).or_default();
            *broken += usize::from(result.compliance == Compliance::NonCompliant);
        }
    }
    let items = broken_rules.into_iter().map(|((kind, id), broken)| {
        let word = if broken > 0 { "NON_COMPLIANT" } else { "COMPLIANT" };
        (word, json!({ "ResourceType": kind, "ResourceId": id, "Compliance": compliance(word, broken, 25) }))
    });
    page(input, "ComplianceByResources", of_types(items, &texts(input, "ComplianceTypes")), PAGE)
}

/// AWS counts up to a cap, and only what is broken.
fn compliance(word: &str, broken: usize, cap: usize) -> Value {
    if broken == 0 {
        return json!({ "ComplianceType": word });
    }
    let count = json!({ "CappedCount": broken.min(cap), "CapExceeded": broken > cap });
    json!({ "ComplianceType": word, "ComplianceContributorCount": count })
}

async fn details_by_rule(config: &Config, input: &Input) -> Answer {
    let name = required(input, "ConfigRuleName")?;
    let rules = config.rules().await;
    let rule = rules.get(name).ok_or_else(|| no_such_rule(name))?;
    let items = rule.results.iter().map(|(id, result)| (result.compliance.word(), detail(rule, id, result)));
    page(input, "EvaluationResults", of_types(items, &texts(input, "ComplianceTypes")), 10)
}

async fn details_by_resource(config: &Config, input: &Input) -> Answer {
    let (kind, id) = (required(input, "ResourceType")?, required(input, "ResourceId")?);
    let rules = config.rules().await;
    let rules = rules.values().filter(|rule| rule.managed.resource_type == kind);
    let items = rules
        .filter_map(|rule| rule.results.get(id).map(|result| (result.compliance.word(), detail(rule, id, result))));
    page(input, "EvaluationResults", of_types(items, &texts(input, "ComplianceTypes")), 10)
}

fn detail(rule: &Rule, id: &str, result: &Evaluation) -> Value {
    json!({
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {
                "ConfigRuleName": rule.name,
                "ResourceType": rule.managed.resource_type,
                "ResourceId": id,
                "EvaluationMode": "DETECTIVE",
            },
            "OrderingTimestamp": clock::epoch(result.ordering),
        },
        "ComplianceType": result.compliance.word(),
        "ResultRecordedTime": clock::epoch(result.recorded),
        "ConfigRuleInvokedTime": clock::epoch(result.invoked),
    })
}

/// The rules named in `ConfigRuleNames`, or all.
async fn chosen(config: &Config, input: &Input) -> Result<Vec<Rule>, AwsError> {
    let names = texts(input, "ConfigRuleNames");
    let rules = config.rules().await;
    if names.is_empty() {
        return Ok(rules.values().cloned().collect());
    }
    names.iter().map(|name| rules.get(name).cloned().ok_or_else(|| no_such_rule(name))).collect()
}

fn of_types<'a>(items: impl Iterator<Item = (&'a str, Value)>, wanted: &[String]) -> Vec<Value> {
    items.filter(|(word, _)| wanted.is_empty() || wanted.iter().any(|one| one == word)).map(|(_, item)| item).collect()
}

/// One page: `Limit` items from where `NextToken` says.
fn page(input: &Input, member: &str, items: Vec<Value>, default: usize) -> Answer {
    let limit = input.get("Limit").and_then(Value::as_u64).filter(|limit| *limit > 0);
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default);
    let start = match text(input, "NextToken") {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| AwsError::new("InvalidNextTokenException", "The specified next token is not valid."))?,
    };
    let more = items.len() > start + limit;
    let items: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    let mut answer = json!({ member: items });
    if more {
        answer["NextToken"] = json!((start + limit).to_string());
    }
    Ok(answer)
}

fn text<'a>(input: &'a Input, member: &str) -> Option<&'a str> {
    input.get(member).and_then(Value::as_str)
}

fn required<'a>(input: &'a Input, member: &str) -> Result<&'a str, AwsError> {
    text(input, member)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| AwsError::new("InvalidParameterValueException", format!("{member} is required.")))
}

fn texts(input: &Input, member: &str) -> Vec<String> {
    input
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(value: Value) -> Input {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn pages_follow_each_other_until_the_end() {
        let items: Vec<Value> = (0..5).map(Value::from).collect();
        let first = page(&input(json!({"Limit": 2})), "Items", items.clone(), 10).unwrap();
        assert_eq!(first, json!({"Items": [0, 1], "NextToken": "2"}));
        let last = page(&input(json!({"Limit": 2, "NextToken": "4"})), "Items", items.clone(), 10).unwrap();
        assert_eq!(last, json!({"Items": [4]}));
        assert_eq!(
            page(&input(json!({"NextToken": "x"})), "Items", items, 10).unwrap_err().code,
            "InvalidNextTokenException"
        );
    }

    #[test]
    fn a_count_of_broken_resources_is_capped_as_aws_caps_it() {
        assert_eq!(compliance("COMPLIANT", 0, 25), json!({"ComplianceType": "COMPLIANT"}));
        let many = compliance("NON_COMPLIANT", 30, 25);
        assert_eq!(many["ComplianceContributorCount"], json!({"CappedCount": 25, "CapExceeded": true}));
    }
}
