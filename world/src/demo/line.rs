//! What a function said of itself: one structured line of its log.
//!
//! Comes in: text. Goes out: a [`Line`], when it is one of Kintsugi's own. Never: an error; other lines are others'.

use jiff::Timestamp;
use serde::Deserialize;

/// One line with target `kintsugi`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Line {
    pub(crate) timestamp: Timestamp,
    target: String,
    /// The execution that says it.
    #[serde(default)]
    pub(crate) execution: String,
    /// `incident`, `decision`, `guard`, `step`, `verify`, `outcome`, `ticket`.
    #[serde(default)]
    pub(crate) phase: String,
    #[serde(default)]
    pub(crate) message: String,
    /// The runbook's step, in phase `step`.
    pub(crate) step: Option<String>,
    /// How a step or an incident ended.
    pub(crate) status: Option<String>,
}

impl Line {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let line: Self = serde_json::from_str(text).ok()?;
        (line.target == "kintsugi" && !line.phase.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kintsugis_own_lines_are_read() {
        let own = r#"{"timestamp":"2026-11-22T10:00:00.5Z","level":"INFO","message":"scope says yes","execution":"e","phase":"guard","target":"kintsugi"}"#;
        let line = Line::read(own).unwrap();
        assert_eq!((line.phase.as_str(), line.message.as_str()), ("guard", "scope says yes"));
        for other in ["", "panicked at", "{}", &own.replace("kintsugi", "hyper"), r#"{"_aws":{},"Outcomes":1}"#] {
            assert_eq!(Line::read(other), None, "{other}");
        }
    }
}
