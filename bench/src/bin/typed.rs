//! DescribeInstances with the typed client, once and a thousand times: the same process with `aws-sdk-ec2`.

use std::error::Error;

use bench::memory::kilobytes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = kilobytes("VmRSS");
    let configuration = perf::canned::configuration(perf::answers::described_instances(10));
    let client = aws_sdk_ec2::Client::new(&configuration);
    bench::requests::describe_typed(&client).await?;
    let first = kilobytes("VmRSS");
    for _ in 0..1000 {
        bench::requests::describe_typed(&client).await?;
    }
    println!("typed: kB at start {start:?}, after the first call {first:?}, after 1,000 more {:?}", kilobytes("VmRSS"));
    Ok(())
}
