//! A draft as OpsCenter's requests, within its limits.
//!
//! Limits by the service model and the API reference: title 1,024 characters, description 2,048 characters,
//! a value of operational data 20 KB, a source without the words aws, amazon and amzn.

use std::collections::HashMap;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::create_ops_item::builders::CreateOpsItemFluentBuilder;
use aws_sdk_ssm::operation::update_ops_item::builders::UpdateOpsItemFluentBuilder;
use aws_sdk_ssm::types::{OpsItem, OpsItemDataType, OpsItemDataValue};
use serde_json::json;

use crate::ticket::desk::{Note, Why};
use crate::ticket::draft::Draft;
use crate::ticket::markdown::{render, render_within};
use crate::ticket::text::{clip, clip_bytes};

const SOURCE: &str = "kintsugi";
const TITLE: usize = 1024;
const DESCRIPTION: usize = 2048;
const VALUE: usize = 20 * 1024;
/// OpsCenter takes at most this many related resources.
const RESOURCES: usize = 100;
/// Operational data that counts how often the fault was told again.
const REPEATS: &str = "repeats";

/// Opens an OpsItem.
pub(super) fn create(client: &Client, draft: &Draft) -> CreateOpsItemFluentBuilder {
    client
        .create_ops_item()
        .title(clip(&draft.title, TITLE))
        .description(render_within(&draft.body, DESCRIPTION, "(cut: operational data `report` has the whole)"))
        .source(SOURCE)
        .category(draft.category.name())
        .severity(draft.severity.number())
        .set_priority(priority(draft))
        .set_operational_data(Some(first(draft)))
}

/// OpsCenter's priorities are numbers, 1 to 5.
fn priority(draft: &Draft) -> Option<i32> {
    let name = draft.wishes.priority.name(draft.severity)?;
    name.trim_start_matches(['P', 'p']).parse().ok().filter(|priority| (1..=5).contains(priority))
}

/// Tells an OpsItem what is new. The description stays: a person may have written there.
pub(super) fn update(
    client: &Client,
    id: &str,
    draft: &Draft,
    note: &Note,
    before: Option<&OpsItem>,
) -> UpdateOpsItemFluentBuilder {
    let mut data = HashMap::new();
    let again = u64::from(note.why != Why::Healed);
    add(&mut data, REPEATS, &note.count.max(repeats(before) + again).to_string());
    add(&mut data, "latest", &draft.title);
    add(&mut data, "latest occurrence", &draft.occurrence);
    add(&mut data, "latest seen", &draft.seen.map(|seen| seen.to_string()).unwrap_or_default());
    add(&mut data, "latest report", &render(&note.body));
    client.update_ops_item().ops_item_id(id).set_operational_data(Some(data))
}

fn first(draft: &Draft) -> HashMap<String, OpsItemDataValue> {
    let mut data = HashMap::new();
    search(&mut data, "/aws/dedup", &json!({"dedupString": format!("kintsugi-{}", draft.fingerprint)}).to_string());
    let arns: Vec<_> = draft.resources.iter().filter(|arn| arn.starts_with("arn:")).take(RESOURCES).collect();
    if !arns.is_empty() {
        let arns: Vec<_> = arns.into_iter().map(|arn| json!({"arn": arn})).collect();
        search(&mut data, "/aws/resources", &json!(arns).to_string());
    }
    search(&mut data, "fingerprint", &draft.fingerprint);
    search(&mut data, "runbook", draft.runbook.as_deref().unwrap_or_default());
    add(&mut data, "occurrence", &draft.occurrence);
    add(&mut data, "report", &render(&draft.body));
    wished(&mut data, draft);
    data
}

/// OpsCenter has no labels, people or fields: what is wished for is operational data, by which can be searched.
fn wished(data: &mut HashMap<String, OpsItemDataValue>, draft: &Draft) {
    let wishes = &draft.wishes;
    search(data, "labels", &wishes.labels.join(" "));
    search(data, "assignee", wishes.assignee.as_deref().unwrap_or_default());
    search(data, "component", wishes.component.as_deref().unwrap_or_default());
    for (name, value) in wishes.fields.iter().filter(|(name, _)| !name.starts_with("/aws/")) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !data.contains_key(name) {
            add(data, name, &text);
        }
    }
}

fn repeats(before: Option<&OpsItem>) -> u64 {
    let count = before.and_then(|item| item.operational_data.as_ref()?.get(REPEATS)?.value.as_deref()?.parse().ok());
    count.unwrap_or_default()
}

/// Of which occurrence an OpsItem told first, if it was told of no other since.
pub(super) fn occurrence(item: &OpsItem) -> Option<&str> {
    let data = item.operational_data.as_ref()?;
    let value = |key: &str| data.get(key).and_then(|value| value.value.as_deref());
    value("latest occurrence").or(value("occurrence"))
}

fn add(data: &mut HashMap<String, OpsItemDataValue>, key: &str, value: &str) {
    insert(data, key, value, OpsItemDataType::String);
}

fn search(data: &mut HashMap<String, OpsItemDataValue>, key: &str, value: &str) {
    insert(data, key, value, OpsItemDataType::SearchableString);
}

/// OpsCenter refuses an empty value.
fn insert(data: &mut HashMap<String, OpsItemDataValue>, key: &str, value: &str, kind: OpsItemDataType) {
    if !value.trim().is_empty() {
        let value = OpsItemDataValue::builder().value(clip_bytes(value, VALUE)).r#type(kind).build();
        data.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> serde_json::Value {
    let data = first(draft);
    let mut names: Vec<&String> = data.keys().collect();
    names.sort();
    let data: serde_json::Map<_, _> = names.into_iter().map(|name| (name.clone(), json!(data[name].value))).collect();
    json!({
        "Title": clip(&draft.title, TITLE),
        "Description": render_within(&draft.body, DESCRIPTION, "(cut: operational data `report` has the whole)"),
        "Severity": draft.severity.number(),
        "Priority": priority(draft),
        "Category": draft.category.name(),
        "OperationalData": data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::draft::{Body, Category, Severity};

    fn client() -> Client {
        let version = aws_sdk_ssm::config::BehaviorVersion::latest();
        Client::from_conf(aws_sdk_ssm::Config::builder().behavior_version(version).build())
    }

    fn draft(body: Body) -> Draft {
        Draft {
            fingerprint: "0123456789abcdef".into(),
            occurrence: "run-1".into(),
            title: "t".repeat(2000),
            severity: Severity::High,
            category: Category::Security,
            resources: vec!["arn:aws:s3:::b".into(), "not-an-arn".into()],
            runbook: None,
            seen: None,
            began: None,
            news: Default::default(),
            kind: String::new(),
            binding: None,
            wishes: Default::default(),
            body,
        }
    }

    #[test]
    fn everything_fits_opscenters_limits_however_long_the_draft() {
        let body = (0..200).fold(Body::default(), |body, n| body.paragraph(format!("{n} {}", "ö".repeat(300))));
        let create = create(&client(), &draft(body));
        assert_eq!(create.get_title().as_deref().unwrap().chars().count(), TITLE);
        let description = create.get_description().as_deref().unwrap();
        assert!(description.chars().count() <= DESCRIPTION && description.ends_with("has the whole)"), "{description}");
        let data = create.get_operational_data().as_ref().unwrap();
        assert!(data.values().all(|value| value.value.as_ref().is_some_and(|v| !v.is_empty() && v.len() <= VALUE)));
    }

    #[test]
    fn the_fingerprint_deduplicates_and_only_arns_are_resources() {
        let create = create(&client(), &draft(Body::default().paragraph("x")));
        let data = create.get_operational_data().as_ref().unwrap();
        let value = |key: &str| data.get(key).and_then(|value| value.value.as_deref());
        assert_eq!(value("/aws/dedup"), Some(r#"{"dedupString":"kintsugi-0123456789abcdef"}"#));
        assert_eq!(value("/aws/resources"), Some(r#"[{"arn":"arn:aws:s3:::b"}]"#));
        assert_eq!(value("runbook"), None);
        assert_eq!(create.get_severity().as_deref(), Some("2"));
    }

    #[test]
    fn a_repeat_counts_up_and_touches_neither_severity_nor_description() {
        let count = OpsItemDataValue::builder().value("4").build();
        let item = OpsItem::builder().operational_data(REPEATS, count).build();
        let draft = draft(Body::default().paragraph("x"));
        let note = |why| Note { why, count: 1, severity: Severity::High, body: Body::default().paragraph("y") };
        let again = update(&client(), "oi-1", &draft, &note(Why::Again), Some(&item));
        assert_eq!((again.get_severity().as_deref(), again.get_description()), (None, &None));
        let value = |update: &UpdateOpsItemFluentBuilder, key: &str| {
            update.get_operational_data().as_ref().unwrap()[key].value.clone().unwrap()
        };
        assert_eq!((value(&again, REPEATS).as_str(), value(&again, "latest report").as_str()), ("5", "y"));
        let healed = update(&client(), "oi-1", &draft, &note(Why::Healed), Some(&item));
        assert_eq!(value(&healed, REPEATS), "4");
    }
}
