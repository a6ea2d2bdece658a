//! What the three API actions share: Service, Api, and everything else as the operation's input.
//!
//! Comes in: inputs of a step. Goes out: the call. Never: a correction of spelling; the host knows the models.

use serde_json::{Map, Value};

use super::Call;
use crate::document::Step;
use crate::report::{Reporter, Spot};

/// Inputs that are the action's own, not the operation's.
const OWN: [&str; 4] = ["Service", "Api", "PropertySelector", "DesiredValues"];

/// Service, operation and the operation's input; `None` where Service or Api is not text.
pub(crate) fn split(inputs: &Map<String, Value>, property: bool) -> Option<Call> {
    let text = |key: &str| inputs.get(key).and_then(Value::as_str).map(str::to_owned);
    let own = if property { &OWN[..] } else { &OWN[..2] };
    let rest = inputs.iter().filter(|(key, _)| !own.contains(&key.as_str()));
    let input = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
    Some((text("Service")?, text("Api")?, Value::Object(input)))
}

/// The call of an aws:executeAwsApi.
pub(super) fn plain_call(inputs: &Map<String, Value>) -> Vec<Call> {
    split(inputs, false).into_iter().collect()
}

/// The call of an assert or a wait.
pub(super) fn property_call(inputs: &Map<String, Value>) -> Vec<Call> {
    split(inputs, true).into_iter().collect()
}

/// Service and Api are names, not values.
pub(super) fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    for key in ["Service", "Api"] {
        match step.inputs.get(key) {
            None => {}
            Some(Value::String(name)) if name.contains("{{") => {
                let message = format!("{key} is a reference: permissions and plans cannot be derived");
                reporter.warning("dynamic-api", &spot.key(key), message);
            }
            Some(Value::String(name)) if name.trim().is_empty() => {
                reporter.error("wrong-type", &spot.key(key), format!("{key} is empty"));
            }
            Some(Value::String(name)) => check_spelling(key, name, spot, reporter),
            Some(_) => {
                reporter.error("wrong-type", &spot.key(key), format!("{key} must be text"));
            }
        }
    }
}

fn check_spelling(key: &str, name: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let canonical = match key {
        "Service" => name.trim().to_lowercase(),
        _ if name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains(['_', '-']) => return,
        _ => pascal(name),
    };
    if canonical != name {
        let message = format!("{key} is spelt '{name}'");
        let finding = reporter.warning("spelling", &spot.key(key), message);
        finding.hint(format!("the usual spelling is {canonical}"));
        finding.replace(name, canonical);
    }
}

/// `describe_instances`, `rebootInstances` and `stop-instances` in the model's spelling, as far as it can be told
/// without a model.
#[must_use]
pub fn pascal(name: &str) -> String {
    name.trim().split(['_', '-']).flat_map(capitalised).collect()
}

fn capitalised(word: &str) -> impl Iterator<Item = char> {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_but_the_actions_own_keys_is_the_operations_input() {
        let inputs = json!({"Service": "ec2", "Api": "X", "PropertySelector": "$.a", "DesiredValues": [], "Id": 1});
        let inputs = inputs.as_object().unwrap();
        assert_eq!(split(inputs, true), Some(("ec2".into(), "X".into(), json!({"Id": 1}))));
        let plain = split(inputs, false).unwrap().2;
        assert_eq!(plain, json!({"PropertySelector": "$.a", "DesiredValues": [], "Id": 1}));
    }

    #[test]
    fn other_spellings_have_a_usual_one() {
        assert_eq!(pascal("describe_instances"), "DescribeInstances");
        assert_eq!(pascal("rebootInstances"), "RebootInstances");
        assert_eq!(pascal("Ěscribe_č__"), "Ěscribeč");
    }
}
