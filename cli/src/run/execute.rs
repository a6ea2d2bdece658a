//! The run itself: the engine over a local host, with Ctrl-C.
//!
//! Comes in: a session and its journal. Goes out: progress on standard error, the record on standard output.
//! Never: an end without a word on how to go on.

use std::future::Future;
use std::io::{self, Write as _};
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use engine::{Document, Execution, RunError, StopRequest};
use shared::aws::Services;
use shared::host::{Documents, Journal, LocalHost, People, Reporter, Scripts, Waiting};

use super::people::Desk;
use super::progress::Watch;
use super::stops::Stops;
use super::{Session, ending, waiting};
use crate::error::CliError;
use crate::exit::Exit;
use crate::{redact, show};

/// How a run is watched, talked to, and helped.
pub(crate) struct Manner {
    pub(crate) scripts: Scripts,
    pub(crate) desk: Arc<Desk>,
    /// What Ctrl-C means.
    pub(crate) stopping: StopRequest,
    /// The record as JSON.
    pub(crate) json: bool,
}

/// Runs to the end, until a second Ctrl-C, or until it has to wait for people who are not here.
pub(crate) async fn execute(
    session: &Session,
    journal: Journal,
    path: &Path,
    services: Services,
    manner: Manner,
) -> Result<Exit, CliError> {
    let document = session.parse()?;
    let models = Arc::clone(services.api.models());
    let host = LocalHost::new(session.context.execution_id.clone(), services, journal, reporter(&document));
    let host = host.with_scripts(manner.scripts);
    let host = host.with_people(Arc::clone(&manner.desk) as Arc<dyn People>).stopping(manner.stopping);
    let host = host.with_documents(Documents::in_folders(session.documents.clone()));
    let (stop, secrets) = (host.stop_flag(), host.secrets());
    let run = engine::run(&document, session.parameters.clone(), &session.context, &host);
    let ended = interruptible(run, &stop, manner.stopping).await?;
    if let Some(given) = manner.desk.unused() {
        writeln!(io::stderr(), "nothing was decided: the run does not wait for that at {}", given.step)?;
    }
    match ended {
        Some(Ok(mut execution)) => {
            redact::execution(&mut execution, &models, &secrets);
            finish(&execution, manner.json)
        }
        Some(Err(error)) => match waiting::of(&error) {
            Some(found) => wait(found, session, path, manner.json),
            None => Err(refused(error, path)),
        },
        None => {
            writeln!(io::stderr(), "left where it is\n{}", go_on(path))?;
            Ok(Exit::Left)
        }
    }
}

/// Says what the run waits for. It is not an end: the journal has everything.
fn wait(found: &Waiting, session: &Session, path: &Path, json: bool) -> Result<Exit, CliError> {
    waiting::write(&mut io::stderr(), found, path)?;
    if json {
        let object = waiting::json(found, path, &session.context.execution_id);
        writeln!(io::stdout(), "{}", show::json(&object)?)?;
    }
    Ok(Exit::Waits)
}

fn reporter(document: &Document) -> Reporter {
    let begun = Instant::now();
    let watch = Watch::new(io::stderr(), document, move || begun.elapsed());
    let watch = Mutex::new(watch);
    Arc::new(move |progress| watch.lock().unwrap_or_else(PoisonError::into_inner).show(progress))
}

/// The first Ctrl-C (or SIGTERM) asks the run to stop, which it does at its next step; the second ends it at once.
async fn interruptible<T>(
    run: impl Future<Output = T>,
    stop: &AtomicBool,
    stopping: StopRequest,
) -> io::Result<Option<T>> {
    let (mut run, mut stops) = (pin!(run), Stops::new()?);
    tokio::select! {
        done = &mut run => return Ok(Some(done)),
        asked = stops.next() => asked?,
    }
    stop.store(true, Ordering::Relaxed);
    // Who pressed it may be gone; the run stops safely all the same.
    let _ = writeln!(io::stderr(), "{}", said(stopping));
    tokio::select! {
        done = &mut run => Ok(Some(done)),
        asked = stops.next() => asked.map(|()| None),
    }
}

/// Said at the first Ctrl-C.
fn said(stopping: StopRequest) -> &'static str {
    match stopping {
        StopRequest::Cancel => {
            "stopping at the next step, wait or attempt; then the step's onCancel is followed. Ctrl-C again leaves at once"
        }
        StopRequest::Complete => {
            "stopping when the running step has ended; no onCancel is followed. Ctrl-C again leaves at once"
        }
    }
}

fn finish(execution: &Execution, json: bool) -> Result<Exit, CliError> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", show::json(execution)?)?;
    } else {
        ending::write(&mut out, execution)?;
    }
    Ok(ending::exit(execution.status))
}

/// A run that was refused has done nothing, so its journal holds nothing to go on with.
fn refused(error: RunError, path: &Path) -> CliError {
    match error {
        RunError::Host(_) => {
            // There is nowhere left to say that standard error is closed.
            let _ = writeln!(io::stderr(), "{}", go_on(path));
        }
        RunError::Invalid(_) | RunError::Unsupported(_) | RunError::Parameters(_) | RunError::Children(_) => {
            // A journal that stays behind does no harm: it begins anew.
            let _ = std::fs::remove_file(path);
        }
    }
    error.into()
}

fn go_on(path: &Path) -> String {
    format!("go on with: kintsugi resume {}", path.display())
}
