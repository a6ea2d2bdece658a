//! The only place where a shipped function runs a runbook for real, and what it must show to do so: a permit.

use std::time::Duration;

use engine::{Context, Document, Execution, HostError, Plan, PollPolicy, Readings};
use serde_json::{Map, Value};

use super::Run;
use crate::catalogue::{self, Binding, CatalogueError};
use crate::guard::Permit;
use crate::host::RunHost;
use crate::incident::Incident;
use crate::outcome::{NOTHING, Outcome};
use crate::telemetry::chain;

/// Pauses between two looks grow up to this many times the first.
const MAX_POLL_GROWTH: u32 = 6;

/// A binding with its runbook.
pub(super) struct Runbook {
    pub(super) binding: Binding,
    pub(super) document: Document,
}

impl Runbook {
    pub(super) fn of(run: &Run) -> Result<Self, CatalogueError> {
        let binding = catalogue::binding(&run.binding)?;
        let document = catalogue::runbook_of(&binding)?;
        Ok(Self { binding, document })
    }
}

/// Runs for real. `Err` is a runbook that could not begin.
pub(super) async fn run(
    permit: &Permit,
    host: &dyn RunHost,
    poll: Duration,
    incident: &Incident,
    runbook: &Runbook,
    parameters: &Map<String, Value>,
    name: &str,
) -> Result<Result<Execution, String>, HostError> {
    tracing::debug!(target: "kintsugi", resource = %permit.resource(), "permitted");
    let context = context(host, incident, poll, name);
    match engine::run(&runbook.document, parameters.clone(), &context, host.engine()).await {
        Ok(execution) => Ok(Ok(execution)),
        Err(engine::RunError::Host(error)) => Err(error),
        Err(error) => Ok(Err(chain(&error))),
    }
}

/// Plans, and tells the plan: observe mode.
pub(super) async fn plan(
    host: &dyn RunHost,
    incident: &Incident,
    run: &Run,
    runbook: &Runbook,
) -> Result<Outcome, HostError> {
    let planned = planned(host, incident, run, runbook).await?;
    Ok(planned
        .map_or_else(|outcome| outcome, |plan| Outcome::Planned { change: run.change.clone(), plan: lines(&plan) }))
}

/// Plans: reads for real, writes never. `Err` is the outcome when there is no plan.
pub(super) async fn planned(
    host: &dyn RunHost,
    incident: &Incident,
    run: &Run,
    runbook: &Runbook,
) -> Result<Result<Plan, Outcome>, HostError> {
    let context = context(host, incident, Duration::ZERO, "plan");
    match engine::plan(&runbook.document, run.parameters.clone(), &context, host.engine()).await {
        Ok(plan) => Ok(Ok(plan)),
        Err(engine::RunError::Host(error)) => Err(error),
        Err(error) => {
            let by_hand = vec![NOTHING.to_owned()];
            Ok(Err(Outcome::Failed { step: "plan".into(), cause: chain(&error), by_hand }))
        }
    }
}

/// A plan as people read it.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    plan.to_string().lines().map(str::to_owned).collect()
}

fn context(host: &dyn RunHost, incident: &Incident, poll: Duration, name: &str) -> Context {
    Context {
        execution_id: format!("{}/{name}", host.execution()),
        region: incident.region.clone(),
        account_id: incident.account.clone(),
        partition: incident.partition().to_owned(),
        poll: PollPolicy { first: poll, max: poll * MAX_POLL_GROWTH, factor: 1.5 },
        readings: Readings::default(),
    }
}
