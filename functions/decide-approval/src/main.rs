//! Wiring of the function decide-approval.

use decide_approval::DecideApproval;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use shared::aws::Services;
use shared::settings::Settings;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let page = DecideApproval::new(Services::start(Settings::from_env()?).await?);
    let service = service_fn(|event: LambdaEvent<Value>| {
        let page = &page;
        async move { Ok::<Value, Error>(page.answer(&event.payload).await) }
    });
    lambda_runtime::run(service).await
}
