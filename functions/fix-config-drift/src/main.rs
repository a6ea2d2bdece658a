//! Wiring of the function fix-config-drift.

use fix_config_drift::FixConfigDrift;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::remediate(FixConfigDrift::new).await
}
