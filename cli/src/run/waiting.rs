//! A run that waits for a person: what it waits for, and how to say it.
//!
//! Comes in: why the run stopped where it is. Goes out: lines for people, an object for scripts.
//! Never: an end of the run.

use std::io::{self, Write};
use std::path::Path;

use engine::{RunError, plain};
use serde_json::{Value, json};
use shared::host::Waiting;

/// Why a run stopped, if it is because it waits.
pub(super) fn of(error: &RunError) -> Option<&Waiting> {
    match error {
        RunError::Host(error) => error.source.downcast_ref(),
        _ => None,
    }
}

/// What to do, for people.
pub(super) fn write(out: &mut impl Write, waiting: &Waiting, path: &Path) -> io::Result<()> {
    let path = path.display();
    match waiting {
        Waiting::Approval { step, until, .. } => {
            writeln!(out, "{}, until {}", plain(&waiting.to_string()), until.strftime("%Y-%m-%d %H:%M UTC"))?;
            writeln!(out, "approve with: kintsugi resume {path} --approve {step} [--as NAME] [--comment TEXT]")?;
            writeln!(out, "reject with:  kintsugi resume {path} --reject {step} --comment TEXT [--as NAME]")
        }
        Waiting::Pause { step } => {
            writeln!(out, "{}\ngo on with: kintsugi resume {path} --continue {step}", plain(&waiting.to_string()))
        }
    }
}

/// The same, for scripts.
pub(super) fn json(waiting: &Waiting, path: &Path, execution_id: &str) -> Value {
    let mut object = json!({ "executionId": execution_id, "status": "Waiting", "journal": path });
    match waiting {
        Waiting::Approval { step, approvers, missing, until } => {
            object["step"] = json!(step);
            object["approvers"] = json!(approvers);
            object["missingApprovals"] = json!(missing);
            object["until"] = json!(until);
        }
        Waiting::Pause { step } => object["step"] = json!(step),
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_what_is_missing_and_what_to_type() {
        let approval = Waiting::Approval {
            step: "ask".into(),
            approvers: vec!["kim".into(), "lee".into()],
            missing: 1,
            until: "2026-11-29T10:00:00Z".parse().unwrap(),
        };
        let mut out = Vec::new();
        write(&mut out, &approval, Path::new("a.journal")).unwrap();
        write(&mut out, &Waiting::Pause { step: "wait".into() }, Path::new("a.journal")).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        step ask waits for 1 more of kim, lee, until 2026-11-29 10:00 UTC
        approve with: kintsugi resume a.journal --approve ask [--as NAME] [--comment TEXT]
        reject with:  kintsugi resume a.journal --reject ask --comment TEXT [--as NAME]
        step wait is paused
        go on with: kintsugi resume a.journal --continue wait
        ");
    }
}
