//! Waiting until something that was started answers, but not for ever.
//!
//! Comes in: a process and a question it must answer. Goes out: nothing, or why it will never answer.
//! Never: a fixed pause in the hope that it is enough.

use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use tokio::time::Instant;

use super::error::StackError;
use super::process::Process;

/// Python with moto's imports takes two seconds warm; a cold disk under load has been seen to take twenty.
const WITHIN: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_millis(40);

/// Asks `probe` until it says yes. Ends early, with the log, when the process ends.
pub(crate) async fn until<F>(process: &mut Process, probe: impl Fn() -> F) -> Result<(), StackError>
where
    F: Future<Output = bool>,
{
    let end = Instant::now() + WITHIN;
    while Instant::now() < end {
        process.check()?;
        if probe().await {
            return Ok(());
        }
        tokio::time::sleep(EVERY).await;
    }
    Err(StackError::NotReady { name: process.name().to_owned(), within: WITHIN, tail: process.tail() })
}

/// Whether something answers HTTP at `url`, whatever it says.
pub(crate) async fn answers(http: &reqwest::Client, url: &str) -> bool {
    http.get(url).timeout(Duration::from_secs(2)).send().await.is_ok()
}

/// Whether something listens on the loopback `port`. For servers that take any request as work.
pub(crate) async fn listens(port: u16) -> bool {
    tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
}

/// `N` loopback ports that are free now. All are held until all are known, so none is given twice.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N], StackError> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let (listener, free) =
            free_port().map_err(|source| StackError::Spawn { name: "a loopback port".into(), source })?;
        *port = free;
        held.push(listener);
    }
    Ok(ports)
}

fn free_port() -> std::io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_given_together_differ() {
        let mut ports = free_ports::<8>().unwrap().to_vec();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 8);
    }

    #[tokio::test]
    async fn a_process_that_dies_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut process =
            Process::start("quitter", std::process::Command::new("false").arg("x"), &folder.path().join("log"))
                .unwrap();
        let before = Instant::now();
        let error = until(&mut process, || async { false }).await.unwrap_err();
        assert!(matches!(error, StackError::Exited { .. }), "{error}");
        assert!(before.elapsed() < Duration::from_secs(5));
    }
}
