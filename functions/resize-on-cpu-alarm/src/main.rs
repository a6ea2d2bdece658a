//! Wiring of the function resize-on-cpu-alarm.

use resize_on_cpu_alarm::ResizeOnCpuAlarm;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::remediate(ResizeOnCpuAlarm::new).await
}
