//! Which protocol a service is called in.
//!
//! Comes in: the service's metadata.
//! Goes out: [`Protocol`].
//! Never: a protocol the service does not list.

use crate::model::Metadata;
use crate::schema::SchemaError;

/// A wire protocol of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json10,
    Json11,
    RestJson,
    RestXml,
    Query,
    Ec2,
    Cbor,
}

/// botocore's own order, whatever the order of the model: JSON before CBOR, which few but AWS itself understand.
const PREFERRED: [&str; 6] = ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2"];

impl Protocol {
    /// The protocol to speak with a service.
    pub(crate) fn of(metadata: &Metadata) -> Result<Self, SchemaError> {
        let listed = PREFERRED.iter().find(|name| metadata.protocols.iter().any(|listed| listed == *name));
        // Older models name one protocol and have no list.
        Self::named(listed.copied().unwrap_or(&metadata.protocol), metadata)
    }

    fn named(name: &str, metadata: &Metadata) -> Result<Self, SchemaError> {
        Ok(match name {
            "json" if metadata.json_version.as_deref() == Some("1.0") => Self::Json10,
            "json" => Self::Json11,
            "rest-json" => Self::RestJson,
            "rest-xml" => Self::RestXml,
            "query" => Self::Query,
            "ec2" => Self::Ec2,
            "smithy-rpc-v2-cbor" => Self::Cbor,
            unknown => return Err(SchemaError::Protocol(unknown.to_owned())),
        })
    }

    /// Whether requests or responses are XML, and XML traits therefore count.
    pub(crate) fn is_xml(self) -> bool {
        matches!(self, Self::Query | Self::Ec2 | Self::RestXml)
    }

    /// Whether members may stand in the path, the query or the headers.
    pub(crate) fn uses_http_bindings(self) -> bool {
        matches!(self, Self::RestJson | Self::RestXml)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(json: &str) -> Metadata {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_service_with_cbor_and_json_is_called_in_json() {
        let both = metadata(
            r#"{"protocol":"smithy-rpc-v2-cbor","protocols":["smithy-rpc-v2-cbor","json"],"jsonVersion":"1.1"}"#,
        );
        assert_eq!(Protocol::of(&both).unwrap(), Protocol::Json11);
    }

    #[test]
    fn a_service_with_cbor_alone_is_called_in_cbor() {
        let alone = metadata(r#"{"protocol":"smithy-rpc-v2-cbor","protocols":["smithy-rpc-v2-cbor"]}"#);
        assert_eq!(Protocol::of(&alone).unwrap(), Protocol::Cbor);
    }

    #[test]
    fn a_service_with_cbor_and_query_is_called_in_cbor() {
        let both = metadata(r#"{"protocol":"query","protocols":["query","smithy-rpc-v2-cbor"]}"#);
        assert_eq!(Protocol::of(&both).unwrap(), Protocol::Cbor);
    }

    #[test]
    fn an_unknown_protocol_is_named() {
        let unknown = Protocol::of(&metadata(r#"{"protocol":"smoke-signals"}"#));
        assert_eq!(unknown.unwrap_err().to_string(), r#"the protocol "smoke-signals" is not known"#);
    }
}
