//! Answers of S3 that say something else than their status or their model.
//!
//! Comes in: a response, an output. Goes out: whether it is an error; the output as boto3 gives it.
//! Never: a body changed.

use aws_smithy_runtime_api::http::Response;
use aws_smithy_schema::ShapeType;
use serde_json::Value;

use crate::models::Operation;

/// Whether HTTP 200 is an error: long copies answer before they know how they end, and an answer that breaks off in
/// the middle is one that may be asked for again.
pub(in crate::customization) fn is_disguised_error(operation: &Operation, response: &Response) -> bool {
    let raw = |m: &&aws_smithy_schema::Schema<'_>| {
        m.http_payload().is_some() && matches!(m.shape_type(), ShapeType::Blob | ShapeType::String)
    };
    let body = response.body().bytes().unwrap_or_default();
    let is_xml = operation.schema.output.is_some() && !operation.schema.output_schema.members().iter().any(raw);
    is_xml && !body.is_empty() && says_error_or_breaks_off(&String::from_utf8_lossy(body))
}

fn says_error_or_breaks_off(body: &str) -> bool {
    let body = body.trim();
    let body = match body.strip_prefix("<?xml") {
        Some(declaration) => declaration.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => body,
    };
    let tag = body.strip_prefix('<').map(|rest| rest.split('>').next().unwrap_or_default());
    let name = tag.and_then(|tag| tag.split([' ', '/', '\n', '\t', '\r']).next()).unwrap_or_default();
    let ends =
        body.ends_with(&format!("</{name}>")) || tag.is_some_and(|t| t.ends_with('/') && body.len() == t.len() + 2);
    tag == Some("Error") || name.is_empty() || !ends
}

/// A bucket in us-east-1 has an empty location: boto3 says that there is none.
pub(in crate::customization) fn empty_location_is_null(output: &mut Value) {
    let location = &mut output["LocationConstraint"];
    if matches!(location.as_str(), None | Some("")) {
        *location = Value::Null;
    }
}

/// `Expires` is whatever the uploader wrote: its own words come as `ExpiresString`.
pub(in crate::customization) fn keep_expires(operation: &Operation, response: &Response, output: &mut Value) {
    let has = operation
        .schema
        .output_schema
        .members()
        .iter()
        .any(|m| m.http_header().is_some_and(|h| h.value() == "Expires"));
    if let (true, Some(words), Value::Object(members)) = (has, response.headers().get("Expires"), output) {
        members.insert("ExpiresString".to_owned(), words.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_and_half_an_answer_are_errors() {
        for body in [
            "<Error><Code>SlowDown</Code></Error>",
            "<?xml version=\"1.0\"?>\n<Error><Code>x</Code></Error>\n",
            "<CopyObjectResult><ETag>",
            "<CopyObjectResult",
            "no xml",
        ] {
            assert!(says_error_or_breaks_off(body), "{body}");
        }
        for body in [
            "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>",
            "<?xml version=\"1.0\"?>\n  <R xmlns=\"x\"><Error>no</Error></R>\n",
            "<LocationConstraint xmlns=\"x\"/>",
            "<Errors></Errors>",
        ] {
            assert!(!says_error_or_breaks_off(body), "{body}");
        }
    }

    #[test]
    fn no_location_is_null() {
        for mut output in [json!({}), json!({"LocationConstraint": ""})] {
            empty_location_is_null(&mut output);
            assert_eq!(output, json!({"LocationConstraint": null}));
        }
    }
}
