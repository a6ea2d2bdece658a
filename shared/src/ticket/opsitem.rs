//! Tickets as OpsItems of SSM OpsCenter, in the account and Region of the function. The default: no set-up.
//!
//! Comes in: a [`Draft`]. Goes out: `CreateOpsItem`, `GetOpsItem`, `UpdateOpsItem`. OpsCenter finds an open OpsItem
//! of the same fault itself, by `/aws/dedup` together with `/aws/resources`.
//! Never: a change to what a person may have written; a repeat adds operational data and leaves the description.

mod fault;
mod request;

use async_trait::async_trait;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::SdkError;
use aws_sdk_ssm::operation::create_ops_item::CreateOpsItemError;
use aws_sdk_ssm::types::{OpsItem, OpsItemStatus};

use super::desk::{Created, Desk};
use super::draft::Draft;
use super::error::TicketError;
use crate::aws::Services;

/// The desk's name in messages.
const DESK: &str = "OpsCenter";

/// OpsCenter of the function's account and Region.
pub struct OpsCenter {
    client: Client,
    region: String,
}

impl OpsCenter {
    /// A desk over the process's AWS configuration.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self { client: Client::new(&services.sdk), region: services.region() }
    }

    async fn get(&self, id: &str) -> Result<Option<OpsItem>, TicketError> {
        let answer = self.client.get_ops_item().ops_item_id(id).send().await;
        match answer {
            Ok(answer) => Ok(answer.ops_item),
            Err(SdkError::ServiceError(error)) if error.err().is_ops_item_not_found_exception() => Ok(None),
            Err(error) => Err(fault::describe(error)),
        }
    }
}

#[async_trait]
impl Desk for OpsCenter {
    async fn find(&self, _draft: &Draft, known: Option<&str>) -> Result<Option<String>, TicketError> {
        let Some(id) = known else { return Ok(None) };
        let open = |item: &OpsItem| matches!(item.status, Some(OpsItemStatus::Open | OpsItemStatus::InProgress));
        Ok(self.get(id).await?.filter(open).map(|_| id.to_owned()))
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        match request::create(&self.client, draft).send().await {
            Ok(answer) => match answer.ops_item_id {
                Some(id) => Ok(Created::New(id)),
                None => Err(TicketError::Unreadable { desk: DESK, problem: "CreateOpsItem gave no id".into() }),
            },
            Err(error) => existing(error),
        }
    }

    async fn comment(&self, id: &str, draft: &Draft) -> Result<(), TicketError> {
        let before = self.get(id).await?;
        let update = request::update(&self.client, id, draft, before.as_ref());
        update.send().await.map(drop).map_err(fault::describe)
    }

    fn url(&self, id: &str) -> String {
        super::place::Place::new("", &self.region).ops_item(id)
    }
}

fn existing(error: SdkError<CreateOpsItemError>) -> Result<Created, TicketError> {
    if let Some(CreateOpsItemError::OpsItemAlreadyExistsException(exists)) = error.as_service_error()
        && let Some(id) = exists.ops_item_id()
    {
        return Ok(Created::Exists(id.to_owned()));
    }
    Err(fault::describe(error))
}
