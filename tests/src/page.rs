//! The approval page on the local stack, without a browser: approvals as the functions store them, links as they sign them, and
//! what the page's form would send.
//!
//! Comes in: a stage. Goes out: approvals, links, the page's answers. Never: a run that waits for the decision.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these helpers are part of tests, where a look that fails is a failed test"
)]

use std::error::Error;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use jiff::SignedDuration;
use reqwest::Client;
use serde_json::{Value, json};
use shared::approval::{Approval, Change, Claims, Group, OnTimeout, Policy, Risk, State, link, store};
use shared::aws::Services;
use shared::host::wall_clock;
use shared::settings::Settings;

use crate::checkout::root;
use crate::local::Stage;

/// The function behind the page.
pub const PAGE: &str = "decide-approval";
/// What a form is sent as.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// What stores approvals and signs links, as the functions that ask do.
///
/// # Errors
/// The account refuses.
pub async fn asking(stage: &Stage<'_>) -> Result<Services, Box<dyn Error>> {
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(stage.stack.gateway_url())
        .credentials_provider(Credentials::new("asking", "local", None, None, "a test"))
        .load()
        .await;
    let models = root().join(".local/models/models.pack").display().to_string();
    let find = |name: &str| match name {
        "KINTSUGI_MODELS" => Some(models.clone()),
        "KINTSUGI_GUARD_TABLE" => Some("kintsugi-GuardTable".to_owned()),
        "KINTSUGI_APPROVAL_SECRET" => Some("kintsugi-ApprovalKey".to_owned()),
        _ => None,
    };
    Ok(Services::over(sdk, Settings::read(find)?)?)
}

/// Its address.
#[must_use]
pub fn page<'a>(stage: &'a Stage<'_>) -> &'a str {
    stage.stack.function_url(PAGE).unwrap()
}

const INSTANCE: &str = "i-0123456789abcdef0";
const PLAN: [&str; 3] = [
    "1  stopInstance   write  ec2:StopInstances  InstanceIds=[i-0123456789abcdef0]",
    "2  changeType     write  ec2:ModifyInstanceAttribute  InstanceId=i-0123456789abcdef0 InstanceType={Value: m5.xlarge}",
    "3  startInstance  write  ec2:StartInstances  InstanceIds=[i-0123456789abcdef0]",
];

fn typed(instance_type: &str) -> Value {
    json!({"InstanceId": INSTANCE, "InstanceType": {"Value": instance_type}})
}

fn write(step: &str, api: &str, input: Value, before: Option<Value>) -> Change {
    let before = before.and_then(|before| before.as_object().cloned());
    Change { step: step.into(), service: Some("ec2".into()), api: api.into(), input, before, when: None }
}

/// An approval that no run waits for, with the link of one of its approvers.
///
/// # Errors
/// The account refuses.
pub async fn stored(
    stage: &Stage<'_>,
    services: &Services,
    summary: &str,
) -> Result<(Approval, String), Box<dyn Error>> {
    let now = wall_clock();
    let group = Group { name: "managers".into(), minimum: 2, approvers: vec!["kim".into(), "lee".into()] };
    let approval = Approval {
        id: stage.name("approval"),
        function: "resize-on-cpu-alarm".into(),
        execution: "an-execution".into(),
        summary: summary.into(),
        resource: None,
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        change: "m5.large -> m5.xlarge".into(),
        plan: PLAN.map(str::to_owned).into(),
        writes: vec![
            write("stopInstance", "StopInstances", json!({"InstanceIds": [INSTANCE]}), None),
            write("changeType", "ModifyInstanceAttribute", typed("m5.xlarge"), Some(typed("m5.large"))),
            write("startInstance", "StartInstances", json!({"InstanceIds": [INSTANCE]}), None),
        ],
        plan_hash: "c0ffee".into(),
        risk: Risk::Medium,
        risk_reasons: vec!["it is stopped for minutes".into()],
        cost: Some("+78.11 USD a month".into()),
        policy: Policy { groups: vec![group], within: 3600, on_timeout: OnTimeout::Deny },
        decisions: vec![],
        state: State::Open,
        asked_at: now,
        expires_at: now + Duration::from_secs(3600),
        callback: "Y2FsbGJhY2s=".into(),
        told: false,
    };
    store::create(services, &approval).await?;
    let link = signed(stage, services, &approval, "kim", 3600).await?;
    Ok((approval, link))
}

/// A link of ours, for whoever, good for so many seconds.
///
/// # Errors
/// The account refuses.
pub async fn signed(
    stage: &Stage<'_>,
    services: &Services,
    approval: &Approval,
    approver: &str,
    seconds: i64,
) -> Result<String, Box<dyn Error>> {
    let keys = services.keyring.keys(services).await?;
    let expires = wall_clock() + SignedDuration::from_secs(seconds);
    let claims =
        Claims { approval: approval.id.clone(), approver: approver.into(), plan: approval.plan_hash.clone(), expires };
    Ok(format!("{}?token={}", page(stage), link::sign(&keys, &claims)))
}

/// A client without a browser's manners, at an address of its own.
///
/// # Panics
/// It cannot be reached.
#[must_use]
pub fn client(address: [u8; 4]) -> Client {
    let client = Client::builder().no_proxy().local_address(std::net::IpAddr::from(address));
    client.timeout(Duration::from_secs(30)).build().unwrap()
}

/// What a form of the page would send; `site` is what the browser says of the page it stands on.
///
/// # Panics
/// It gives no answer.
pub async fn send(stage: &Stage<'_>, fields: &[(&str, &str)], site: Option<&str>) -> (u16, String) {
    let request = client([127, 0, 0, 31]).post(page(stage)).header("content-type", FORM).body(encoded(fields));
    let request = match site {
        Some(site) => request.header("sec-fetch-site", site).header("origin", "null"),
        None => request,
    };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let encode = |text: &str| {
        let bytes = text.chars().flat_map(|c| {
            let mut buffer = [0; 4];
            let bytes = c.encode_utf8(&mut buffer).bytes().map(|b| format!("%{b:02X}")).collect::<String>();
            if plain(c) { vec![c.to_string()] } else { vec![bytes] }
        });
        bytes.collect::<String>()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// The token of a link.
#[must_use]
pub fn token(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

/// The page's own token, as its form holds it.
///
/// # Panics
/// It gives no answer.
pub async fn page_token(link: &str) -> String {
    let html = client([127, 0, 0, 31]).get(link).send().await.unwrap().text().await.unwrap();
    let rest = html.split("name=\"page\" value=\"").nth(1).unwrap_or_else(|| panic!("no token in\n{html}"));
    rest.split('"').next().unwrap().to_owned()
}
