//! What a run would do, without doing it.
//!
//! Comes in: what [`crate::run()`] takes. Goes out: every write with its resolved inputs and what is known of the
//! state before, the waits and asserts between, the same of the runbooks that steps run, and the way back.
//! Never: a write, a sleep, or a guess: what depends on a write is marked `<known after …>` and checked then.

mod before;
mod child;
mod entry;
mod offspring;
mod order;
mod record;
mod show;
mod unfold;
mod unseen;
mod walk;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::document::Document;
use crate::host::Host;
use crate::run::{self, RunError, Setting};

pub use record::{Plan, PlanKind, PlannedStep, Round};

/// Plans a run: reads for real as long as nothing was changed, lists everything after the first change.
///
/// # Errors
/// As [`crate::run()`]: the document or the parameters are refused, or the host cannot go on.
pub async fn plan(
    document: &Document,
    parameters: Map<String, Value>,
    context: &Context,
    host: &dyn Host,
) -> Result<Plan, RunError> {
    let setting = Setting::new(document, context, host);
    let mut values = run::prepare(&setting, parameters).await?;
    values.planned_at(host.now("plan/start").await?);
    let setting = Setting { prefix: "plan/".to_owned(), ..setting };
    let unfold::Unfolded { mut steps, undo, .. } =
        unfold::Unfold::default().execution(setting, values, Vec::new(), true).await?;
    before::forget_what_changes(&mut steps);
    Ok(Plan::new(&document.name, steps, undo))
}
