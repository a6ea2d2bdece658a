//! Tickets as OpsItems of SSM OpsCenter, in the account and Region of the function. The default: no set-up.
//!
//! Comes in: a [`Draft`]. Goes out: `CreateOpsItem`, `GetOpsItem`, `UpdateOpsItem`. OpsCenter finds an open OpsItem
//! of the same fault itself, by `/aws/dedup` together with `/aws/resources`; a closed one is known by our memory alone.
//! Never: a change to what a person may have written; a repeat adds operational data and leaves the description.

mod fault;
mod request;

use async_trait::async_trait;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::SdkError;
use aws_sdk_ssm::operation::create_ops_item::CreateOpsItemError;
use aws_sdk_ssm::types::{OpsItem, OpsItemStatus};

use jiff::Timestamp;

use super::desk::{Check, Created, Desk, Found, HANDS_OFF, Known, Moved, Note, State};
use super::draft::{Draft, Severity};
use super::error::TicketError;
use crate::aws::Services;
use crate::telemetry::chain;

/// The desk's name in messages.
const DESK: &str = "OpsCenter";
/// The id of no OpsItem.
const NOBODY: &str = "oi-000000000000";

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
    async fn find(&self, _draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        let Some(known) = known else { return Ok(None) };
        Ok(self.get(&known.id).await?.map(|item| found(&known.id, &item)))
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        match request::create(&self.client, draft).send().await {
            Ok(answer) => match answer.ops_item_id {
                Some(id) => Ok(Created::New(id)),
                None => Err(TicketError::Unreadable { desk: DESK, problem: "CreateOpsItem gave no id".into() }),
            },
            Err(error) => self.existing(error, draft).await,
        }
    }

    async fn comment(&self, id: &str, draft: &Draft, note: &Note) -> Result<(), TicketError> {
        let before = self.get(id).await?;
        let update = request::update(&self.client, id, draft, note, before.as_ref());
        update.send().await.map(drop).map_err(fault::describe)
    }

    async fn close(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.becomes(id, draft, note, OpsItemStatus::Resolved).await
    }

    async fn reopen(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.becomes(id, draft, note, OpsItemStatus::Open).await
    }

    async fn raise(&self, id: &str, _draft: &Draft, _from: Severity, to: Severity) -> Result<(), TicketError> {
        let update = self.client.update_ops_item().ops_item_id(id).severity(to.number());
        update.send().await.map(drop).map_err(fault::describe)
    }

    fn url(&self, id: &str) -> String {
        super::place::Place::new("", &self.region).ops_item(id)
    }

    /// OpsCenter has no way to try a creation, and no OpsItem has this id: the answer tells address and permission.
    async fn check(&self, _draft: &Draft) -> Vec<Check> {
        let says = match self.get(NOBODY).await {
            Ok(_) => {
                Ok(format!("OpsCenter of {} answers; whether OpsItems may be created only a ticket shows", self.region))
            }
            Err(error) => Err(chain(&error)),
        };
        vec![Check { what: "OpsCenter".into(), says }]
    }
}

impl OpsCenter {
    /// OpsCenter has one. It may be this very one: a request that is repeated because its answer was lost.
    async fn existing(&self, error: SdkError<CreateOpsItemError>, draft: &Draft) -> Result<Created, TicketError> {
        let Some(id) = existing(&error) else { return Err(fault::describe(error)) };
        let item = self.get(&id).await?;
        let same = item.is_some_and(|item| request::occurrence(&item) == Some(draft.occurrence.as_str()));
        Ok(if same { Created::New(id) } else { Created::Exists(id) })
    }

    async fn becomes(&self, id: &str, draft: &Draft, note: &Note, status: OpsItemStatus) -> Result<Moved, TicketError> {
        let before = self.get(id).await?;
        let update = request::update(&self.client, id, draft, note, before.as_ref()).status(status);
        match update.send().await {
            Ok(_) => Ok(Moved::Yes),
            Err(SdkError::ServiceError(error)) if error.err().is_ops_item_already_exists_exception() => {
                Ok(Moved::No("there is another one that is open".into()))
            }
            Err(error) => Err(fault::describe(error)),
        }
    }
}

fn found(id: &str, item: &OpsItem) -> Found {
    let state = match item.status {
        Some(OpsItemStatus::Open) => State::Open,
        Some(OpsItemStatus::Resolved | OpsItemStatus::Closed) => State::Done,
        _ => State::Taken,
    };
    let marked = item.operational_data.as_ref().is_some_and(|data| data.contains_key(HANDS_OFF));
    let changed = item.last_modified_time.and_then(|at| Timestamp::from_second(at.secs()).ok());
    Found {
        id: id.to_owned(),
        state,
        urgency: item.severity.as_deref().and_then(Severity::numbered),
        silenced: marked || item.title.as_deref().is_some_and(|title| title.contains(HANDS_OFF)),
        closed: changed.filter(|_| state == State::Done),
    }
}

fn existing(error: &SdkError<CreateOpsItemError>) -> Option<String> {
    match error.as_service_error() {
        Some(CreateOpsItemError::OpsItemAlreadyExistsException(exists)) => exists.ops_item_id().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> serde_json::Value {
    request::golden(draft)
}
