//! `AWS API Call via CloudTrail`, as EventBridge delivers it.

use jiff::Timestamp;
use serde_json::Value;

use super::json::{at, text};
use super::{EventError, timestamp};
use crate::incident::{Delivery, Incident};

/// Somebody called an API.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiCall {
    /// Account in which it was called.
    pub account: String,
    /// Region in which it was called.
    pub region: String,
    /// For example `ec2.amazonaws.com`.
    pub source: String,
    /// For example `StopInstances`.
    pub name: String,
    /// ARN of who called, if it has one.
    pub caller: Option<String>,
    /// Name of the role in whose session it was called, if it was a role's.
    pub role: Option<String>,
    /// When.
    pub since: Option<Timestamp>,
    /// Id of the event.
    pub id: Option<String>,
}

impl ApiCall {
    /// As an incident about no resource in particular: no function is bound to API calls.
    #[must_use]
    pub fn incident(&self) -> Incident {
        let caller = self.caller.as_deref().unwrap_or("somebody");
        Incident {
            fingerprint: Incident::fingerprint(
                &self.account,
                &self.region,
                &format!("{}:{}", self.source, self.name),
                None,
            ),
            account: self.account.clone(),
            region: self.region.clone(),
            noticed_by: self.source.clone(),
            resource: None,
            summary: format!("{} was called by {caller}", self.name),
            since: self.since,
            event: self.id.clone(),
            binding: None,
            given: Default::default(),
            delivery: Delivery::EventBridge,
        }
    }
}

pub(super) fn parse(event: &Value) -> Result<ApiCall, EventError> {
    let optional = |path: &str| at(event, path).and_then(Value::as_str).map(str::to_owned);
    let caller = optional("detail.userIdentity.arn");
    let issuer = optional("detail.userIdentity.sessionContext.sessionIssuer.arn");
    Ok(ApiCall {
        account: text(event, "account")?.to_owned(),
        region: text(event, "region")?.to_owned(),
        source: text(event, "detail.eventSource")?.to_owned(),
        name: text(event, "detail.eventName")?.to_owned(),
        role: issuer.as_deref().and_then(role).or_else(|| caller.as_deref().and_then(session)),
        caller,
        since: optional("detail.eventTime").as_deref().and_then(timestamp),
        id: optional("id"),
    })
}

/// `arn:aws:iam::123456789012:role/path/NAME`
fn role(issuer: &str) -> Option<String> {
    let (_, path) = issuer.split_once(":role/")?;
    path.rsplit('/').next().map(str::to_owned)
}

/// `arn:aws:sts::123456789012:assumed-role/NAME/session`
fn session(caller: &str) -> Option<String> {
    let (_, rest) = caller.split_once(":assumed-role/")?;
    rest.split('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_known_by_its_session_s_issuer_or_by_the_session_itself() {
        let cases = [
            (role("arn:aws:iam::123456789012:role/kintsugi-R-1"), Some("kintsugi-R-1")),
            (role("arn:aws:iam::123456789012:role/service-role/team/kintsugi-R-1"), Some("kintsugi-R-1")),
            (role("arn:aws:iam::123456789012:user/ann"), None),
            (session("arn:aws:sts::123456789012:assumed-role/kintsugi-R-1/kintsugi-open-ticket"), Some("kintsugi-R-1")),
            (session("arn:aws:iam::123456789012:root"), None),
        ];
        for (said, expected) in cases {
            assert_eq!(said.as_deref(), expected);
        }
    }
}
