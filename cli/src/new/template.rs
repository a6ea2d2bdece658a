//! What a runbook can begin with.
//!
//! Comes in: a name. Goes out: two texts. Never: a template that does not check clean; a test holds all of them to it.

/// What stands in the templates for the runbook's name.
const NAME: &str = "%NAME%";

/// One runbook to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Template {
    /// Read, check, write, verify, with a way back
    Api,
    /// Put right what an AWS Config rule found
    ConfigDrift,
    /// Stop, change and start an instance, with a way back
    Instance,
    /// Decide with a few lines of Python
    Script,
    /// Ask a person first
    Approval,
}

impl Template {
    /// As on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::ConfigDrift => "config-drift",
            Self::Instance => "instance",
            Self::Script => "script",
            Self::Approval => "approval",
        }
    }

    /// The runbook of this name, and its cases.
    pub(super) fn texts(self, name: &str) -> (String, String) {
        let (runbook, cases) = match self {
            Self::Api => (include_str!("templates/api.yaml"), include_str!("templates/api.cases.yaml")),
            Self::ConfigDrift => {
                (include_str!("templates/config-drift.yaml"), include_str!("templates/config-drift.cases.yaml"))
            }
            Self::Instance => (include_str!("templates/instance.yaml"), include_str!("templates/instance.cases.yaml")),
            Self::Script => (include_str!("templates/script.yaml"), include_str!("templates/script.cases.yaml")),
            Self::Approval => (include_str!("templates/approval.yaml"), include_str!("templates/approval.cases.yaml")),
        };
        (runbook.replace(NAME, name), cases.replace(NAME, name))
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_template_is_a_runbook_without_a_finding() {
        for template in Template::value_variants() {
            let (runbook, cases) = template.texts("begin-here");
            let document = engine::parse(&runbook, template.name()).unwrap_or_else(|found| panic!("{found}"));
            let findings = engine::validate(&document);
            assert!(findings.is_empty(), "{findings}");
            assert!(cases.contains("kintsugi test begin-here.yaml"), "{}", template.name());
        }
    }
}
