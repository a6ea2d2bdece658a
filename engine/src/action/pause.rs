//! aws:pause: the run waits until a person lets it go on.
//!
//! Takes and gives nothing. No time-out unless the step says one.
//! Never: an end of its own.

use async_trait::async_trait;

use super::{Answer, COMMON, Run, Runs, Spec};
use crate::host::{Ability, Resumption};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec =
    Spec { name: "aws:pause", cancel_target: false, needs: Some(Ability::Pause), runs: Runs::Here(&Pause), ..COMMON };

struct Pause;

#[async_trait]
impl Run for Pause {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        match attempt.wait_for_person().await? {
            Resumption::Resumed => Ok(Answer::default()),
            Resumption::TimedOut => Err(Stop::TimedOut { seconds: 0, seen: serde_json::Value::Null }),
            Resumption::Cancelled => Err(Stop::Cancelled),
        }
    }
}
