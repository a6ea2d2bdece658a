//! A function that runs whatever runbook its event brings, as a durable execution. For tests; in no template.
//!
//! Comes in: `{"runbook": TEXT, "parameters": {..}}`. Goes out: the record of the execution.
//! Never: a guard. It is built beside the functions and shipped with none.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use engine::{Context, PollPolicy, Readings};
use serde_json::Value;
use shared::aws::Services;
use shared::host::RunHost;
use shared::lambda::{Handler, serve};
use world::gateway::ACCOUNT;

struct RunDurably;

#[async_trait]
impl Handler for RunDurably {
    async fn handle(
        &self,
        services: &Services,
        host: &dyn RunHost,
        event: Value,
    ) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let text = event["runbook"].as_str().ok_or("the event has no runbook")?;
        let document = engine::parse(text, "told").map_err(|findings| findings.to_string())?;
        let parameters = event["parameters"].as_object().cloned().unwrap_or_default();
        let context = Context {
            execution_id: host.execution().to_owned(),
            region: services.region(),
            account_id: ACCOUNT.to_owned(),
            partition: "aws".to_owned(),
            poll: PollPolicy { first: Duration::from_secs(1), max: Duration::from_secs(4), factor: 2.0 },
            readings: Readings::default(),
        };
        let execution = engine::run(&document, parameters, &context, host.engine()).await?;
        Ok(serde_json::to_value(execution)?)
    }

    async fn give_up(&self, _: &Services, execution: &str, reason: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        eprintln!("{execution}: {reason}");
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    serve(|_| RunDurably).await
}
