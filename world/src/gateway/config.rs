//! What a gateway is told when it starts.
//!
//! Comes in: addresses and files, chosen by whoever starts the world. Goes out: nothing; plain data.
//! Never: a default that reaches beyond this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::clock::Timings;

/// The one account the local world holds: moto's default.
pub const ACCOUNT: &str = "123456789012";
/// The one Region the local world holds.
pub const REGION: &str = "eu-west-1";

/// What the gateway needs to know.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where moto server is, for example `http://127.0.0.1:5000`.
    pub moto_url: String,
    /// Where AWS's durable local runner is, if functions shall reach it through the gateway.
    pub runner_url: Option<String>,
    /// The packed service models (`make models`): the gateway reads moto's state with them.
    pub models: PathBuf,
    /// The SAM template whose rules, subscriptions and dead-letter queues the bus obeys. Absent: none.
    pub template: Option<PathBuf>,
    /// Parameters of the template, where they are not to have their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Functions that the template's rules, topics and queues do not reach.
    pub deaf: BTreeSet<String>,
    /// How fast the world runs.
    pub timings: Timings,
}

impl GatewayConfig {
    /// A gateway on a free loopback port before this moto, with default timings and no template.
    #[must_use]
    pub fn new(moto_url: impl Into<String>, models: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            moto_url: moto_url.into(),
            runner_url: None,
            models: models.into(),
            template: None,
            parameters: BTreeMap::new(),
            deaf: BTreeSet::new(),
            timings: Timings::default(),
        }
    }
}
