//! The small account of the demo: what is in it before anything happens.
//!
//! Comes in: an operator. Goes out: the names of everything that was made. Never: anything that is told only to the
//! local world; what is wrong is wrong in the account's own state.

use crate::operator::make::Machine;
use crate::operator::{Operator, OperatorError};

/// What is in the account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Busy; the next size up relieves it.
    pub(crate) web: Machine,
    /// Busy too, and AWS has no capacity for the next size.
    pub(crate) batch: Machine,
    /// Readable by everybody.
    pub(crate) bucket: &'static str,
    /// Lets everybody in by SSH, besides those who need it.
    pub(crate) group: String,
}

impl Account {
    pub(crate) async fn seed(operator: &Operator) -> Result<Self, OperatorError> {
        const BUCKET: &str = "holiday-photos";
        let web = operator.machine("web-1", "m5.large").await?;
        let batch = operator.machine("batch-1", "c5.xlarge").await?;
        operator.public_bucket(BUCKET).await?;
        let group = operator.open_group("front-door").await?;
        Ok(Self { web, batch, bucket: BUCKET, group })
    }
}
