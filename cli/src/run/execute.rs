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

use engine::{Document, Execution, RunError};
use shared::aws::Services;
use shared::host::{Journal, LocalHost, Reporter};

use super::progress::Watch;
use super::{Session, ending};
use crate::error::CliError;
use crate::exit::Exit;
use crate::redact;

/// Runs to the end, or until a second Ctrl-C.
pub(crate) async fn execute(
    session: &Session,
    journal: Journal,
    path: &Path,
    services: Services,
    json: bool,
) -> Result<Exit, CliError> {
    let document = session.parse()?;
    let models = Arc::clone(services.api.models());
    let host = LocalHost::new(session.context.execution_id.clone(), services, journal, reporter(&document));
    let stop = host.stop_flag();
    let run = engine::run(&document, session.parameters.clone(), &session.context, &host);
    match interruptible(run, &stop).await? {
        Some(Ok(mut execution)) => {
            redact::execution(&mut execution, &models);
            finish(&execution, json)
        }
        Some(Err(error)) => Err(refused(error, path)),
        None => {
            writeln!(io::stderr(), "left where it is\n{}", go_on(path))?;
            Ok(Exit::Left)
        }
    }
}

fn reporter(document: &Document) -> Reporter {
    let begun = Instant::now();
    let watch = Watch::new(io::stderr(), document, move || begun.elapsed());
    let watch = Mutex::new(watch);
    Arc::new(move |progress| watch.lock().unwrap_or_else(PoisonError::into_inner).show(progress))
}

/// The first Ctrl-C asks the run to stop, which it does at its next step; the second ends it at once.
async fn interruptible<T>(run: impl Future<Output = T>, stop: &AtomicBool) -> io::Result<Option<T>> {
    let mut run = pin!(run);
    tokio::select! {
        done = &mut run => return Ok(Some(done)),
        asked = tokio::signal::ctrl_c() => asked?,
    }
    stop.store(true, Ordering::Relaxed);
    // Who pressed it may be gone; the run stops safely all the same.
    let _ = writeln!(io::stderr(), "{STOPPING}");
    tokio::select! {
        done = &mut run => Ok(Some(done)),
        asked = tokio::signal::ctrl_c() => asked.map(|()| None),
    }
}

/// Said at the first Ctrl-C.
const STOPPING: &str = "\
stopping at the next step, wait or attempt; then the step's onCancel is followed. Ctrl-C again leaves at once";

fn finish(execution: &Execution, json: bool) -> Result<Exit, CliError> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(execution)?)?;
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
        RunError::Invalid(_) | RunError::Unsupported(_) | RunError::Parameters(_) => {
            // A journal that stays behind does no harm: it begins anew.
            let _ = std::fs::remove_file(path);
        }
    }
    error.into()
}

fn go_on(path: &Path) -> String {
    format!("go on with: kintsugi resume {}", path.display())
}
