//! What holds for a whole service: its protocol, its names, how it is signed.
//!
//! Comes in: the model's `metadata`.
//! Goes out: [`Metadata`].
//! Never: a default that AWS did not write.

use serde::Deserialize;

/// The `metadata` object of a service model.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) api_version: String,
    pub(crate) endpoint_prefix: Option<String>,
    pub(crate) protocol: String,
    /// All protocols the service speaks; empty in older models.
    pub(crate) protocols: Vec<String>,
    pub(crate) json_version: Option<String>,
    pub(crate) target_prefix: Option<String>,
    /// `Secrets Manager`: the name in user agents and in `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    pub(crate) service_id: String,
    pub(crate) signing_name: Option<String>,
    pub(crate) signature_version: Option<String>,
    /// Ways to sign, best first (`aws.auth#sigv4`); empty in older models.
    pub(crate) auth: Vec<String>,
    /// Present where a JSON service still answers with the error codes of its query days.
    pub(crate) aws_query_compatible: Option<serde_json::Value>,
}

impl Metadata {
    /// The name requests are signed for where the endpoint does not say otherwise.
    pub(crate) fn signing_name(&self) -> &str {
        self.signing_name.as_deref().or(self.endpoint_prefix.as_deref()).unwrap_or_default()
    }

    /// S3 and its control plane sign and address differently from all others.
    pub(crate) fn is_s3_family(&self) -> bool {
        matches!(self.service_id.as_str(), "S3" | "S3 Control" | "S3 Outposts")
    }
}

/// Either the address alone or the address with its prefix.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum XmlNamespace {
    /// `"http://s3.amazonaws.com/doc/2006-03-01/"`
    Uri(String),
    /// `{"uri": "http://www.w3.org/2001/XMLSchema-instance", "prefix": "xsi"}`
    Prefixed {
        /// The namespace's address.
        uri: String,
        /// The prefix under which it is declared.
        prefix: Option<String>,
    },
}

impl XmlNamespace {
    pub(crate) fn parts(&self) -> (&str, Option<&str>) {
        match self {
            Self::Uri(uri) => (uri, None),
            Self::Prefixed { uri, prefix } => (uri, prefix.as_deref()),
        }
    }
}
