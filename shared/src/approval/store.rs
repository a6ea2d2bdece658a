//! Approvals in the guard table, and the one way to decide on them.
//!
//! Comes in: an approval, the claims of a valid link, a word. Goes out: the approval as it then is, and word to the run
//! that waits, once it is settled. Never: a decision that was not stored; two decisions of one approver; one that
//! counts after the time, for another plan, or when it is settled.
//!
//! An approval is one item with a version. Whoever writes says which version was read, so of decisions at the same time
//! one is stored, and the others look again.

use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;

use super::link::Claims;
use super::request::{Approval, State};
use crate::aws::{ApiError, Services};
use crate::guard::table::{self, Written, number, text};
use crate::host::wall_clock;
use crate::telemetry::chain;

/// How long an approval is remembered after its time, in seconds: a late click is told that it is late.
const REMEMBERED: i64 = 30 * 24 * 3600;
/// How often a write looks again. Only as many are ever in the way as there are approvers.
const TRIES: u32 = 50;
/// DynamoDB takes 400 KB for an item.
const LARGEST: usize = 300 * 1024;

/// What an approver says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Yes or no.
    pub approved: bool,
    /// Why. Cut and cleaned before it is stored.
    pub reason: Option<String>,
}

/// A word that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The approval as it is now.
    pub approval: Approval,
    /// Whether the same word was said before: nothing was added.
    pub repeated: bool,
}

/// A word that does not count, or not yet.
#[derive(Debug, Error)]
pub enum NotDecided {
    /// There is no such approval, or not any more.
    #[error("there is no such approval")]
    Unknown,
    /// Somebody who is not asked.
    #[error("{approver} is not asked for this approval")]
    NotAnApprover {
        /// Who.
        approver: String,
    },
    /// The link is for another plan than the approval.
    #[error("the link is for another plan")]
    OtherPlan,
    /// Too late.
    #[error("the time for this approval is over")]
    Expired,
    /// It is settled.
    #[error("this approval is {state} already")]
    Settled {
        /// How.
        state: State,
    },
    /// The same approver has said the contrary before.
    #[error("you have decided otherwise before, and a decision stands")]
    Otherwise,
    /// Stored, and it settles the approval, but the run that waits could not be told: the same word once more tells it.
    #[error("the decision is stored, but the run that waits for it could not be told: {cause}")]
    NotTold {
        /// The approval as it is now.
        approval: Box<Approval>,
        /// What went wrong.
        cause: String,
    },
    /// Not stored.
    #[error("the decision could not be stored")]
    Store(#[from] StoreError),
}

/// The table did not do as it was told.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It does not answer.
    #[error("the guard table cannot be used: {0}")]
    Table(String),
    /// Another approval has this id.
    #[error("there is another approval {0}")]
    Taken(String),
    /// What is stored is of another version of this code.
    #[error("what is stored of approval {id} cannot be read")]
    Unreadable {
        /// Its id.
        id: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Too many wrote at the same time.
    #[error("too many decide at the same time; try again")]
    Busy,
    /// More than an item may hold.
    #[error("the plan has {0} bytes, more than can be stored for an approval")]
    TooLarge(usize),
}

/// An approval and the version it was read in.
struct Stored {
    approval: Approval,
    version: i64,
}

/// Stores a new approval. The same one again is fine, and changes nothing: that is what a repeated step does.
///
/// # Errors
/// [`StoreError`].
pub async fn create(services: &Services, approval: &Approval) -> Result<(), StoreError> {
    match put(services, approval, 1, "attribute_not_exists(pk)", json!({})).await? {
        Written::Taken => Ok(()),
        Written::Held => match read(services, &approval.id).await? {
            Some(held) if held.approval.callback == approval.callback => Ok(()),
            _ => Err(StoreError::Taken(approval.id.clone())),
        },
    }
}

/// The approval as it is.
///
/// # Errors
/// [`StoreError`].
pub async fn load(services: &Services, id: &str) -> Result<Option<Approval>, StoreError> {
    Ok(read(services, id).await?.map(|stored| stored.approval))
}

/// Takes an approver's word. `claims` are those of a link that was verified. What settles the approval is told to the
/// run that waits; a word that was stored before its run could be told is told when it is said again.
///
/// # Errors
/// [`NotDecided`]; only with `NotTold` something was stored.
pub async fn decide(services: &Services, claims: &Claims, word: &Word) -> Result<Decided, NotDecided> {
    for _ in 0..TRIES {
        let stored = read(services, &claims.approval).await?.ok_or(NotDecided::Unknown)?;
        let Some(next) = stored.approval.hear(claims, word, wall_clock())? else {
            let approval = tell(services, stored).await?;
            return Ok(Decided { approval, repeated: true });
        };
        if let Written::Taken = replace(services, &next, stored.version).await? {
            let approval = tell(services, Stored { approval: next, version: stored.version + 1 }).await?;
            return Ok(Decided { approval, repeated: false });
        }
    }
    Err(StoreError::Busy.into())
}

/// Ends an open approval without a decision. The approval as it then is: one that was settled meanwhile stays so.
///
/// # Errors
/// [`StoreError`]. `None`: there is no such approval.
pub async fn settle_open(services: &Services, id: &str, state: State) -> Result<Option<Approval>, StoreError> {
    settle(services, id, state, &[State::Open]).await
}

/// Takes an approval back that was given for a world that is another by now.
///
/// # Errors
/// [`StoreError`]. `None`: there is no such approval.
pub async fn void(services: &Services, id: &str) -> Result<Option<Approval>, StoreError> {
    settle(services, id, State::Void, &[State::Open, State::Approved, State::Expired]).await
}

async fn settle(services: &Services, id: &str, state: State, from: &[State]) -> Result<Option<Approval>, StoreError> {
    for _ in 0..TRIES {
        let Some(Stored { approval, version }) = read(services, id).await? else { return Ok(None) };
        if !from.contains(&approval.state) {
            return Ok(Some(approval));
        }
        let next = Approval { state, ..approval };
        if let Written::Taken = replace(services, &next, version).await? {
            return Ok(Some(next));
        }
    }
    Err(StoreError::Busy)
}

/// Tells the run that waits, if the approval is settled and it was not told.
async fn tell(services: &Services, stored: Stored) -> Result<Approval, NotDecided> {
    let Stored { approval, version } = stored;
    if approval.told || !matches!(approval.state, State::Approved | State::Rejected) {
        return Ok(approval);
    }
    let word = json!({"approval": approval.id, "state": approval.state}).to_string();
    let input = json!({"CallbackId": approval.callback, "Result": word});
    match services.call("lambda", "SendDurableExecutionCallbackSuccess", input).await {
        Ok(_) => {}
        // It waits no more, and looks at what is stored here before it goes on.
        Err(ApiError::Service(error)) if error.code == "CallbackTimeoutException" => {}
        Err(error) => return Err(NotDecided::NotTold { approval: Box::new(approval), cause: chain(&error) }),
    }
    let told = Approval { told: true, ..approval };
    // Should this not be stored, the next word tells once more, which is no harm.
    if let Err(error) = replace(services, &told, version).await {
        tracing::warn!(target: "kintsugi", approval = told.id, error = chain(&error), "told, but not noted");
    }
    Ok(told)
}

fn key(id: &str) -> String {
    format!("approval#{id}")
}

async fn read(services: &Services, id: &str) -> Result<Option<Stored>, StoreError> {
    let item = table::get(services, &key(id)).await.map_err(StoreError::Table)?;
    let Some(body) = item["approval"]["S"].as_str() else { return Ok(None) };
    let approval = serde_json::from_str(body).map_err(|source| StoreError::Unreadable { id: id.to_owned(), source })?;
    let version = item["version"]["N"].as_str().and_then(|version| version.parse().ok()).unwrap_or_default();
    Ok(Some(Stored { approval, version }))
}

/// Stores the next version if nobody else has.
async fn replace(services: &Services, next: &Approval, version: i64) -> Result<Written, StoreError> {
    put(services, next, version + 1, "version = :read", json!({":read": number(version)})).await
}

async fn put(
    services: &Services,
    approval: &Approval,
    version: i64,
    condition: &str,
    values: Value,
) -> Result<Written, StoreError> {
    let body = serde_json::to_string(approval).unwrap_or_default();
    if body.len() > LARGEST {
        return Err(StoreError::TooLarge(body.len()));
    }
    let item = json!({
        "pk": text(&key(&approval.id)),
        "version": number(version),
        "approval": text(&body),
        "expiresAt": number(forgotten(approval.expires_at)),
    });
    let mut input = json!({
        "TableName": services.settings.guard_table, "ConditionExpression": condition, "Item": item,
    });
    if values.as_object().is_some_and(|values| !values.is_empty()) {
        input["ExpressionAttributeValues"] = values;
    }
    let answer = services.call("dynamodb", "PutItem", input).await;
    table::conditional(answer).map_err(StoreError::Table)
}

fn forgotten(expires: Timestamp) -> i64 {
    expires.as_second().saturating_add(REMEMBERED)
}
