//! Being asked to stop: Ctrl-C, or SIGTERM, as systems send before they kill.
//!
//! Comes in: signals. Goes out: one answer for each. Never: a difference between the two, or one that is missed: from
//! the first moment on they no longer end this process by themselves.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that ask a run to stop.
pub(super) struct Stops {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

#[cfg(unix)]
impl Stops {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns when the next one comes.
    pub(super) async fn next(&mut self) -> io::Result<()> {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        Ok(())
    }
}

#[cfg(not(unix))]
impl Stops {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Returns when the next one comes.
    pub(super) async fn next(&mut self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
