//! What a runbook can begin with.
//!
//! Comes in: a name. Goes out: three texts. Never: a template that does not check clean; a test holds all of them to it.

/// What stands in the templates for the runbook's name.
const NAME: &str = "%NAME%";

/// The three texts of a template.
macro_rules! of {
    ($name:literal) => {
        [
            include_str!(concat!("templates/", $name, ".yaml")),
            include_str!(concat!("templates/", $name, ".cases.yaml")),
            include_str!(concat!("templates/", $name, ".binding.yaml")),
        ]
    };
}

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

    /// The runbook of this name, its cases and its binding.
    pub(super) fn texts(self, name: &str) -> [String; 3] {
        let texts = match self {
            Self::Api => of!("api"),
            Self::ConfigDrift => of!("config-drift"),
            Self::Instance => of!("instance"),
            Self::Script => of!("script"),
            Self::Approval => of!("approval"),
        };
        texts.map(|text| text.replace(NAME, name))
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;
    use engine::yaml::Yaml;

    use super::*;

    #[test]
    fn every_template_is_a_runbook_without_a_finding() {
        for template in Template::value_variants() {
            let [runbook, cases, binding] = template.texts("begin-here");
            let document = engine::parse(&runbook, template.name()).unwrap_or_else(|found| panic!("{found}"));
            let findings = engine::validate(&document);
            assert!(findings.is_empty(), "{findings}");
            assert!(cases.contains("kintsugi test begin-here.yaml"), "{}", template.name());
            let [bound] = &shared::catalogue::read_bindings(&Yaml::read(&binding).unwrap()).unwrap()[..] else {
                panic!("{binding}")
            };
            assert_eq!(shared::lowcode::check(bound, Some(&document), &[]), [], "{}", template.name());
        }
    }
}
