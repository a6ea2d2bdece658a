//! SSM OpsItems, which moto does not have: kept in memory, with AWS's refusals.
//!
//! Comes in: an operation and its input. Goes out: its output, or AWS's error. Never: a notification.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::clock::{self, Clock};
use crate::gateway::respond::AwsError;
use crate::gateway::{ACCOUNT, REGION};
use crate::ids;

type Input = Map<String, Value>;
type Answer = Result<Value, AwsError>;

/// Where AWS looks for the string by which two OpsItems are the same.
const DEDUP: &str = "/aws/dedup";
const OPEN: [&str; 2] = ["Open", "InProgress"];
const STATUSES: [&str; 4] = ["Open", "InProgress", "Resolved", "Closed"];
const CATEGORIES: [&str; 5] = ["Availability", "Cost", "Performance", "Recovery", "Security"];
/// Members that `CreateOpsItem` and `UpdateOpsItem` share.
const MEMBERS: [&str; 10] = [
    "Description",
    "Title",
    "Category",
    "Severity",
    "Priority",
    "Notifications",
    "RelatedOpsItems",
    "ActualStartTime",
    "ActualEndTime",
    "PlannedStartTime",
];

/// OpsCenter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OpsItems {
    items: Arc<Mutex<BTreeMap<String, Map<String, Value>>>>,
    clock: Arc<Clock>,
}

impl OpsItems {
    /// An empty OpsCenter.
    #[must_use]
    pub fn new(clock: Arc<Clock>) -> Self {
        Self { items: Arc::default(), clock }
    }

    /// Answers the operation, or `None` when it is not one of OpsItems.
    pub async fn answer(&self, operation: &str, input: &Input, caller: &str) -> Option<Answer> {
        Some(match operation {
            "CreateOpsItem" => self.create(input, caller).await,
            "GetOpsItem" => self.get(input).await,
            "UpdateOpsItem" => self.update(input, caller).await,
            "DeleteOpsItem" => self.delete(input).await,
            "DescribeOpsItems" => self.describe(input).await,
            _ => return None,
        })
    }

    async fn create(&self, input: &Input, caller: &str) -> Answer {
        for member in ["Title", "Description", "Source"] {
            required(input, member)?;
        }
        check(input)?;
        let mut items = self.items.lock().await;
        if let Some(existing) = duplicate(&items, input, None) {
            let message = format!("Similar OpsItem already exists: {existing}");
            return Err(AwsError::new("OpsItemAlreadyExistsException", message).with("OpsItemId", existing));
        }
        let id = format!("oi-{}", ids::hex_id(12));
        let now = clock::epoch(self.clock.now());
        let arn = format!("arn:aws:ssm:{REGION}:{ACCOUNT}:opsitem/{id}");
        let mut item = Map::new();
        let first = ["OpsItemType", "Source", "OperationalData"].iter().chain(&MEMBERS);
        for member in first {
            if let Some(value) = input.get(*member) {
                item.insert((*member).to_owned(), value.clone());
            }
        }
        item.entry("OpsItemType").or_insert_with(|| json!("/aws/issue"));
        item.entry("Priority").or_insert_with(|| json!(3));
        for (member, value) in [
            ("OpsItemId", json!(id)),
            ("OpsItemArn", json!(arn)),
            ("Status", json!("Open")),
            ("CreatedBy", json!(principal(caller))),
            ("LastModifiedBy", json!(principal(caller))),
            ("CreatedTime", json!(now)),
            ("LastModifiedTime", json!(now)),
            ("Version", json!("1")),
        ] {
            item.insert(member.to_owned(), value);
        }
        items.insert(id.clone(), item);
        Ok(json!({ "OpsItemId": id, "OpsItemArn": arn }))
    }

    async fn get(&self, input: &Input) -> Answer {
        let id = required(input, "OpsItemId")?;
        let items = self.items.lock().await;
        let item = items.get(id).ok_or_else(|| not_found(id))?;
        Ok(json!({ "OpsItem": item }))
    }

    async fn update(&self, input: &Input, caller: &str) -> Answer {
        let id = required(input, "OpsItemId")?.to_owned();
        check(input)?;
        let mut items = self.items.lock().await;
        if let Some(existing) = duplicate(&items, input, Some(&id)) {
            let message = format!("Similar OpsItem already exists: {existing}");
            return Err(AwsError::new("OpsItemAlreadyExistsException", message).with("OpsItemId", existing));
        }
        let item = items.get_mut(&id).ok_or_else(|| not_found(&id))?;
        for member in MEMBERS.iter().chain(&["Status"]) {
            if let Some(value) = input.get(*member) {
                item.insert((*member).to_owned(), value.clone());
            }
        }
        change_data(item, input);
        let version: u64 =
            item.get("Version").and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or_default();
        item.insert("Version".into(), json!((version + 1).to_string()));
        item.insert("LastModifiedBy".into(), json!(principal(caller)));
        item.insert("LastModifiedTime".into(), json!(clock::epoch(self.clock.now())));
        Ok(json!({}))
    }

    async fn delete(&self, input: &Input) -> Answer {
        // AWS answers well for an OpsItem that is not there.
        self.items.lock().await.remove(required(input, "OpsItemId")?);
        Ok(json!({}))
    }

    async fn describe(&self, input: &Input) -> Answer {
        let filters: Vec<&Value> =
            input.get("OpsItemFilters").and_then(Value::as_array).into_iter().flatten().collect();
        let items = self.items.lock().await;
        let mut found = vec![];
        for item in items.values() {
            let fits = filters.iter().map(|filter| fits(item, filter)).collect::<Result<Vec<bool>, AwsError>>()?;
            if fits.into_iter().all(|fits| fits) {
                found.push(summary(item));
            }
        }
        found.sort_by(|a, b| {
            b["CreatedTime"].as_f64().unwrap_or_default().total_cmp(&a["CreatedTime"].as_f64().unwrap_or_default())
        });
        page(input, found)
    }
}

fn page(input: &Input, items: Vec<Value>) -> Answer {
    let limit = input
        .get("MaxResults")
        .and_then(Value::as_u64)
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(50)
        .max(1);
    let start: usize = input
        .get("NextToken")
        .and_then(Value::as_str)
        .map_or(Ok(0), str::parse)
        .map_err(|_| AwsError::new("OpsItemInvalidParameterException", "NextToken is not valid."))?;
    let more = items.len() > start + limit;
    let mut answer = json!({ "OpsItemSummaries": items.into_iter().skip(start).take(limit).collect::<Vec<_>>() });
    if more {
        answer["NextToken"] = json!((start + limit).to_string());
    }
    Ok(answer)
}

/// The open OpsItem with the same dedup string.
fn duplicate(items: &BTreeMap<String, Map<String, Value>>, input: &Input, except: Option<&str>) -> Option<String> {
    let wanted = dedup_string(input)?;
    let same = items.iter().find(|(id, item)| {
        let open = item.get("Status").and_then(Value::as_str).is_some_and(|status| OPEN.contains(&status));
        open && except != Some(id.as_str()) && dedup_string(item).as_ref() == Some(&wanted)
    });
    same.map(|(id, _)| id.clone())
}

/// `{"dedupString": "..."}`, or the text itself when it is no such JSON.
fn dedup_string(item: &Map<String, Value>) -> Option<String> {
    let text = item.get("OperationalData")?.get(DEDUP)?.get("Value")?.as_str()?;
    let inner: Option<Value> = serde_json::from_str(text).ok();
    Some(inner.and_then(|inner| inner["dedupString"].as_str().map(str::to_owned)).unwrap_or_else(|| text.to_owned()))
}

fn change_data(item: &mut Map<String, Value>, input: &Input) {
    let data = item.entry("OperationalData").or_insert_with(|| json!({}));
    if let Some(data) = data.as_object_mut() {
        for key in input
            .get("OperationalDataToDelete")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            data.shift_remove(key);
        }
        for (key, value) in input.get("OperationalData").and_then(Value::as_object).into_iter().flatten() {
            data.insert(key.clone(), value.clone());
        }
    }
}

fn summary(item: &Map<String, Value>) -> Value {
    let members = [
        "CreatedBy",
        "CreatedTime",
        "LastModifiedBy",
        "LastModifiedTime",
        "Priority",
        "Source",
        "Status",
        "OpsItemId",
        "Title",
        "OperationalData",
        "Category",
        "Severity",
        "OpsItemType",
        "ActualStartTime",
        "ActualEndTime",
        "PlannedStartTime",
    ];
    Value::Object(
        members.iter().filter_map(|member| Some(((*member).to_owned(), item.get(*member)?.clone()))).collect(),
    )
}

fn fits(item: &Map<String, Value>, filter: &Value) -> Result<bool, AwsError> {
    let key = filter["Key"].as_str().unwrap_or_default();
    let values: Vec<&str> = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let operator = filter["Operator"].as_str().unwrap_or_default();
    let invalid = |what: &str| {
        AwsError::new(
            "OpsItemInvalidParameterException",
            format!("{what} is not valid in an OpsItem filter of this world."),
        )
    };
    if !["Equal", "Contains"].contains(&operator) {
        return Err(invalid(&format!("The operator {operator}")));
    }
    let same = |actual: &str| {
        values.iter().any(|wanted| if operator == "Equal" { actual == *wanted } else { actual.contains(wanted) })
    };
    let member = match key {
        "Status" | "Title" | "Source" | "Priority" | "Category" | "Severity" | "OpsItemType" | "OpsItemId"
        | "CreatedBy" => key,
        "OperationalData" => return Ok(data_fits(item, &values)),
        "OperationalDataKey" => return Ok(data(item).any(|(key, _)| same(key))),
        "OperationalDataValue" => return Ok(data(item).any(|(_, value)| value["Value"].as_str().is_some_and(same))),
        other => return Err(invalid(&format!("The key {other}"))),
    };
    let actual = item.get(member).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    Ok(actual.is_some_and(|actual| same(&actual)))
}

fn data(item: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    item.get("OperationalData").and_then(Value::as_object).into_iter().flatten()
}

/// A value of this filter is `{"key": .., "value": ..}` as JSON text.
fn data_fits(item: &Map<String, Value>, values: &[&str]) -> bool {
    values
        .iter()
        .filter_map(|text| serde_json::from_str::<Value>(text).ok())
        .any(|wanted| data(item).any(|(key, value)| wanted["key"] == key.as_str() && wanted["value"] == value["Value"]))
}

fn check(input: &Input) -> Result<(), AwsError> {
    let invalid = |member: &str, rule: &str| {
        Err(AwsError::new(
            "ValidationException",
            format!("1 validation error detected: Value at '{member}' failed to satisfy constraint: {rule}"),
        ))
    };
    for (member, longest) in
        [("Title", 1024), ("Description", 2048), ("Source", 128), ("Category", 64), ("Severity", 64)]
    {
        if let Some(text) = input.get(member).and_then(Value::as_str)
            && !(1..=longest).contains(&text.chars().count())
        {
            return invalid(
                member,
                &format!("Member must have length less than or equal to {longest} and greater than or equal to 1"),
            );
        }
    }
    if input.get("Priority").is_some_and(|priority| !priority.as_i64().is_some_and(|p| (1..=5).contains(&p))) {
        return invalid("priority", "Member must have value between 1 and 5");
    }
    let enumerations: [(&str, &[&str]); 3] =
        [("Status", &STATUSES), ("Category", &CATEGORIES), ("Severity", &["1", "2", "3", "4"])];
    for (member, allowed) in enumerations {
        if let Some(value) = input.get(member).and_then(Value::as_str)
            && !allowed.contains(&value)
        {
            let message = format!("{member} {value} is not valid: {}", allowed.join(", "));
            return Err(
                AwsError::new("OpsItemInvalidParameterException", message).with("ParameterNames", json!([member]))
            );
        }
    }
    check_data(input)
}

fn check_data(input: &Input) -> Result<(), AwsError> {
    for (key, value) in data(input) {
        let reserved = ["amazon", "aws", "amzn", "ssm"].iter().any(|word| key.to_lowercase().starts_with(word));
        let own = key.starts_with("/aws/") && ![DEDUP, "/aws/resources", "/aws/automations"].contains(&key.as_str());
        let kind = value["Type"].as_str().unwrap_or("String");
        if reserved || own || key.len() > 128 || !["String", "SearchableString"].contains(&kind) {
            let message = format!("The OperationalData key {key} is not valid.");
            return Err(AwsError::new("OpsItemInvalidParameterException", message)
                .with("ParameterNames", json!(["OperationalData"])));
        }
        if value["Value"].as_str().is_some_and(|text| text.len() > 20 * 1024) {
            let error = AwsError::new("OpsItemLimitExceededException", "An OperationalData value has at most 20 KB.");
            return Err(error.with("LimitType", "OperationalData").with("Limit", 20));
        }
    }
    Ok(())
}

fn required<'a>(input: &'a Input, member: &str) -> Result<&'a str, AwsError> {
    input.get(member).and_then(Value::as_str).ok_or_else(|| {
        let message = format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");
        AwsError::new("ValidationException", message)
    })
}

fn not_found(id: &str) -> AwsError {
    AwsError::new("OpsItemNotFoundException", format!("OpsItem ID {id} doesn't exist"))
}

fn principal(caller: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{caller}/local")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timings;

    fn input(value: Value) -> Input {
        value.as_object().cloned().unwrap()
    }

    fn draft(dedup: &str) -> Input {
        let data = json!({ DEDUP: {"Value": json!({ "dedupString": dedup }).to_string(), "Type": "SearchableString"} });
        input(json!({"Title": "t", "Description": "d", "Source": "kintsugi", "Severity": "2", "OperationalData": data}))
    }

    fn center() -> OpsItems {
        OpsItems::new(Arc::new(Clock::new(Timings::default())))
    }

    async fn call(center: &OpsItems, operation: &str, value: Value) -> Answer {
        center.answer(operation, &input(value), "me").await.unwrap()
    }

    #[tokio::test]
    async fn a_second_opsitem_with_the_same_dedup_string_is_refused_until_the_first_is_resolved() {
        let center = center();
        let first = center.create(&draft("a"), "me").await.unwrap()["OpsItemId"].as_str().unwrap().to_owned();
        let refusal = center.create(&draft("a"), "me").await.unwrap_err();
        assert_eq!(refusal.code, "OpsItemAlreadyExistsException");
        assert_eq!(refusal.members, [("OpsItemId".to_owned(), json!(first))]);
        assert!(center.create(&draft("b"), "me").await.is_ok());
        call(&center, "UpdateOpsItem", json!({"OpsItemId": first, "Status": "Resolved"})).await.unwrap();
        assert!(center.create(&draft("a"), "me").await.is_ok());
    }

    #[tokio::test]
    async fn an_update_changes_what_it_names_and_counts_versions() {
        let center = center();
        let id = center.create(&draft("a"), "me").await.unwrap()["OpsItemId"].clone();
        let change = json!({"OpsItemId": id, "Title": "new", "OperationalData": {"k": {"Value": "v", "Type": "String"}}, "OperationalDataToDelete": [DEDUP]});
        call(&center, "UpdateOpsItem", change).await.unwrap();
        let item = call(&center, "GetOpsItem", json!({ "OpsItemId": id })).await.unwrap()["OpsItem"].clone();
        assert_eq!(
            (&item["Title"], &item["Source"], &item["Version"]),
            (&json!("new"), &json!("kintsugi"), &json!("2"))
        );
        assert_eq!(item["OperationalData"], json!({"k": {"Value": "v", "Type": "String"}}));
    }

    #[tokio::test]
    async fn opsitems_are_found_by_filters() {
        let center = center();
        center.create(&draft("a"), "me").await.unwrap();
        let found = async |key: &str, value: &str, operator: &str| {
            let filter = json!({"OpsItemFilters": [{"Key": key, "Values": [value], "Operator": operator}]});
            call(&center, "DescribeOpsItems", filter).await.unwrap()["OpsItemSummaries"].as_array().unwrap().len()
        };
        assert_eq!(found("Status", "Open", "Equal").await, 1);
        assert_eq!(found("Status", "Resolved", "Equal").await, 0);
        assert_eq!(found("Source", "kint", "Contains").await, 1);
        assert_eq!(found("OperationalDataKey", DEDUP, "Equal").await, 1);
        let odd = call(
            &center,
            "DescribeOpsItems",
            json!({"OpsItemFilters": [{"Key": "Moon", "Values": [], "Operator": "Equal"}]}),
        )
        .await;
        assert_eq!(odd.unwrap_err().code, "OpsItemInvalidParameterException");
    }

    #[tokio::test]
    async fn what_aws_refuses_is_refused() {
        let center = center();
        let change = |member: &str, value: Value| {
            let mut draft = draft("a");
            draft.insert(member.into(), value);
            draft
        };
        let cases = [
            (change("Title", json!("x".repeat(1025))), "ValidationException"),
            (change("Priority", json!(6)), "ValidationException"),
            (change("Title", Value::Null), "ValidationException"),
            (change("Severity", json!("high")), "OpsItemInvalidParameterException"),
            (change("OperationalData", json!({"awsthing": {"Value": "x"}})), "OpsItemInvalidParameterException"),
            (change("OperationalData", json!({"k": {"Value": "x".repeat(21_000)}})), "OpsItemLimitExceededException"),
        ];
        for (draft, code) in cases {
            assert_eq!(center.create(&draft, "me").await.unwrap_err().code, code);
        }
        assert_eq!(
            call(&center, "GetOpsItem", json!({"OpsItemId": "oi-0"})).await.unwrap_err().code,
            "OpsItemNotFoundException"
        );
    }
}
