//! Which way a call is signed.
//!
//! Comes in: what the model says of service and operation, what the endpoint rules ask for, what the configuration has.
//! Goes out: the way, or why there is none.
//! Never: a weaker way than the endpoint asks for.

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::SCHEME_ID as SIGV4;
use aws_smithy_runtime::client::auth::no_auth::NO_AUTH_SCHEME_ID;
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use serde_json::Value;

use super::{bearer, express, version2};
use crate::endpoint::Resolved;
use crate::error::{InvalidCall, Unsupported};
use crate::models::{Operation, Service};

/// A way of signing, as models and endpoint rules name them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Unsigned,
    SigV4,
    SigV4a,
    SigV2,
    Bearer,
    /// S3's sessions for directory buckets.
    Express,
    Unknown(String),
}

impl Way {
    fn of(name: &str) -> Self {
        match name {
            "smithy.api#noAuth" | "none" => Self::Unsigned,
            "aws.auth#sigv4" | "sigv4" | "v4" | "s3" | "s3v4" => Self::SigV4,
            "aws.auth#sigv4a" | "sigv4a" => Self::SigV4a,
            "smithy.api#httpBearerAuth" | "bearer" => Self::Bearer,
            "v2" => Self::SigV2,
            "sigv4-s3express" => Self::Express,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The SDK's name for it; `None` for what this build cannot do.
    fn scheme(&self) -> Option<AuthSchemeId> {
        Some(match self {
            Self::Unsigned => NO_AUTH_SCHEME_ID,
            Self::SigV4 => SIGV4,
            #[cfg(feature = "sigv4a")]
            Self::SigV4a => super::SIGV4A,
            #[cfg(not(feature = "sigv4a"))]
            Self::SigV4a => return None,
            Self::SigV2 => version2::SCHEME_ID,
            Self::Bearer => bearer::SCHEME_ID,
            Self::Express => express::SCHEME_ID,
            Self::Unknown(_) => return None,
        })
    }

    fn refusal(&self) -> Unsupported {
        match self {
            Self::SigV4a => Unsupported::SigV4a,
            Self::Unknown(name) => Unsupported::Signature(name.clone()),
            other => Unsupported::Signature(format!("{other:?}")),
        }
    }
}

/// The ways the model offers, best first: the operation's own, the service's, or what its signature version means.
fn ways(service: &Service, operation: &Operation) -> Vec<Way> {
    let (model, metadata) = (&operation.model, service.metadata());
    if model.is_anonymous() {
        return vec![Way::Unsigned];
    }
    let named = if model.auth.is_empty() { &metadata.auth } else { &model.auth };
    if named.is_empty() {
        return vec![Way::of(metadata.signature_version.as_deref().unwrap_or("v4"))];
    }
    named.iter().map(|name| Way::of(name)).collect()
}

/// The way for one call. What the endpoint asks for goes before the model's word, as in boto3.
pub(in crate::client) fn choose(
    sdk: &SdkConfig,
    service: &Service,
    operation: &Operation,
    endpoint: &Resolved,
) -> Result<AuthSchemeId, InvalidCall> {
    let offered = ways(service, operation);
    if offered.contains(&Way::Bearer) && (offered.len() == 1 || bearer::token_of_service(sdk, service).is_some()) {
        return with_token(sdk, service, operation);
    }
    let asked = asked(endpoint);
    let signed_by_endpoint = offered.iter().any(|way| matches!(way, Way::SigV4 | Way::SigV4a | Way::SigV2));
    let candidates = if signed_by_endpoint && !asked.is_empty() { asked } else { offered };
    let possible = candidates.iter().find_map(Way::scheme);
    possible.ok_or_else(|| InvalidCall::Unsupported {
        service: operation.service().to_owned(),
        api: operation.name().to_owned(),
        reason: candidates.first().map_or_else(|| Unsupported::Signature(String::new()), Way::refusal),
    })
}

fn with_token(sdk: &SdkConfig, service: &Service, operation: &Operation) -> Result<AuthSchemeId, InvalidCall> {
    match bearer::tokens(sdk, service) {
        Some(_) => Ok(bearer::SCHEME_ID),
        None => Err(InvalidCall::NoToken {
            service: operation.service().to_owned(),
            api: operation.name().to_owned(),
            variable: bearer::variable(service),
        }),
    }
}

fn asked(endpoint: &Resolved) -> Vec<Way> {
    let schemes = endpoint.properties.get("authSchemes").and_then(Value::as_array);
    schemes.into_iter().flatten().filter_map(|scheme| scheme["name"].as_str()).map(Way::of).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What this build can never send, over all models. An endpoint may ask for more, depending on the input.
    #[test]
    fn all_operations_but_streams_of_events_have_a_way_to_be_signed() {
        let Some(models) = crate::testing::models() else { return };
        let (mut all, mut streams, mut by_way) = (0, 0, BTreeMap::new());
        for name in models.services() {
            let service = models.service(name).unwrap();
            for api in models.operations(name).unwrap() {
                let operation = service.operation(api.as_str()).unwrap();
                all += 1;
                if operation.schema.event_stream {
                    streams += 1;
                    continue;
                }
                let offered = ways(&service, &operation);
                let way = offered.iter().find(|way| way.scheme().is_some());
                let way = way.unwrap_or_else(|| panic!("{name}:{api} is signed {offered:?}"));
                *by_way.entry(format!("{way:?}")).or_insert(0) += 1;
            }
        }
        // Its one endpoint takes nothing else, whatever its model says.
        let only_4a = models.operations("cloudfront-keyvaluestore").unwrap().len();
        let signed = if Way::SigV4a.scheme().is_some() { "signed" } else { "refused" };
        eprintln!("{only_4a} operations take signatures of version 4a only, and are {signed}");
        eprintln!("of {all} operations {streams} stream events and are refused; the others are signed {by_way:?}");
        assert_eq!((all, streams), (19_796, 25), "docs/aws-api.md says how many there are in the pinned botocore");
        for way in ["SigV4", "SigV2", "Bearer", "Unsigned"] {
            assert!(by_way.contains_key(way), "{way} is signed nowhere: {by_way:?}");
        }
    }
}
