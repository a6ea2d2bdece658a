//! The small account of the demo: what is in it before anything happens.
//!
//! Comes in: a stack. Goes out: the names of everything that was made. Never: a fault that the local world is merely
//! told of: what is wrong is wrong in the account's own state, and busy machines are busy.

use crate::operator::make::Machine;
use crate::operator::{Operator, OperatorError};
use crate::stack::Stack;

/// What the machines have to do, in vCPUs: 92 % of the two of an m5.large, and of the four of a c5.xlarge.
const LOADS: (f64, f64) = (1.84, 3.68);

/// What is in the account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Busy; the next size up relieves it.
    pub(crate) web: Machine,
    /// Busy too, and AWS has no capacity for a larger size.
    pub(crate) batch: Machine,
    /// Readable by everybody.
    pub(crate) bucket: &'static str,
    /// Lets everybody in by SSH, besides those who need it.
    pub(crate) group: String,
    pub(crate) group_name: &'static str,
}

impl Account {
    pub(crate) async fn seed(stack: &Stack, operator: &Operator) -> Result<Self, OperatorError> {
        const BUCKET: &str = "holiday-photos";
        const GROUP: &str = "front-door";
        let web = operator.machine("web-1", "m5.large").await?;
        let batch = operator.machine("batch-1", "c5.xlarge").await?;
        stack.set_load(&web.instance, LOADS.0).await;
        stack.set_load(&batch.instance, LOADS.1).await;
        operator.public_bucket(BUCKET).await?;
        let group = operator.open_group(GROUP).await?;
        Ok(Self { web, batch, bucket: BUCKET, group, group_name: GROUP })
    }
}
