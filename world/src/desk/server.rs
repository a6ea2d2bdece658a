//! Starting and stopping a desk, and looking inside.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::fault::Fault;
use super::issues::{By, Issue};
use super::routes;
use super::state::{Desk, Flavour, Seen};
use super::workflow::{self, Status, Transition};

/// A field of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// `customfield_10042`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether an issue must have it.
    pub required: bool,
}

/// What a desk is told when it starts.
#[derive(Debug, Clone)]
pub struct DeskConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Which Jira it speaks like.
    pub flavour: Flavour,
    /// Key of the one project.
    pub project: String,
    /// Names of its issue types.
    pub issue_types: Vec<String>,
    /// The one user's address.
    pub email: String,
    /// The one user's API token.
    pub token: String,
    /// Names of priorities.
    pub priorities: Vec<String>,
    /// Names of the project's components.
    pub components: Vec<String>,
    /// Who can be given an issue: account ids, names in a Jira Data Center.
    pub people: Vec<String>,
    /// Permissions that the one user does not have; what they forbid is done all the same.
    pub withheld: Vec<String>,
    /// Fields of one's own on the screen on which issues are created.
    pub fields: Vec<Custom>,
    /// The workflow.
    pub transitions: Vec<Transition>,
    /// How long a new issue stays invisible to searches. Jira's index lags by seconds.
    pub search_lag: Duration,
}

impl Default for DeskConfig {
    /// Project `OPS` with `Task` and `Bug`, on a free loopback port, without lag.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            flavour: Flavour::Cloud,
            project: "OPS".into(),
            issue_types: vec!["Task".into(), "Bug".into()],
            email: "kintsugi@example.com".into(),
            token: "desk-token".into(),
            priorities: ["Highest", "High", "Medium", "Low", "Lowest"].map(str::to_owned).into(),
            components: vec!["shop".into()],
            people: vec!["kim".into()],
            withheld: Vec::new(),
            fields: Vec::new(),
            transitions: workflow::simple(),
            search_lag: Duration::ZERO,
        }
    }
}

/// A desk that listens. Dropping it stops it.
#[derive(Debug)]
pub struct RunningDesk {
    /// Its address, for `KINTSUGI_TICKET_URL`: `http://127.0.0.1:PORT`.
    pub url: String,
    desk: Arc<Desk>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<io::Result<()>>>,
}

/// Starts a desk; it answers from the moment this returns.
///
/// # Errors
/// The address cannot be listened on.
pub async fn start(config: DeskConfig) -> io::Result<RunningDesk> {
    let listener = TcpListener::bind(config.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let port = listener.local_addr()?.port();
    let desk = Arc::new(Desk::new(config, url.clone(), port));
    let (stop, stopped) = oneshot::channel();
    let serve = axum::serve(listener, routes::router(Arc::clone(&desk)));
    let served = tokio::spawn(async move {
        // A dropped sender stops it too.
        serve.with_graceful_shutdown(async { drop(stopped.await) }).await
    });
    Ok(RunningDesk { url, desk, stop: Some(stop), served: Some(served) })
}

impl RunningDesk {
    /// Every issue, oldest first.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        self.desk.issues()
    }

    /// Everything that was asked with right credentials, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.desk.seen()
    }

    /// The next requests meet these faults, one each, in order.
    pub fn inject(&self, faults: impl IntoIterator<Item = Fault>) {
        self.desk.inject(faults);
    }

    /// Changes an issue as a person would. False if there is no such issue.
    #[must_use]
    pub fn change(&self, key: &str, change: impl FnOnce(&mut Issue)) -> bool {
        self.desk.changed(key, change).is_some()
    }

    /// Moves an issue to Done, as a person would. False if there is no such issue.
    #[must_use]
    pub fn close(&self, key: &str) -> bool {
        self.desk.becomes(key, Status::Done, By::Person).is_some()
    }

    /// Every request from now on meets this fault, until told otherwise.
    pub fn break_down(&self, fault: Option<Fault>) {
        self.desk.break_down(fault);
    }

    /// Changes the one user's token, as its owner would: the old one is refused from now on.
    pub fn rotate(&self, token: &str) {
        self.desk.rotate(token);
    }

    /// Stops listening and waits until answers under way are out.
    ///
    /// # Errors
    /// The server ended badly.
    pub async fn shutdown(mut self) -> io::Result<()> {
        drop(self.stop.take());
        match self.served.take() {
            Some(served) => served.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }
}
