//! Long requests made shorter, where the service takes that (`cloudwatch:PutMetricData`).
//!
//! Comes in: the operation and its serialised request.
//! Goes out: the request, compressed where model, configuration and length agree.
//! Never: a short request compressed: that costs more than it saves.

use std::io::Write;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::models::Operation;

/// Bytes from which a request is compressed, where the configuration does not say: the SDKs' common default.
const FROM: usize = 10_240;

pub(super) fn apply(sdk: &SdkConfig, operation: &Operation, request: &mut Request) {
    let encodings = operation.model.request_compression.iter().flat_map(|c| &c.encodings);
    let takes_gzip = encodings.into_iter().any(|encoding| encoding == "gzip");
    if !takes_gzip || sdk.disable_request_compression() == Some(true) {
        return;
    }
    let from = sdk.request_min_compression_size_bytes().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(FROM);
    let Some(body) = request.body().bytes().filter(|body| body.len() >= from) else { return };
    // Writing into memory does not fail; if it did, the request goes as it is.
    let Ok(compressed) = gzip(body) else { return };
    *request.body_mut() = SdkBody::from(compressed);
    request.headers_mut().insert("Content-Encoding", "gzip");
    request.headers_mut().remove("Content-Length");
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}
