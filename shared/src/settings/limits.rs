//! What a deployment says of the guards without a rebuild: modes of single bindings, and limits for all of them.
//!
//! Comes in: two variables as text. Goes out: modes by binding, [`Limits`] for where a binding is silent.
//! Never: a name or a word that nobody knows; the function does not start.

use std::collections::BTreeMap;

use super::{Mode, Settings, SettingsError, Variables};
use crate::catalogue;
use crate::guard::{self, Limits};
use crate::telemetry::chain;

/// In place of a binding's name: all that are about a whole account.
pub const ACCOUNT_WIDE: &str = "account-wide";

const MODES: &str = "KINTSUGI_BINDING_MODES";
const LIMITS: &str = "KINTSUGI_GUARDS";

impl Settings {
    /// What the deployment says of a binding by name; `of_account` is one that is about the whole account.
    #[must_use]
    pub fn named(&self, binding: &str, of_account: bool) -> Option<Mode> {
        let group = || of_account.then(|| self.binding_modes.get(ACCOUNT_WIDE)).flatten();
        self.binding_modes.get(binding).or_else(group).copied()
    }
}

impl Variables<'_> {
    /// `revoke-open-ssh=approve,resize-on-cpu-alarm=observe`
    pub(super) fn binding_modes(&self) -> Result<BTreeMap<String, Mode>, SettingsError> {
        let Some(value) = self.get(MODES) else { return Ok(BTreeMap::new()) };
        let wrong = |problem: String| SettingsError::Guards { name: MODES, value: value.clone(), problem };
        let bindings = catalogue::bindings().map_err(|error| wrong(chain(&error)))?;
        let known: Vec<&str> = bindings.iter().map(|binding| binding.name.as_str()).collect();
        value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| pair(part, &known).map_err(wrong))
            .collect()
    }

    pub(super) fn limits(&self) -> Result<Limits, SettingsError> {
        let value = self.get(LIMITS).unwrap_or_default();
        let said = guard::read_limits(&value);
        let said = said.map_err(|problem| SettingsError::Guards { name: LIMITS, value, problem })?;
        Ok(said.or(&Limits::built_in()))
    }
}

fn pair(part: &str, known: &[&str]) -> Result<(String, Mode), String> {
    let (name, mode) = part.split_once('=').ok_or_else(|| format!("{part:?} has no =; expected BINDING=MODE"))?;
    let (name, mode) = (name.trim(), mode.trim());
    if !known.contains(&name) && name != ACCOUNT_WIDE {
        return Err(format!("there is no binding {name:?}; expected one of {}", known.join(", ")));
    }
    let mode = Mode::read(mode).ok_or_else(|| format!("{mode:?} is no mode; expected {}", Mode::EXPECTED))?;
    Ok((name.to_owned(), mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Settings, SettingsError> {
        Settings::read(|asked| match asked {
            "KINTSUGI_GUARD_TABLE" => Some("guards".to_owned()),
            "KINTSUGI_MODE" => Some("enforce".to_owned()),
            _ => (asked == name).then(|| value.to_owned()),
        })
    }

    #[test]
    fn a_deployment_may_have_a_binding_do_less_and_never_more() {
        let settings = read(MODES, "revoke-open-ssh=approve, resize-on-cpu-alarm=observe").unwrap();
        let mode = |name: &str, settings: &Settings| catalogue::binding(name).unwrap().mode(settings);
        assert_eq!(mode("revoke-open-ssh", &settings), Mode::Approve);
        assert_eq!(mode("resize-on-cpu-alarm", &settings), Mode::Observe);
        assert_eq!(mode("block-public-access-on-bucket", &settings), Mode::Enforce);
        let observing = Settings { mode: Mode::Observe, ..read(MODES, "revoke-open-ssh=enforce").unwrap() };
        assert_eq!(mode("revoke-open-ssh", &observing), Mode::Observe);
    }

    #[test]
    fn a_binding_that_is_careful_by_itself_stays_so_whatever_the_deployment_says() {
        let own = |mode| catalogue::Binding { mode, ..catalogue::binding("revoke-open-ssh").unwrap().clone() };
        for (deployed, said, expected) in [
            ("revoke-open-ssh=enforce", Some(Mode::Observe), Mode::Observe),
            ("revoke-open-ssh=enforce", Some(Mode::Approve), Mode::Approve),
            ("revoke-open-ssh=observe", Some(Mode::Approve), Mode::Observe),
            ("resize-on-cpu-alarm=observe", Some(Mode::Enforce), Mode::Enforce),
            ("resize-on-cpu-alarm=observe", None, Mode::Enforce),
        ] {
            let settings = read(MODES, deployed).unwrap();
            assert_eq!(own(said).mode(&settings), expected, "{deployed} {said:?}");
        }
    }

    #[test]
    fn an_unknown_binding_mode_or_word_keeps_the_function_from_starting() {
        let cases = [
            (
                MODES,
                "revoke-open-shh=approve",
                "there is no binding \"revoke-open-shh\"; expected one of resize-on-cpu",
            ),
            (MODES, "revoke-open-ssh=ask", "\"ask\" is no mode; expected observe, approve or enforce"),
            (MODES, "revoke-open-ssh", "expected BINDING=MODE"),
            (LIMITS, "perDya: 3", "perDya"),
        ];
        for (name, value, expected) in cases {
            let error = read(name, value).unwrap_err().to_string();
            assert!(error.starts_with(name) && error.contains(expected), "{error}");
        }
    }
}
