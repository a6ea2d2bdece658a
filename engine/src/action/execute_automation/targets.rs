//! The targets of a rate-controlled child: what there is one execution for.
//!
//! Comes in: Targets or TargetMaps as written. Goes out: the parameters of each child, in a fixed order, none twice.
//! Never: a target by another rule than the runbook names: values, a tag, a resource group, or instances.

use serde_json::{Map, Value, json};

use super::inputs::{Children, Many, listed};
use crate::action::Call;
use crate::document::Document;
use crate::run::{Attempt, Cause, Stop};

/// SSM takes no more values.
const MOST_VALUES: usize = 50;
/// So many pages are read of one target. A page has up to 100 resources.
const PAGES: u32 = 50;

/// A list that comes in pages.
struct Pages {
    service: &'static str,
    api: &'static str,
    input: Value,
    items: &'static str,
    /// Where an item has its ARN or id.
    id: fn(&Value) -> Option<&str>,
    /// The member that asks for the next page, and that names it.
    token: &'static str,
}

/// The parameters of each child.
pub(super) async fn children(
    attempt: &mut Attempt<'_>,
    many: &Many,
    document: &Document,
    common: &Map<String, Value>,
) -> Result<Vec<Map<String, Value>>, Stop> {
    let with = |own: Map<String, Value>| {
        let mut parameters = common.clone();
        parameters.extend(own);
        parameters
    };
    match &many.children {
        Children::Maps(maps) => Ok(maps.iter().filter_map(Value::as_object).map(|map| with(listed(map))).collect()),
        Children::Targets { parameter, targets } => {
            let kind = document.parameter(parameter).map(|parameter| parameter.declared_type.clone());
            let kind = kind.ok_or_else(|| {
                Stop::inputs(format!("TargetParameterName is {parameter}, which {} does not have", document.name))
            })?;
            let values = values(attempt, targets, &kind).await?;
            Ok(values.into_iter().map(|value| with(Map::from_iter([(parameter.clone(), json!([value]))]))).collect())
        }
    }
}

/// What the targets stand for, in their order.
async fn values(attempt: &mut Attempt<'_>, targets: &[Value], kind: &str) -> Result<Vec<String>, Stop> {
    let mut all: Vec<String> = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let key = target["Key"].as_str().unwrap_or_default();
        let given: Vec<String> =
            target["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let found = match pages(key, &given, kind)? {
            None => given,
            Some(lists) => read(attempt, index, lists).await?,
        };
        for value in found {
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    if all.is_empty() {
        return Err(Stop::failed(Cause::Property { seen: json!([]) }, "the targets name nothing"));
    }
    Ok(all)
}

/// What must be asked for a target; `None` if its values are what it stands for.
fn pages(key: &str, given: &[String], kind: &str) -> Result<Option<Vec<Pages>>, Stop> {
    if let Some(tag) = key.strip_prefix("tag:") {
        return Ok(Some(vec![tagged(tag, given, kind)]));
    }
    match key {
        "ParameterValues" if given.len() > MOST_VALUES => {
            Err(Stop::inputs(format!("ParameterValues has {} values; {MOST_VALUES} are possible", given.len())))
        }
        "InstanceIds" if given == ["*"] => Ok(Some(vec![managed()])),
        "ParameterValues" | "InstanceIds" => Ok(None),
        "ResourceGroup" => Ok(Some(given.iter().map(|group| grouped(group)).collect())),
        _ => Err(Stop::inputs(format!(
            "the target key {key} is not one of ParameterValues, tag:NAME, ResourceGroup, InstanceIds"
        ))),
    }
}

/// Resources with a tag; of one kind only, if the parameter has an AWS type that says so.
fn tagged(tag: &str, values: &[String], kind: &str) -> Pages {
    let mut filter = json!({ "Key": tag });
    if !values.is_empty() {
        filter["Values"] = json!(values);
    }
    let mut input = json!({"TagFilters": [filter]});
    if let Some(kind) = resource_type(kind) {
        input["ResourceTypeFilters"] = json!([kind]);
    }
    Pages {
        service: "resourcegroupstaggingapi",
        api: "GetResources",
        input,
        items: "ResourceTagMappingList",
        id: |item| item["ResourceARN"].as_str(),
        token: "PaginationToken",
    }
}

fn grouped(group: &str) -> Pages {
    Pages {
        service: "resource-groups",
        api: "ListGroupResources",
        input: json!({ "Group": group }),
        items: "Resources",
        id: |item| item["Identifier"]["ResourceArn"].as_str(),
        token: "NextToken",
    }
}

/// All instances that Systems Manager manages.
fn managed() -> Pages {
    Pages {
        service: "ssm",
        api: "DescribeInstanceInformation",
        input: json!({}),
        items: "InstanceInformationList",
        id: |item| item["InstanceId"].as_str(),
        token: "NextToken",
    }
}

fn resource_type(kind: &str) -> Option<&'static str> {
    let kind = kind.strip_prefix("List<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(kind);
    Some(match kind {
        "AWS::EC2::Instance::Id" => "ec2:instance",
        "AWS::EC2::Image::Id" => "ec2:image",
        "AWS::EC2::SecurityGroup::Id" => "ec2:security-group",
        "AWS::S3::Bucket::Name" => "s3",
        "AWS::IAM::Role::Arn" => "iam:role",
        _ => return None,
    })
}

async fn read(attempt: &mut Attempt<'_>, target: usize, lists: Vec<Pages>) -> Result<Vec<String>, Stop> {
    let mut found = Vec::new();
    for (index, mut list) in lists.into_iter().enumerate() {
        for page in 1..=PAGES {
            let what = format!("targets/{target}/{index}/{page}");
            let answer = attempt.call(&what, list.service, list.api, list.input.clone()).await?;
            let items = answer[list.items].as_array().into_iter().flatten();
            found.extend(items.filter_map(list.id).map(name).map(str::to_owned));
            match answer[list.token].as_str() {
                Some(token) if !token.is_empty() => list.input[list.token] = token.into(),
                _ => break,
            }
            if page == PAGES {
                return Err(Stop::inputs(format!("a target stands for more than {PAGES} pages of resources")));
            }
        }
    }
    Ok(found)
}

/// What a resource is called in its own service: the last part of its ARN.
fn name(arn: &str) -> &str {
    if !arn.starts_with("arn:") {
        return arn;
    }
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// The calls that find targets, for permissions.
pub(super) fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let keys = inputs.get("Targets").and_then(Value::as_array).into_iter().flatten();
    let lists = keys.filter_map(|target| {
        let values: Vec<String> =
            target["Values"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        pages(target["Key"].as_str()?, &values, "").ok().flatten()
    });
    lists.flatten().map(|list| (list.service.to_owned(), list.api.to_owned(), json!({}))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_as_its_own_service_names_it() {
        for (arn, expected) in [
            ("arn:aws:ec2:eu-west-1:123456789012:instance/i-1", "i-1"),
            ("arn:aws:s3:::bucket", "bucket"),
            ("arn:aws:rds:eu-west-1:123456789012:db:orders", "orders"),
            ("i-1", "i-1"),
        ] {
            assert_eq!(name(arn), expected);
        }
    }

    #[test]
    fn a_parameter_with_an_aws_type_takes_only_such_resources() {
        let with = |kind| tagged("Env", &["prod".into()], kind).input;
        assert_eq!(with("String"), json!({"TagFilters": [{"Key": "Env", "Values": ["prod"]}]}));
        assert_eq!(with("List<AWS::EC2::Instance::Id>")["ResourceTypeFilters"], json!(["ec2:instance"]));
    }

    #[test]
    fn permissions_follow_the_kinds_of_targets() {
        let targets = json!([{"Key": "tag:Env", "Values": ["a"]}, {"Key": "InstanceIds", "Values": ["i-1"]}]);
        let inputs = json!({ "Targets": targets });
        let apis: Vec<String> = calls(inputs.as_object().unwrap()).into_iter().map(|(_, api, _)| api).collect();
        assert_eq!(apis, ["GetResources"]);
    }
}
