//! The checksum a request carries, where the model wants one or the service takes one; and the one of its answer.
//!
//! Comes in: the operation, its input, the serialised request; the response.
//! Goes out: the request with its checksum headers, as boto3 adds them (CRC32 if the input names no algorithm); a word
//! when a response's body is not what its checksum says.
//! Never: a second checksum beside one the caller gave. Bodies are in memory, so no checksum comes in a trailer.

use aws_config::SdkConfig;
use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_types::base64;
use aws_smithy_types::checksum_config::RequestChecksumCalculation;
use aws_smithy_types::checksum_config::ResponseChecksumValidation;
use crc::{CRC_32_ISCSI, CRC_64_NVME, Crc, Table};
use md5::Md5;
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use thiserror::Error;

use crate::error::{InvalidCall, Unsupported};
use crate::models::Operation;

const DEFAULT: &str = "CRC32";

static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64NVME: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

/// Adds the checksum of a request.
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
    let lazy = sdk.request_checksum_calculation() == Some(RequestChecksumCalculation::WhenRequired);
    let unasked = given.is_none() && !required;
    if (unasked && (member.is_none() || lazy)) || request.headers().iter().any(|(name, _)| is_checksum(name)) {
        return Ok(());
    }
    let algorithm = given.unwrap_or(DEFAULT);
    let body = request.body().bytes().unwrap_or_default();
    let checksum = checksum(algorithm, body).ok_or_else(|| InvalidCall::Unsupported {
        service: operation.service().to_owned(),
        api: operation.name().to_owned(),
        reason: Unsupported::Checksum(algorithm.to_owned()),
    })?;
    request.headers_mut().insert(header(algorithm), checksum);
    let announced = member.filter(|_| given.is_none()).and_then(|member| header_of(operation, member));
    if let Some(header) = announced {
        request.headers_mut().insert(header, DEFAULT);
    }
    Ok(())
}

/// Asks for the checksum of the answer, where the service gives one and the caller did not say.
pub(super) fn ask(sdk: &SdkConfig, operation: &Operation, input: &mut Map<String, Value>) {
    let member = operation.model.http_checksum.request_validation_mode_member.as_deref();
    let wanted = sdk.response_checksum_validation() != Some(ResponseChecksumValidation::WhenRequired);
    if let Some(member) = member.filter(|_| wanted) {
        input.entry(member).or_insert_with(|| "ENABLED".into());
    }
}

/// A body that was changed on its way.
#[derive(Debug, Error)]
#[error("the {algorithm} checksum of its body is {is}, but the service said {said}")]
pub(super) struct WrongChecksum {
    algorithm: String,
    is: String,
    said: String,
}

/// Compares the body of an answer with the checksum that came with it, if any.
pub(super) fn verify(operation: &Operation, response: &Response) -> Result<(), WrongChecksum> {
    let body = response.body().bytes().unwrap_or_default();
    if operation.model.http.method == "HEAD" {
        return Ok(());
    }
    for algorithm in &operation.model.http_checksum.response_algorithms {
        // With a `-` it is one of parts, not of the body.
        let Some(said) = response.headers().get(header(algorithm)).filter(|said| !said.contains('-')) else { continue };
        match checksum(algorithm, body) {
            Some(is) if is != said => {
                return Err(WrongChecksum { algorithm: algorithm.clone(), is, said: said.to_owned() });
            }
            _ => {}
        }
    }
    Ok(())
}

fn header(algorithm: &str) -> String {
    format!("x-amz-checksum-{}", algorithm.to_lowercase())
}

fn is_checksum(header: &str) -> bool {
    header.strip_prefix("x-amz-checksum-").is_some_and(|algorithm| !matches!(algorithm, "algorithm" | "mode" | "type"))
}

/// The checksum as services write it; `None` for an algorithm that is not known here.
fn checksum(algorithm: &str, body: &[u8]) -> Option<String> {
    Some(match algorithm {
        "CRC32" => base64::encode(crc32fast::hash(body).to_be_bytes()),
        "CRC32C" => base64::encode(CRC32C.checksum(body).to_be_bytes()),
        "CRC64NVME" => base64::encode(CRC64NVME.checksum(body).to_be_bytes()),
        "MD5" => base64::encode(Md5::digest(body)),
        "SHA1" => base64::encode(Sha1::digest(body)),
        "SHA256" => base64::encode(Sha256::digest(body)),
        "SHA512" => base64::encode(Sha512::digest(body)),
        _ => return None,
    })
}

/// The header in which the service reads the algorithm's name.
fn header_of(operation: &Operation, member: &str) -> Option<&'static str> {
    let member = operation.schema.input_members().iter().find(|m| m.name == member)?;
    member.schema.http_header().map(|header| header.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the CRC catalogue and of the hashes' own test vectors.
    #[test]
    fn each_algorithm_gives_its_published_check_value() {
        let check = |algorithm| base64::decode(checksum(algorithm, b"123456789").unwrap()).unwrap();
        assert_eq!(check("CRC32"), 0xcbf4_3926_u32.to_be_bytes());
        assert_eq!(check("CRC32C"), 0xe306_9283_u32.to_be_bytes());
        assert_eq!(check("CRC64NVME"), 0xae8b_1486_0a79_9888_u64.to_be_bytes());
        assert_eq!(checksum("SHA1", b"abc").unwrap(), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
        assert_eq!(checksum("MD5", b"").unwrap(), "1B2M2Y8AsgTpgAmY7PhCfg==");
        assert_eq!(checksum("XXHASH3", b""), None);
    }
}
