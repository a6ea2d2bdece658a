//! Puts faults right in the local world and says where the time went, as JSON. `scripts/bench remediate` runs it.
//!
//! usage: measure-remediations BINARIES ROUNDS

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binaries, rounds] = &arguments[..] else { return Err("usage: measure-remediations BINARIES ROUNDS".into()) };
    println!("{}", tests::pace::measure(binaries.into(), rounds.parse()?).await?);
    Ok(())
}
