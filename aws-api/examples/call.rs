//! Calls one AWS operation from the command line, with the credentials and endpoints of the environment.
//!
//! Comes in: the pack of models, a service, an operation, its input as JSON.
//! Goes out: the output as JSON on standard output, or the error and its causes.
//! Never: a page more than asked for.
//!
//! `cargo run -p aws-api --example call -- .local/models/models.pack ec2 DescribeInstances '{"MaxResults": 5}'`

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use aws_api::{CallOptions, Client, Models};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pack, service, api, input @ ..] = arguments.as_slice() else {
        eprintln!("usage: call MODELS SERVICE OPERATION [INPUT]");
        return ExitCode::from(2);
    };
    match call(pack, service, api, input.first().map_or("{}", String::as_str)).await {
        Ok(output) => {
            // A closed pipe is the reader's wish, not a failure.
            let _ = writeln!(std::io::stdout(), "{output:#}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let mut next: Option<&dyn Error> = Some(error.as_ref());
            while let Some(error) = next {
                eprintln!("{error}");
                next = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn call(pack: &str, service: &str, api: &str, input: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let models = Arc::new(Models::open(pack)?);
    let client = Client::new(models, aws_config::load_from_env().await);
    Ok(client.call(service, api, serde_json::from_str(input)?, CallOptions::default()).await?)
}
