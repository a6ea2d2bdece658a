//! The rules that never break, at every step of every runbook: whatever fails, repeats, dies or is stopped.
//!
//! Every test run plays a selection of the cases; `KINTSUGI_SWEEP=all` (`make sweep`) plays all of them, any other word
//! those in whose names it stands.

use std::path::PathBuf;

use tests::checkout::root;
use tests::local::stack;
use tests::sweep::conduct::{Wanted, sweep};
use tests::sweep::finished::Book;
use tests::sweep::table;
use world::clock::{Clock, Timings};
use world::stack::FUNCTIONS;

/// So many of a thousand cases are played in every test run.
const SELECTION: u32 = 40;

fn wanted() -> Wanted {
    #[expect(clippy::disallowed_methods, reason = "a setting of tests, not of ours")]
    let told = std::env::var("KINTSUGI_SWEEP").ok();
    match told.as_deref() {
        None | Some("") => Wanted { of_a_thousand: SELECTION, named: None, slow: false, lanes: 6 },
        Some("all") => Wanted { of_a_thousand: 1000, named: None, slow: true, lanes: 8 },
        Some(named) => Wanted { of_a_thousand: 1000, named: Some(named.to_owned()), slow: true, lanes: 8 },
    }
}

/// The day of the sweep.
fn today() -> String {
    let now = Clock::new(Timings::default()).now();
    now.strftime("%Y-%m-%d").to_string()
}

#[test]
fn whatever_fails_at_whatever_step_no_rule_breaks() {
    let Some(config) = stack().unwrap() else { return };
    let binaries: Vec<PathBuf> = FUNCTIONS.iter().map(|name| config.binaries.join(name)).collect();
    let wanted = wanted();
    let kept =
        if wanted.of_a_thousand < 1000 { tempfile::tempdir().unwrap().keep() } else { root().join(".local/sweep") };
    let book = Book::open(&kept.join("finished.jsonl"), &binaries).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let results = runtime.block_on(sweep(&config, &wanted, &book)).unwrap();
    println!("{}", table::markdown(&results));
    if wanted.is_everything() {
        table::write(&results, &today()).unwrap();
    }
    let broken: Vec<String> =
        results.iter().filter(|finished| !finished.breaches.is_empty()).map(|f| f.case.id()).collect();
    assert!(broken.is_empty(), "{} cases broke a rule:\n{}", broken.len(), broken.join("\n"));
}
