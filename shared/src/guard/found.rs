//! A fault that find-faults has sent and a guard refused for now: it may be found again.
//!
//! Comes in: what happened, a refusal. Goes out: the id of its event and the name of its mark in the guard table.
//! Never: a mark taken away for a refusal that time alone does not end; people would be told of it at every run.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::table::{self, now, number};
use crate::aws::Services;
use crate::settings::Mode;

/// Guards that say no for now: time passes, a place becomes free, somebody opens or closes something; or the guard table
/// could not be used.
const FOR_NOW: [&str; 11] =
    ["stop", "claim", "cooldown", "flapping", "window", "calendar", "lock", "breaker", "concurrent", "budget", "fleet"];

/// The id of the event that find-faults makes of what these words say, in the form of EventBridge's ids. One occurrence has
/// one id, however often it is found; no id of EventBridge itself is of this version.
#[must_use]
pub fn event_id(words: &[&str]) -> String {
    let digest = Sha256::digest(words.join("\u{1f}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-5{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// Whether an event of this id was made here and not by EventBridge.
fn was_found(id: &str) -> bool {
    id.len() == 36 && id.split('-').nth(2).is_some_and(|version| version.starts_with('5'))
}

/// The item that says that an occurrence was sent to a function, for what its binding may do.
#[must_use]
pub fn mark(mode: Mode, function: &str, id: &str) -> String {
    format!("found#{mode}#{function}#{id}")
}

/// Whether the fault of the event `id` is to be found again after a no of this guard.
pub(crate) fn comes_again(id: &str, guard: &str) -> bool {
    was_found(id) && FOR_NOW.contains(&guard)
}

/// Says in the mark, if it is there, that its fault may be sent again.
///
/// # Errors
/// What DynamoDB says, in one sentence. The mark ends by itself then, after fifteen days.
pub async fn not_dealt_with(services: &Services, mark: &str) -> Result<(), String> {
    let update = json!({
        "UpdateExpression": "SET refusedAt = :now",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":now": number(now())},
    });
    table::write(services, "UpdateItem", mark, update).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::NAMES;

    #[test]
    fn an_occurrence_has_one_id_and_the_next_has_another() {
        let id = event_id(&["alarm", "2025-05-14T09:06:10.204Z"]);
        assert_eq!(id, event_id(&["alarm", "2025-05-14T09:06:10.204Z"]));
        assert_ne!(id, event_id(&["alarm", "2025-05-14T09:06:10.205Z"]));
        assert_ne!(event_id(&["a", "bc"]), event_id(&["ab", "c"]));
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }

    #[test]
    fn only_what_was_found_and_refused_for_now_comes_again() {
        assert!(FOR_NOW.iter().all(|guard| NAMES.contains(guard)));
        let found = event_id(&["alarm"]);
        assert!(comes_again(&found, "budget") && comes_again(&found, "window"));
        for guard in ["scope", "owner", "opt-out", "duplicate", "target", "account", "approval"] {
            assert!(!comes_again(&found, guard), "{guard}");
        }
        for of_eventbridge in ["c4c1c1c9-6542-e61b-6ef0-8c4d36933a92", "95fa3f5e-2e1c-4d8a-9f0e-5a1b2c3d4e5f", "", "-5"]
        {
            assert!(!comes_again(of_eventbridge, "budget"), "{of_eventbridge}");
        }
    }
}
