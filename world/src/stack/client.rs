//! A client of the gateway, and what the template's resources are made with.
//!
//! Comes in: the gateway's address, the packed models. Goes out: an [`aws_api::Client`] with the local identity.
//! Never: the user's own credentials or endpoint.

use std::path::Path;
use std::sync::Arc;

use aws_api::{CallOptions, Client, Models};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::deployment::Make;
use super::error::StackError;
use crate::gateway::REGION;

/// The name under which the operator's own calls are signed; functions sign under theirs.
pub const OPERATOR: &str = "operator";

/// A client whose every call goes to `url`.
pub(crate) async fn to(url: &str, models: &Path) -> Result<Client, StackError> {
    let models = Models::open(models).map_err(StackError::Models)?;
    let credentials = Credentials::new(OPERATOR, "local", None, None, "the local world");
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    Ok(Client::new(Arc::new(models), sdk.load().await))
}

/// Makes resources, one after the other.
pub(crate) async fn make(client: &Client, resources: &[Make]) -> Result<(), StackError> {
    for Make { service, api, input } in resources {
        let made = client.call(service, api, input.clone(), CallOptions::default()).await;
        made.map_err(|source| StackError::Make { service, api, source: Box::new(source) })?;
    }
    Ok(())
}
