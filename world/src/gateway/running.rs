//! Starting and ending the gateway, and reaching it from the same process.
//!
//! Comes in: a [`GatewayConfig`] and whatever runs functions. Goes out: an address that answers.
//! Never: moto itself; who starts the gateway has started it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use aws_api::Models;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::Request;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::admin;
use super::config::GatewayConfig;
use super::connection::{CuttableListener, Scissors};
use super::faults::Faults;
use super::forward::Forwarder;
use super::function_url;
use super::journal::Journal;
use super::pace::PaceError;
use super::reaper::Reaper;
use super::server::{Server, handle, whole_body};
use crate::bus::{Invoker, Routes, routes::RouteError};
use crate::clock::{Clock, Timings};
use crate::cloud::Cloud;
use crate::cloud::moto::{self, Moto, MotoError};

/// Why a gateway could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The service models are missing or damaged.
    #[error("the service models cannot be used")]
    Models(#[source] aws_api::ModelsError),
    /// The template could not be read.
    #[error("cannot read the template {path}")]
    Template {
        /// Its file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The template has a rule that cannot be obeyed.
    #[error("cannot route by the template {path}")]
    Routes {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: RouteError,
    },
    /// The timings cannot be obeyed.
    #[error("the world cannot run at this pace: {0}")]
    Timings(String),
    /// moto does not take the world's pace.
    #[error("moto cannot be told how fast to be")]
    Pace(#[source] PaceError),
    /// moto does not answer, or not well.
    #[error("moto cannot be used")]
    Moto(#[source] MotoError),
    /// No HTTP client can be made.
    #[error("no HTTP client can be made")]
    Http(#[source] reqwest::Error),
}

/// The gateway; see [`Gateway::start`].
#[derive(Debug)]
pub struct Gateway;

/// A gateway that listens. Dropping it stops it.
#[derive(Debug)]
pub struct RunningGateway {
    /// Its address, for `AWS_ENDPOINT_URL`: `http://127.0.0.1:PORT`.
    pub url: String,
    server: Arc<Server>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    urls: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Starts a gateway; it answers from the moment this returns.
    ///
    /// # Errors
    /// [`GatewayError`] names what is missing.
    pub async fn start(config: GatewayConfig, invoker: Arc<dyn Invoker>) -> Result<RunningGateway, GatewayError> {
        let timings = config.timings.check().map_err(GatewayError::Timings)?;
        let routes = routes(&config)?;
        let models = Arc::new(Models::open(&config.models).map_err(GatewayError::Models)?);
        let moto = Moto::new(models.clone(), &config.moto_url).await;
        let forwarder = Forwarder::new(&config.moto_url).map_err(GatewayError::Http)?;
        forwarder.set_pace(&timings).await.map_err(GatewayError::Pace)?;
        let cloud = Cloud::new(moto, routes, invoker, Arc::new(Clock::new(timings)));
        cloud.begin().await.map_err(GatewayError::Moto)?;
        let runner = config.runner_url.as_deref().map(Forwarder::new).transpose().map_err(GatewayError::Http)?;
        let (faults, journal, reaper) = (Faults::default(), Journal::default(), Reaper::default());
        let server = Arc::new(Server { cloud, faults, journal, forwarder, runner, reaper });

        let listen = |source| GatewayError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(CuttableListener(listener), server.clone(), stopped));
        let url = format!("http://{address}");
        server.cloud.automations.call_through(moto::client(models, &url, "ssm-automation").await);
        Ok(RunningGateway { url, server, stop: Some(stop), serving, urls: vec![] })
    }
}

impl RunningGateway {
    /// What the world plays itself: rules, alarms, OpsItems, the bus, the clock.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.server.cloud
    }

    /// Every call so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.server.journal
    }

    /// The fault script.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// Who dies in the middle of a call, when a fault says so.
    #[must_use]
    pub fn reaper(&self) -> &Reaper {
        &self.server.reaper
    }

    /// Changes the pace of the world and of moto; what is under way keeps its own.
    ///
    /// # Errors
    /// One sentence about the timings, or about moto.
    pub async fn set_pace(&self, timings: Timings) -> Result<(), GatewayError> {
        self.server.set_pace(timings).await
    }

    /// Serves the URL of a function, which fetches its invocations from `runtime_api`; its address, with a slash at the
    /// end as AWS has it.
    ///
    /// # Errors
    /// No address can be listened on.
    pub(crate) async fn serve_function(&mut self, function: &str, runtime_api: &str) -> Result<String, GatewayError> {
        let served = function_url::serve(self.server.clone(), function, runtime_api).await;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (url, serving) = served.map_err(|source| GatewayError::Listen { address, source })?;
        self.urls.push(serving);
        Ok(url)
    }

    /// Stops listening and waits until calls under way are answered; deliveries under way end.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the server has ended by itself.
            let _ = stop.send(());
        }
        if let Err(error) = (&mut self.serving).await {
            tracing::debug!(%error, "the gateway ended early");
        }
    }
}

impl Drop for RunningGateway {
    fn drop(&mut self) {
        self.server.cloud.end();
        self.serving.abort();
        self.urls.iter().for_each(JoinHandle::abort);
    }
}

fn routes(config: &GatewayConfig) -> Result<Routes, GatewayError> {
    let Some(path) = config.template.clone() else { return Ok(Routes::default()) };
    let text =
        std::fs::read_to_string(&path).map_err(|source| GatewayError::Template { path: path.clone(), source })?;
    let routes = Routes::read(&text, &config.parameters);
    let routes = routes.map(|routes| routes.without(&config.deaf));
    routes.map_err(|source| GatewayError::Routes { path, source })
}

async fn serve(listener: CuttableListener, server: Arc<Server>, stopped: oneshot::Receiver<()>) {
    let app = Router::new().nest("/_world", admin::routes()).fallback(aws).with_state(server);
    let app = app.into_make_service_with_connect_info::<Scissors>();
    let until = async {
        // An error is a dropped sender: the gateway itself was dropped.
        let _ = stopped.await;
    };
    if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the gateway ended");
    }
}

async fn aws(
    state: State<Arc<Server>>,
    scissors: ConnectInfo<Scissors>,
    request: Request<Body>,
) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    match whole_body(body).await {
        Ok(body) => handle(state, scissors, parts, body).await,
        Err(status) => status.into_response(),
    }
}
