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

use crate::ticket::draft::{Draft, Severity};
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
        .set_operational_data(Some(first(draft)))
}

/// Tells an open OpsItem that its fault was seen again. The description stays: a person may have written there.
pub(super) fn update(client: &Client, id: &str, draft: &Draft, before: Option<&OpsItem>) -> UpdateOpsItemFluentBuilder {
    let mut data = HashMap::new();
    add(&mut data, REPEATS, &(repeats(before) + 1).to_string());
    add(&mut data, "latest", &draft.title);
    add(&mut data, "latest occurrence", &draft.occurrence);
    add(&mut data, "latest seen", &draft.seen.map(|seen| seen.to_string()).unwrap_or_default());
    add(&mut data, "latest report", &render(&draft.body));
    let update = client.update_ops_item().ops_item_id(id).set_operational_data(Some(data));
    if worse(draft.severity, before) { update.severity(draft.severity.number()) } else { update }
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
    data
}

fn repeats(before: Option<&OpsItem>) -> u64 {
    let count = before.and_then(|item| item.operational_data.as_ref()?.get(REPEATS)?.value.as_deref()?.parse().ok());
    count.unwrap_or_default()
}

/// Urgency is only ever raised: a person may have raised it too.
fn worse(now: Severity, before: Option<&OpsItem>) -> bool {
    before.and_then(|item| item.severity.as_deref()).is_none_or(|severity| now.number() < severity)
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
mod tests {
    use super::*;
    use crate::ticket::draft::{Body, Category};

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
    fn a_repeat_counts_up_and_never_lowers_the_severity_or_touches_the_description() {
        let count = OpsItemDataValue::builder().value("4").build();
        let item =
            |severity: &str| OpsItem::builder().severity(severity).operational_data(REPEATS, count.clone()).build();
        let draft = draft(Body::default().paragraph("x"));
        let calm = update(&client(), "oi-1", &draft, Some(&item("1")));
        assert_eq!((calm.get_severity().as_deref(), calm.get_description()), (None, &None));
        assert_eq!(calm.get_operational_data().as_ref().unwrap()[REPEATS].value.as_deref(), Some("5"));
        assert_eq!(update(&client(), "oi-1", &draft, Some(&item("3"))).get_severity().as_deref(), Some("2"));
    }
}
