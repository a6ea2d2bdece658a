//! Says that a function's processes have died, as Lambda knows at once.
//!
//! Comes in: the durable runner's address and a function. Goes out: when this returns, the invocations that the processes
//! had have failed, and will be made again. Never: a reason to fail; whoever dies before the runner is there has none.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than the runner ever takes.
const WITHIN: Duration = Duration::from_secs(10);

/// Tells the runner at this address, `127.0.0.1:PORT`.
pub(super) fn tell(runner: &str, function: &str) {
    if let Err(error) = told(runner, function) {
        tracing::warn!(%error, function, "nobody heard of its death; its invocations end with their time");
    }
}

fn told(runner: &str, function: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(runner)?;
    stream.set_read_timeout(Some(WITHIN))?;
    let request = format!("POST /_world/deaths/{function} HTTP/1.1\r\nHost: {runner}\r\n");
    stream.write_all(format!("{request}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(io::Error::other(answer)) }
}
