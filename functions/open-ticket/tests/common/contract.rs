//! What providers say of their own APIs, and a validator that holds recorded exchanges against it.
//!
//! Comes in: exchanges as a [`super::recorder::Recorder`] wrote them down. Goes out: what departs from the description, and
//! how many of each operation were looked at. Never: a description of ours; a request passed over in silence.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::recorder::Exchange;
use super::root;

/// Jira Cloud's description, beside the checkout.
const JIRA: &str = "../shared/contracts/jira-cloud.openapi.json";
/// GitHub's, where `scripts/setup contracts` puts it.
const GITHUB: &str = ".local/descriptions/github.json";

/// One API's description of itself.
pub(crate) struct Contract {
    name: &'static str,
    description: PathBuf,
    python: PathBuf,
    answers: bool,
}

/// What came of one exchange.
#[derive(Debug, Deserialize)]
struct Finding {
    operation: Option<String>,
    request: Vec<String>,
    answer: Vec<String>,
}

/// What came of all.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Requests by operation.
    pub(crate) checked: BTreeMap<String, usize>,
    /// Requests that the description has no operation for, without the ids in their paths.
    pub(crate) undescribed: BTreeMap<String, usize>,
    /// Everything in which a request, or an answer where answers are looked at, departs.
    pub(crate) complaints: Vec<String>,
}

/// Jira's; the desk's answers are held against it too. `None`, said loudly, where it is not there: it is no part of the
/// project, and CI may have the project alone.
pub(crate) fn jira() -> Option<Contract> {
    let description = root().join(JIRA);
    if !description.exists() {
        skipped("Jira Cloud", &description);
        return None;
    }
    contract("Jira Cloud", description, true)
}

/// GitHub's; what answers in its place here gives only the members that we look at.
pub(crate) fn github() -> Option<Contract> {
    contract("GitHub", root().join(GITHUB), false)
}

/// `None` where `scripts/setup contracts` was not run. In CI that is a failure: a test that looks at nothing would pass.
fn contract(name: &'static str, description: PathBuf, answers: bool) -> Option<Contract> {
    let python = root().join(".local/contracts/bin/python");
    for needed in [&description, &python] {
        if !needed.exists() {
            skipped(name, needed);
            assert!(!in_ci(), "nothing is skipped in CI: {}", needed.display());
            return None;
        }
    }
    Some(Contract { name, description, python, answers })
}

fn skipped(name: &str, lacking: &Path) {
    eprintln!("SKIPPED: no {}; requests to {name} are not checked against its description", lacking.display());
}

#[expect(clippy::disallowed_methods, reason = "where a test runs is told to the test, not to what is tested")]
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|said| said == "true")
}

impl Contract {
    /// Looks at every exchange.
    pub(crate) fn look_at(&self, exchanges: &[Exchange]) -> Report {
        let mut report = Report::default();
        for (exchange, finding) in exchanges.iter().zip(self.findings(exchanges)) {
            let said = format!("{} {}", exchange.method, exchange.path);
            match finding.operation {
                Some(operation) => *report.checked.entry(operation).or_default() += 1,
                None => {
                    *report.undescribed.entry(without_ids(&said)).or_default() += 1;
                    continue;
                }
            }
            let request = finding.request.iter().map(|problem| format!("{said}: {problem}"));
            let answer = finding.answer.iter().map(|problem| format!("{said}: its answer: {problem}"));
            report.complaints.extend(request.chain(answer));
        }
        report
    }

    fn findings(&self, exchanges: &[Exchange]) -> Vec<Finding> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/validate.py");
        let mut command = Command::new(&self.python);
        command.arg(script).arg(&self.description).args(self.answers.then_some("--answers"));
        let mut validator = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = validator.stdin.take().unwrap();
        input.write_all(serde_json::to_string(exchanges).unwrap().as_bytes()).unwrap();
        drop(input);
        let said = validator.wait_with_output().unwrap();
        let findings: Vec<Finding> = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(findings.len(), exchanges.len(), "{}: every exchange is looked at", self.name);
        findings
    }

    /// How many requests of each operation were checked, for people.
    pub(crate) fn print(&self, report: &Report) {
        let total: usize = report.checked.values().sum();
        println!("{}: {total} requests checked against its own description", self.name);
        for (operation, count) in &report.checked {
            println!("  {count:5}  {operation}");
        }
        for (request, count) in &report.undescribed {
            println!("  {count:5}  {request}   not described there, and not checked");
        }
        println!("  {:5}  departures", report.complaints.len());
    }
}

/// `GET /rest/api/3/issue/createmeta/OPS/issuetypes/10001` without the number.
fn without_ids(request: &str) -> String {
    let part = |part: &str| if part.parse::<u64>().is_ok() { "{id}".to_owned() } else { part.to_owned() };
    request
        .split('/')
        .enumerate()
        .map(|(at, text)| if at > 3 { part(text) } else { text.to_owned() })
        .collect::<Vec<_>>()
        .join("/")
}
