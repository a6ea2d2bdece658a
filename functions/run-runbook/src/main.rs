//! Wiring of the function run-runbook.

use run_runbook::RunRunbook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::remediate(RunRunbook::new).await
}
