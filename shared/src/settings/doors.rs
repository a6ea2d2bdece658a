//! How the functions of this stack are reached, for the one that feeds them what no event told of.
//!
//! Comes in: variables. Goes out: [`Doors`]. Never: a function that no binding names.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{SettingsError, Variables};

/// The functions that bindings name, each with the variable that says how it is reached.
const FUNCTIONS: [(&str, &str); 3] = [
    ("resize-on-cpu-alarm", "KINTSUGI_FUNCTION_RESIZE_ON_CPU_ALARM"),
    ("fix-config-drift", "KINTSUGI_FUNCTION_FIX_CONFIG_DRIFT"),
    ("run-runbook", "KINTSUGI_FUNCTION_RUN_RUNBOOK"),
];
/// The function that listens to the stack's topic for alarms.
const LISTENS: &str = "resize-on-cpu-alarm";

/// How functions are reached, and how much they are fed at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doors {
    /// Alias by function.
    pub functions: BTreeMap<String, String>,
    /// The topic of the stack for alarms.
    pub alarm_topic: Option<String>,
    /// Faults fed in one run.
    pub most: u32,
    /// A younger fault may still be told by its own event.
    pub settled: Duration,
}

impl Doors {
    /// Which function an alarm's action reaches, by the action's ARN.
    #[must_use]
    pub fn by_arn(&self) -> BTreeMap<String, String> {
        let functions = self.functions.iter().map(|(name, arn)| (arn.clone(), name.clone()));
        functions.chain(self.alarm_topic.iter().map(|arn| (arn.clone(), LISTENS.to_owned()))).collect()
    }
}

impl Variables<'_> {
    pub(super) fn doors(&self) -> Result<Doors, SettingsError> {
        let functions = FUNCTIONS.iter().filter_map(|(name, variable)| Some(((*name).to_owned(), self.get(variable)?)));
        Ok(Doors {
            functions: functions.collect(),
            alarm_topic: self.get("KINTSUGI_ALARM_TOPIC"),
            most: self.number("KINTSUGI_FIND_MOST", 5)?,
            settled: self.seconds("KINTSUGI_FIND_AFTER_SECONDS", 600)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::Settings;

    #[test]
    fn every_function_that_a_binding_names_can_be_reached() {
        let named: BTreeSet<String> =
            crate::catalogue::bindings().unwrap().into_iter().map(|binding| binding.function).collect();
        assert_eq!(named, FUNCTIONS.iter().map(|(name, _)| (*name).to_owned()).collect());
    }

    #[test]
    fn an_alarm_s_action_leads_to_a_function_by_its_alias_or_by_the_topic() {
        let settings = Settings::read(|name| match name {
            "KINTSUGI_GUARD_TABLE" => Some("guards".to_owned()),
            "KINTSUGI_FUNCTION_RUN_RUNBOOK" => Some("arn:run:live".to_owned()),
            "KINTSUGI_ALARM_TOPIC" => Some("arn:topic".to_owned()),
            _ => None,
        });
        let doors = settings.unwrap().doors;
        let reached = doors.by_arn();
        assert_eq!(reached["arn:run:live"], "run-runbook");
        assert_eq!(reached["arn:topic"], "resize-on-cpu-alarm");
        assert_eq!((doors.most, doors.settled), (5, Duration::from_secs(600)));
    }
}
