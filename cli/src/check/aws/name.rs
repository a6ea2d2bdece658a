//! Names of services and operations.
//!
//! Comes in: a call. Goes out: whether there is such an operation; a finding with near names where there is not.
//! Never: a guess at which one was meant.

use aws_api::{InvalidCall, Models};
use engine::{Fix, StaticCall};

use super::{Report, did_you_mean};
use crate::error::CliError;

/// Whether the operation is there.
pub(super) fn check(call: &StaticCall, models: &Models, report: &mut Report<'_>) -> Result<bool, CliError> {
    match models.resolve(&call.service, &call.api) {
        Ok((_, api)) => {
            spelling(call, api.as_str(), report);
            return Ok(true);
        }
        Err(InvalidCall::UnknownService { near, .. }) => {
            let service = call.service.trim();
            let finding = report.add("unknown-service", "/inputs/Service", format!("AWS has no service {service}"));
            did_you_mean(finding, service, &near);
        }
        Err(InvalidCall::UnknownApi { service, near, .. }) => {
            let api = call.api.trim();
            let finding = report.add("unknown-api", "/inputs/Api", format!("{service} has no operation {api}"));
            did_you_mean(finding, api, &near);
        }
        Err(InvalidCall::Models(error)) => return Err(error.into()),
        Err(other) => {
            report.add("unusable-api", "/inputs/Api", other.to_string());
        }
    }
    Ok(false)
}

/// The engine says that a spelling is unusual; the model knows the usual one.
fn spelling(call: &StaticCall, canonical: &str, report: &mut Report<'_>) {
    if call.whole && call.api != canonical {
        let message = format!("Api is spelt '{}'", call.api);
        let finding = report.add("spelling", "/inputs/Api", message);
        finding.hint = Some(format!("the usual spelling is {canonical}"));
        finding.fix = Some(Fix::Replace { from: call.api.clone(), to: canonical.to_owned() });
    }
}
