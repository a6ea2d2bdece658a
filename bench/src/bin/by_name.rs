//! DescribeInstances by name, once and a thousand times: what a process with `aws-api` costs in memory and size.

use std::error::Error;
use std::sync::Arc;

use aws_api::{Client, Models};
use bench::memory::kilobytes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = kilobytes("VmRSS");
    let models = Arc::new(Models::open(perf::models())?);
    let client = Client::new(models, perf::canned::configuration(perf::answers::described_instances(10)));
    bench::requests::describe(&client).await?;
    let first = kilobytes("VmRSS");
    for _ in 0..1000 {
        bench::requests::describe(&client).await?;
    }
    println!(
        "by name: kB at start {start:?}, after the first call {first:?}, after 1,000 more {:?}",
        kilobytes("VmRSS")
    );
    Ok(())
}
