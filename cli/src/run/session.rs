//! What a journal begins with: everything a run needs to go on in another process.
//!
//! Comes in: a runbook, parameters, identity; or a journal. Goes out: the session, the journal it is in.
//! Never: a run continued as another one: other text, other parameters, another account, another version.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::{Path, PathBuf};

use engine::{Context, Document, PollPolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::host::{Journal, JournalError};

use crate::account::Identity;
use crate::error::CliError;
use crate::runbook::{self, Runbook};

/// The operation under which the journal has it; the engine's own begin with a step's name.
const OPERATION: &str = "kintsugi/session";

/// The version whose operation names the journal has.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One run, whatever processes it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    version: String,
    /// The file's name when the run began.
    pub(crate) document: String,
    /// Its text then: a run ends under the document it began with.
    text: String,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) context: Context,
    /// Where the runbooks are that this one runs.
    #[serde(default)]
    pub(crate) documents: Vec<PathBuf>,
}

impl Session {
    pub(super) fn new(runbook: Runbook, parameters: Map<String, Value>, identity: &Identity, poll: PollPolicy) -> Self {
        let context = identity.context(execution_id(), poll);
        let (version, document) = (VERSION.to_owned(), runbook.document.name);
        Self { version, document, text: runbook.text, parameters, context, documents: Vec::new() }
    }

    /// The same with folders in which other runbooks are looked for.
    pub(super) fn with_documents(self, documents: Vec<PathBuf>) -> Self {
        Self { documents, ..self }
    }

    /// Begins a journal with this.
    pub(super) fn begin(&self, path: &Path) -> Result<Journal, CliError> {
        let journal = Journal::open(path)?;
        journal.record(OPERATION, &serde_json::to_value(self)?)?;
        Ok(journal)
    }

    /// The run in a journal; none if the file is empty.
    pub(crate) fn open(path: &Path) -> Result<Option<(Self, Journal)>, CliError> {
        let not_a_run = || CliError::NotARun { path: path.to_owned() };
        let journal = Journal::open(path).map_err(|error| match error {
            JournalError::Corrupt { line: 1, .. } => not_a_run(),
            other => other.into(),
        })?;
        let Some(answer) = journal.answer(OPERATION) else {
            return if journal.replaying() { Err(not_a_run()) } else { Ok(None) };
        };
        let version = answer["version"].as_str().unwrap_or("another version").to_owned();
        let differs = |difference| CliError::AnotherRun { path: path.to_owned(), difference };
        if version != VERSION {
            return Err(differs(format!("kintsugi {version}, and this is {VERSION}")));
        }
        let session = serde_json::from_value(answer).map_err(|_| not_a_run())?;
        Ok(Some((session, journal)))
    }

    /// The document as it was when the run began.
    pub(crate) fn parse(&self) -> Result<Document, CliError> {
        Ok(runbook::check(&self.document, self.text.clone(), None)?.usable()?.document)
    }

    /// Refuses to go on as a run of something else.
    pub(super) fn is_of(
        &self,
        path: &Path,
        runbook: &Runbook,
        parameters: &Map<String, Value>,
    ) -> Result<(), CliError> {
        let difference = if self.text != runbook.text {
            "another text of the runbook; `kintsugi resume` goes on with that one"
        } else if self.parameters != *parameters {
            "other parameters; `kintsugi resume` goes on with those"
        } else {
            return Ok(());
        };
        Err(CliError::AnotherRun { path: path.to_owned(), difference: difference.to_owned() })
    }

    /// Refuses to go on in another place.
    pub(crate) fn belongs_to(&self, path: &Path, identity: &Identity) -> Result<(), CliError> {
        let began = (&self.context.account_id, &self.context.region);
        if began == (&identity.account_id, &identity.region) {
            return Ok(());
        }
        let (account, region) = began;
        let difference = format!("account {account} in {region}, and this is {identity}");
        Err(CliError::AnotherRun { path: path.to_owned(), difference })
    }
}

/// A random UUID, as SSM's execution ids are: it stems idempotency keys, so no two runs may share one.
fn execution_id() -> String {
    // The standard library's keyed hashes are seeded by the operating system.
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    let version_4 = (high & !0xf000) | 0x4000;
    let variant_1 = (low & !(0b11 << 62)) | (0b10 << 62);
    let hex = format!("{version_4:016x}{variant_1:016x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str =
        "schemaVersion: '0.3'\nmainSteps:\n  - name: s\n    action: aws:sleep\n    inputs: {Duration: PT1S}\n";

    fn session(account: &str) -> Session {
        let runbook = runbook::check("a.yaml", TEXT.to_owned(), None).unwrap().usable().unwrap();
        Session::new(runbook, Map::new(), &identity(account), PollPolicy::default())
    }

    fn identity(account: &str) -> Identity {
        let (partition, region) = ("aws".to_owned(), "eu-west-1".to_owned());
        Identity { account_id: account.to_owned(), partition, region, caller: "arn:aws:iam::1:user/kim".into() }
    }

    #[test]
    fn a_journal_gives_back_the_session_it_began_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let session = session("1");
        drop(session.begin(&path).unwrap());
        let (found, journal) = Session::open(&path).unwrap().unwrap();
        assert_eq!(found, session);
        assert!(!journal.replaying(), "the session itself is no effect of the run");
        assert_eq!(found.parse().unwrap().steps.len(), 1);
    }

    #[test]
    fn a_run_is_not_continued_elsewhere_or_as_another() {
        let path = Path::new("a.journal");
        let session = session("1");
        session.belongs_to(path, &identity("1")).unwrap();
        let error = session.belongs_to(path, &identity("2")).unwrap_err().to_string();
        assert!(error.contains("account 1 in eu-west-1, and this is account 2"), "{error}");
        let same = || runbook::check("a.yaml", TEXT.to_owned(), None).unwrap().usable().unwrap();
        session.is_of(path, &same(), &Map::new()).unwrap();
        let other = Runbook { text: TEXT.replace("PT1S", "PT2S"), ..same() };
        assert!(session.is_of(path, &other, &Map::new()).is_err());
        let parameters = Map::from_iter([("A".to_owned(), json!(["x"]))]);
        assert!(session.is_of(path, &same(), &parameters).is_err());
    }

    #[test]
    fn another_file_is_not_taken_for_a_journal_and_an_empty_one_has_no_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        for text in ["hello\n", "{\"op\":\"start\",\"answer\":1}\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Session::open(&path), Err(CliError::NotARun { .. })), "{text}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "the file stays as it was");
        }
        std::fs::write(&path, "").unwrap();
        assert!(Session::open(&path).unwrap().is_none());
    }

    #[test]
    fn a_run_of_another_version_is_left_to_that_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let old = Session { version: "0.0.1".into(), ..session("1") };
        drop(old.begin(&path).unwrap());
        let error = Session::open(&path).err().unwrap().to_string();
        assert!(error.contains("kintsugi 0.0.1, and this is"), "{error}");
    }

    #[test]
    fn execution_ids_are_random_uuids() {
        let (a, b) = (execution_id(), execution_id());
        assert_ne!(a, b);
        let lengths: Vec<usize> = a.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&a[14..15], "4");
        assert!("89ab".contains(&a[19..20]), "{a}");
    }
}
