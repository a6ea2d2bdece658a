//! aws:invokeWebhook: sends a body to an integration, whose address and secrets only the host sees.
//!
//! Takes IntegrationName and Body (which overrides the integration's own payload); gives Response and ResponseCode.
//! AWS does not say which answers fail the step. Here every one but 2xx does: a webhook that was not accepted has not
//! done what the runbook counts on. Both outputs are there all the same.
//! Never: a redirect followed; that is an answer like any other.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{Field, Inputs, Kind, own};
use super::{Answer, COMMON, Run, Runs, Spec};
use crate::host::{Ability, WebhookAnswer};
use crate::resolve::as_text;
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:invokeWebhook",
    required: &["IntegrationName"],
    optional: Some(&["Body"]),
    outputs: &["Response", "ResponseCode"],
    needs: Some(Ability::Webhook),
    calls: |inputs| vec![("ssm".into(), "GetParameter".into(), json!({ "Name": parameter(inputs) }))],
    runs: Runs::Here(&InvokeWebhook),
    ..COMMON
};

static FIELDS: [Field; 2] = [own("IntegrationName", Kind::Id), own("Body", Kind::Any)];

/// The name under which SSM keeps integrations.
const KEPT: &str = "/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/";
/// A webhook takes a message; it does not do the work while one waits.
const LONGEST: Duration = Duration::from_secs(25);
/// So much of an answer is told in a failure.
const TOLD: usize = 300;

fn parameter(inputs: &Map<String, Value>) -> Option<String> {
    Some(format!("{KEPT}{}", inputs.get("IntegrationName")?.as_str()?))
}

struct InvokeWebhook;

#[async_trait]
impl Run for InvokeWebhook {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        let integration = inputs.needed("IntegrationName")?.to_owned();
        let body = inputs.get("Body").map(as_text);
        let WebhookAnswer { status, body } = attempt.webhook(integration, body, LONGEST).await?;
        let root = json!({"Response": body, "ResponseCode": status});
        if (200..300).contains(&status) {
            return Ok(Answer::of(root));
        }
        let told: String = body.chars().take(TOLD).collect();
        let message = format!("the webhook answered {status}: {told}");
        Err(Stop::failed(Cause::Property { seen: status.into() }, message).with_outputs(root))
    }
}
