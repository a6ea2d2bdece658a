//! The local world for end-to-end tests: real binaries, real counterparts, one stack per test binary.
//!
//! Comes in: how the stack shall be, and tests. Goes out: whether they hold.
//! Never: two tests at once in one stack; never a test that counts as passed in CI because something is missing.

mod binary;
pub mod durably;
mod events;
pub mod guarded;
mod happened;
mod people;
mod stage;
pub mod tickets;

use std::error::Error;
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::runtime::Runtime;
use world::stack::{Stack, StackConfig, StackError, Tools};

pub use binary::with_counterparts;
pub use events::{Delivery, alarm_event, example, told_otherwise};
pub use happened::Happened;
pub use people::{Mailbox, People, link_in};
pub use stage::Stage;

/// What every end-to-end test returns.
pub type Tested = Result<(), Box<dyn Error>>;

/// A running stack and the threads it lives on: a test's own runtime would end with the first test.
struct Local {
    runtime: Runtime,
    stack: Stack,
    turn: Mutex<()>,
}

static LOCAL: OnceLock<Option<Local>> = OnceLock::new();

/// Runs one test in the binary's stack, which the first test starts. `config` is the same for all tests of a binary.
///
/// # Errors
/// The test's own.
pub fn test(config: fn(StackConfig) -> StackConfig, test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    let Some(local) = LOCAL.get_or_init(|| start(config)) else { return Ok(()) };
    // A test that failed has left its own resources behind, not ours.
    let _turn = local.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(&local.stack);
    local.runtime.block_on(test(&stage)).map_err(|error| explain(&local.stack, error))
}

/// Limits that bound nothing.
pub const UNBOUNDED: &str = "concurrent: 1000, perDay: 10000, breaker: {failures: 1000, within: 1d, retryAfter: 1h}, \
                         flapping: {times: 1000, within: 1d}";

fn start(config: fn(StackConfig) -> StackConfig) -> Option<Local> {
    match try_start(config) {
        Ok(local) => Some(local),
        Err(error) if may_skip(&error) => {
            eprintln!("SKIPPED: no local world on this machine: {}", chain(&error));
            None
        }
        #[expect(clippy::panic, reason = "a stack that does not start fails the test that wanted it")]
        Err(error) => panic!("the local world does not start: {}", chain(&error)),
    }
}

fn wanted() -> Result<StackConfig, StackError> {
    let mut wanted = StackConfig::new(Tools::find()?);
    wanted.binaries = binary::folder();
    Ok(wanted)
}

/// A stack to be, of the binaries this test was built with. `None`, and a loud word, on a machine that has not what it
/// takes.
///
/// # Errors
/// In CI, when something is missing.
pub fn stack() -> Result<Option<StackConfig>, StackError> {
    match wanted() {
        Ok(config) => Ok(Some(config)),
        Err(error) if may_skip(&error) => {
            eprintln!("SKIPPED: no local world on this machine: {}", chain(&error));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn try_start(config: fn(StackConfig) -> StackConfig) -> Result<Local, StackError> {
    // One stack serves all tests of a binary: what they do together must not look like a fault that spreads.
    let wanted = wanted()?.with_setting("KINTSUGI_MAX_PER_HOUR", "1000").with_setting("KINTSUGI_GUARDS", UNBOUNDED);
    let wanted = config(wanted);
    let runtime =
        Runtime::new().map_err(|source| StackError::Spawn { name: "the tests' threads".to_owned(), source })?;
    let stack = runtime.block_on(Stack::start(wanted))?;
    Ok(Local { runtime, stack, turn: Mutex::new(()) })
}

/// Only for what `make setup` and `make build` would bring, and never in CI.
fn may_skip(error: &StackError) -> bool {
    !ci() && matches!(error, StackError::ToolMissing { .. } | StackError::BinaryMissing { .. } | StackError::Models(_))
}

#[expect(clippy::disallowed_methods, reason = "CI is a convention of build machines, not a setting of ours")]
pub(crate) fn ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

fn explain(stack: &Stack, error: Box<dyn Error>) -> Box<dyn Error> {
    let dead = stack.check().err().map(|dead| format!("\n{dead}")).unwrap_or_default();
    format!("{}{dead}\nlogs: {}", chain(error.as_ref()), stack.folder().display()).into()
}

/// An error and its causes, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
