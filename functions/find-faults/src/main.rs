//! Wiring of the function find-faults.

use find_faults::FindFaults;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::serve(FindFaults::new).await
}
