//! Public runbooks: what is valid is accepted, what is known to be wrong is found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::{Finding, Findings, Severity};

pub(crate) struct Entry {
    pub(crate) file: PathBuf,
    pub(crate) name: String,
    class: String,
    notes: String,
}

pub(crate) fn corpus() -> Option<Vec<Entry>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        eprintln!("SKIPPED: the public runbooks are not at {}", folder.display());
        return None;
    };
    let entries = index.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        Entry {
            file: folder.join(columns[0]),
            name: columns[0].to_owned(),
            class: columns[17].to_owned(),
            notes: columns[18].to_owned(),
        }
    });
    Some(entries.collect())
}

fn findings(entry: &Entry) -> Findings {
    let text = std::fs::read_to_string(&entry.file).unwrap_or_else(|e| panic!("{}: {e}", entry.file.display()));
    match engine::parse(&text, &entry.name) {
        Ok(document) => engine::validate(&document),
        Err(findings) => findings,
    }
}

#[test]
fn every_valid_public_runbook_is_accepted_and_every_broken_one_found() {
    let Some(entries) = corpus() else { return };
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut warnings: BTreeMap<&str, u32> = BTreeMap::new();
    let mut refused = Vec::new();
    let mut missed = Vec::new();
    for entry in &entries {
        let findings = findings(entry);
        let count = counts.entry(&entry.class).or_default();
        count.0 += 1;
        count.1 += u32::from(findings.has_errors());
        for finding in findings.iter().filter(|f| f.severity == Severity::Warning) {
            *warnings.entry(finding.rule).or_default() += 1;
        }
        match entry.class.as_str() {
            "invalid-or-suspect" if findings.is_empty() => missed.push(format!("{}: {}", entry.name, entry.notes)),
            // Build tokens leave the structure valid, except where one document repeats a key, or a token stands where
            // only certain values can.
            "template-tokens" => {
                let of_tokens = ["duplicate-key", "input-value", "attachment-file"];
                let other = findings.errors().filter(|f| !of_tokens.contains(&f.rule));
                refused.extend(other.map(ToString::to_string));
            }
            "ok" => refused.extend(findings.errors().map(ToString::to_string)),
            _ => {}
        }
    }
    eprintln!("class: documents, refused: {counts:?}");
    eprintln!("warnings: {warnings:?}");
    eprintln!("broken ones in which nothing was found:\n{}", missed.join("\n"));
    assert!(refused.is_empty(), "refused although valid:\n{}", refused.join("\n"));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What a note says is wrong, the rule that finds it, and where: kind and name as in the note, rule, JSON pointer.
type Noted = (&'static str, &'static str, &'static str, &'static str);

/// Every document that is noted to be wrong, by the end of its name.
const NOTED: &[(&str, &[Noted])] = &[
    (
        "automated-security-response-on-aws/AFSBP_Redshift.4.yaml",
        // The function is there under another name; a handler may be made by the script as it runs, so it is a warning.
        &[("script", "CheckIfSSMParameterWithS3BucketNameIsAvailable", "handler", "/mainSteps/1/inputs/Handler")],
    ),
    ("/tstest-runbook.yaml", &[("unknown-action", "aws:executeAPI", "unknown-action", "/mainSteps/1/action")]),
    ("/remediation-2.yaml", &[("mainSteps-not-list", "str", "wrong-type", "/mainSteps")]),
    (
        "/windowsdeployjoindomain.yaml",
        &[
            ("onFailure-missing", "ApplyDSCMof", "unknown-step", "/mainSteps/1/onFailure"),
            ("ref-unknown-step", "launchInstance", "unknown-step", "/mainSteps/1/inputs/InstanceIds/0"),
        ],
    ),
    (
        "/AutomationDocumentForTest.yaml",
        &[
            ("choice-nextstep-missing", "CheckIsRollback", "unknown-step", "/mainSteps/0/inputs/Choices/0/NextStep"),
            ("no-inputs", "RollbackPreviousExecution", "missing-key", "/mainSteps/3/inputs"),
            ("no-inputs", "BackupCurrentExecution", "missing-key", "/mainSteps/5/inputs"),
            ("no-inputs", "InjectFailure", "missing-key", "/mainSteps/6/inputs"),
            ("no-inputs", "RollbackCurrentExecution", "missing-key", "/mainSteps/8/inputs"),
            ("param-name", "${alarmPrefix}AlarmName", "parameter-name", "/parameters/${alarmPrefix}AlarmName"),
            (
                "param-name",
                "${primaryResourceIdentifier}",
                "parameter-name",
                "/parameters/${primaryResourceIdentifier}",
            ),
            ("step-name-chars", "Assert${primaryResourceIdentifier}", "step-name", "/mainSteps/2/name"),
            ("unknown-action", "None", "missing-key", "/mainSteps/3"),
            ("unknown-action", "None", "missing-key", "/mainSteps/5"),
            ("unknown-action", "None", "missing-key", "/mainSteps/6"),
            ("unknown-action", "None", "missing-key", "/mainSteps/8"),
        ],
    ),
    (
        "/AutomationDocumentForTestNoRollback.yaml",
        &[
            ("no-inputs", "InjectFailure", "missing-key", "/mainSteps/1/inputs"),
            ("param-name", "${alarmPrefix}AlarmName", "parameter-name", "/parameters/${alarmPrefix}AlarmName"),
            (
                "param-name",
                "${primaryResourceIdentifier}",
                "parameter-name",
                "/parameters/${primaryResourceIdentifier}",
            ),
            ("unknown-action", "None", "missing-key", "/mainSteps/1"),
        ],
    ),
    ("/AutomationDocument-28.yaml", &WITHOUT_RECOVERY),
    ("/AutomationDocument-29.yaml", &WITHOUT_RECOVERY),
    ("/AutomationDocument-49.yaml", &WITHOUT_FAILURE),
    ("/AutomationDocument-50.yaml", &WITHOUT_FAILURE),
    ("artifacts-gameday/schema.json", &[("empty-mainSteps", "", "no-steps", "/mainSteps")]),
    (
        "/delete_public_subnet_resource.yaml",
        &[("unknown-operator", "StringNotEquals", "unknown-operator", "/mainSteps/5/inputs/Choices/0/StringNotEquals")],
    ),
    (
        "/enable_s3_public_access_block.yaml",
        &[("unknown-operator", "StringNotEquals", "unknown-operator", "/mainSteps/1/inputs/Choices/0/StringNotEquals")],
    ),
];

const WITHOUT_RECOVERY: [Noted; 2] = [
    ("no-inputs", "PerformRecovery", "missing-key", "/mainSteps/1/inputs"),
    ("unknown-action", "None", "missing-key", "/mainSteps/1"),
];

const WITHOUT_FAILURE: [Noted; 2] = [
    ("no-inputs", "InjectFailure", "missing-key", "/mainSteps/1/inputs"),
    ("unknown-action", "None", "missing-key", "/mainSteps/1"),
];

/// Notes of how a document came to be, and of script lines that are left to be written: nothing that is wrong with it.
const REMARKS: [&str; 3] = ["build tokens", "SCRIPT_PLACEHOLDER", "CloudFormation intrinsics"];

#[test]
fn what_the_notes_say_is_wrong_is_found_by_its_rule_at_its_place() {
    let Some(entries) = corpus() else { return };
    let (mut faults, mut found, mut more) = (0, 0, BTreeMap::new());
    let broken: Vec<&Entry> = entries.iter().filter(|entry| entry.class == "invalid-or-suspect").collect();
    for entry in &broken {
        let (_, noted) = NOTED
            .iter()
            .find(|(name, _)| entry.name.ends_with(name))
            .unwrap_or_else(|| panic!("{} is not in the table: {}", entry.name, entry.notes));
        for note in entry.notes.split("; ").filter(|note| !REMARKS.iter().any(|remark| note.starts_with(remark))) {
            let says = |(kind, what, ..): &&Noted| note.starts_with(&format!("{kind}:{what}"));
            assert!(noted.iter().any(|row| says(&row)), "{}: {note} is not in the table", entry.name);
        }
        let findings = findings(entry);
        let is = |row: &Noted, finding: &Finding| (finding.rule, finding.path.as_str()) == (row.2, row.3);
        faults += noted.len();
        for row in *noted {
            assert!(entry.notes.contains(&format!("{}:{}", row.0, row.1)), "{}: {row:?} is no note", entry.name);
            assert!(findings.iter().any(|finding| is(row, finding)), "{}: {row:?}\n{findings}", entry.name);
            found += 1;
        }
        for finding in findings.iter().filter(|finding| !noted.iter().any(|row| is(row, finding))) {
            *more.entry(finding.rule).or_insert(0) += 1;
        }
    }
    eprintln!(
        "{} documents are noted to be wrong: {faults} faults, {found} found; beyond the notes: {more:?}",
        broken.len()
    );
    assert_eq!(broken.len(), NOTED.len());
}
