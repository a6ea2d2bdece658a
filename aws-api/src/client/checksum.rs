//! The checksum a request carries, where the model wants one or the service takes one.
//!
//! Comes in: the operation, its input, the serialised request.
//! Goes out: the request with its checksum headers, as boto3 adds them (CRC32 if the input names no algorithm).
//! Never: a second checksum beside one the caller gave.

use aws_config::SdkConfig;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::checksum_config::RequestChecksumCalculation::WhenRequired;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::error::{InvalidCall, Unsupported};
use crate::models::Operation;

const DEFAULT: &str = "CRC32";

pub(super) fn add(
    sdk: &SdkConfig,
    operation: &Operation,
    input: &Map<String, Value>,
    request: &mut Request,
) -> Result<(), InvalidCall> {
    let wanted = &operation.model.http_checksum;
    let member = wanted.request_algorithm_member.as_deref();
    let required = operation.model.http_checksum_required || wanted.request_checksum_required;
    let given = member.and_then(|member| input.get(member)).and_then(Value::as_str);
    let unasked = given.is_none() && !required;
    if unasked && (member.is_none() || sdk.request_checksum_calculation() == Some(WhenRequired)) {
        return Ok(());
    }
    let has_checksum = request.headers().iter().any(|(name, _)| is_checksum(name));
    if has_checksum {
        return Ok(());
    }
    let algorithm = given.unwrap_or(DEFAULT);
    let body = request.body().bytes().unwrap_or_default();
    let checksum = checksum(algorithm, body).ok_or_else(|| InvalidCall::Unsupported {
        service: operation.service().to_owned(),
        api: operation.name().to_owned(),
        reason: Unsupported::Checksum(algorithm.to_owned()),
    })?;
    request.headers_mut().insert(format!("x-amz-checksum-{}", algorithm.to_lowercase()), checksum);
    let announced = member.filter(|_| given.is_none()).and_then(|member| header_of(operation, member));
    if let Some(header) = announced {
        request.headers_mut().insert(header, DEFAULT);
    }
    Ok(())
}

fn is_checksum(header: &str) -> bool {
    header.eq_ignore_ascii_case("content-md5")
        || header
            .strip_prefix("x-amz-checksum-")
            .is_some_and(|algorithm| !matches!(algorithm, "algorithm" | "mode" | "type"))
}

fn checksum(algorithm: &str, body: &[u8]) -> Option<String> {
    match algorithm {
        "CRC32" => Some(aws_smithy_types::base64::encode(crc32fast::hash(body).to_be_bytes())),
        "SHA256" => Some(aws_smithy_types::base64::encode(Sha256::digest(body))),
        _ => None,
    }
}

/// The header in which the service reads the algorithm's name.
fn header_of(operation: &Operation, member: &str) -> Option<&'static str> {
    let member = operation.schema.input_members().iter().find(|m| m.name == member)?;
    member.schema.http_header().map(|header| header.value())
}
