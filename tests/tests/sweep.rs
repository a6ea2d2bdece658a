//! The rules that never break, at every step of every runbook: whatever fails, repeats, dies or is stopped.
//!
//! Every test run plays a selection of the cases; `KINTSUGI_SWEEP=all` (`make sweep`) plays all of them, what is the
//! function's own once; any other word those in whose names it stands; that word must name the runbook or binding. `KINTSUGI_SWEEP_MOST` says how many of
//! them, spread over the runbooks.

use std::path::PathBuf;

use tests::checkout::root;
use tests::local::stack;
use tests::sweep::conduct::{Swept, Wanted, sweep};
use tests::sweep::finished::{Book, keep};
use tests::sweep::table;
use tests::template::Template;
use world::clock::{Clock, Timings};
use world::stack::StackConfig;

/// So many cases are played in every test run, however many runbooks there are.
const SELECTION: usize = 50;

fn wanted() -> Wanted {
    let most = told("KINTSUGI_SWEEP_MOST").and_then(|most| most.parse().ok());
    let all = Wanted { most, quick: false, named: None, slow: true, lanes: 40 };
    match told("KINTSUGI_SWEEP").as_deref() {
        None => Wanted { most: Some(SELECTION), quick: true, named: None, slow: false, lanes: 18 },
        Some("all") => all,
        Some(named) => Wanted { named: Some(named.to_owned()), ..all },
    }
}

#[expect(clippy::disallowed_methods, reason = "a setting of tests, not of ours")]
fn told(setting: &str) -> Option<String> {
    std::env::var(setting).ok().filter(|told| !told.is_empty())
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
    let kept = if wanted.quick { temporary.path().to_owned() } else { root().join(".local/sweep") };
    let book = Book::open(&kept.join("finished.jsonl"), &files).unwrap();
    keep(&files, &kept.join("swept")).unwrap();
    config.template = kept.join("swept/template.yaml");
    config.binaries = kept.join("swept");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let keep = |swept: &Swept| {
        if wanted.is_of_whole_runbooks() {
            table::write(swept, &today()).unwrap();
        }
    };
    let swept = runtime.block_on(sweep(&config, &wanted, &book, &keep)).unwrap();
    println!("{}", table::markdown(&swept));
    let broken = swept.finished.iter().filter(|finished| !finished.breaches.is_empty());
    let broken: Vec<String> = broken.map(|finished| finished.case.id()).collect();
    let troubles = swept.troubles;
    assert!(
        broken.is_empty() && troubles.is_empty(),
        "{} cases broke a rule:\n{}\n{} could not be played:\n{}",
        broken.len(),
        broken.join("\n"),
        troubles.len(),
        troubles.join("\n")
    );
}
