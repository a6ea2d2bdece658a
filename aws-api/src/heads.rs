//! The headers of an answer that this client reads, for those who make answers at random.
//!
//! Comes in: nothing.
//! Goes out: names. The fuzz target of answers takes this file in by its path.
//! Never: a header of a request.

/// What of an answer's head is read: errors, request ids, checksums, and members that travel there.
pub(crate) const HEADERS: [&str; 14] = [
    "content-type",
    "content-length",
    "date",
    "expires",
    "last-modified",
    "smithy-protocol",
    "x-amz-bucket-region",
    "x-amz-checksum-crc32",
    "x-amz-expiration",
    "x-amz-meta-a",
    "x-amz-request-id",
    "x-amzn-errortype",
    "x-amzn-query-error",
    "x-amzn-requestid",
];
