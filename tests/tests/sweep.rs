//! The rules that never break, at every step of every runbook: whatever fails, repeats, dies or is stopped.
//!
//! Every test run plays a selection of the cases; `KINTSUGI_SWEEP=all` (`make sweep`) plays all of them, any other word
//! those in whose names it stands; that word must name the runbook or binding.

use std::path::PathBuf;

use tests::checkout::root;
use tests::local::stack;
use tests::sweep::conduct::{Wanted, sweep};
use tests::sweep::finished::{Book, keep};
use tests::sweep::table;
use tests::template::Template;
use world::clock::{Clock, Timings};
use world::stack::StackConfig;

/// So many of a thousand cases are played in every test run.
const SELECTION: u32 = 25;

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

/// What is swept: the functions' binaries, and the template that deploys them.
fn swept(config: &StackConfig) -> Vec<PathBuf> {
    let functions = Template::read().map(|template| template.blocks()).unwrap_or_default().into_iter();
    let binaries = functions.map(|block| config.binaries.join(block.binary)).filter(|binary| binary.exists());
    binaries.chain([config.template.clone()]).collect()
}

#[test]
fn whatever_fails_at_whatever_step_no_rule_breaks() {
    let Some(mut config) = stack().unwrap() else { return };
    let (wanted, files) = (wanted(), swept(&config));
    let temporary = tempfile::tempdir().unwrap();
    let kept = if wanted.is_drawn() { temporary.path().to_owned() } else { root().join(".local/sweep") };
    let book = Book::open(&kept.join("finished.jsonl"), &files).unwrap();
    keep(&files, &kept.join("swept")).unwrap();
    config.template = kept.join("swept/template.yaml");
    config.binaries = kept.join("swept");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let results = runtime.block_on(sweep(&config, &wanted, &book)).unwrap();
    println!("{}", table::markdown(&results));
    if wanted.is_everything() {
        table::write(&results, &today()).unwrap();
    }
    let broken = results.iter().filter(|finished| !finished.breaches.is_empty());
    let broken: Vec<String> = broken.map(|finished| finished.case.id()).collect();
    assert!(broken.is_empty(), "{} cases broke a rule:\n{}", broken.len(), broken.join("\n"));
}
