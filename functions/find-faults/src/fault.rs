//! A fault that is there: what it is, since when, and the event that tells of it. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One occurrence of a fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// The id of its event.
    pub(crate) id: String,
    /// One line for people: `alarm web-cpu`, `AWS::S3::Bucket/photos with no-public-buckets`.
    pub(crate) what: String,
    /// The resource, as far as it is known here: of one resource only one fault is fed in a run.
    pub(crate) subject: String,
    /// Whether it stands for several alarms, which may be faults themselves: a composite.
    pub(crate) joined: bool,
    /// When AWS saw it begin.
    pub(crate) since: Timestamp,
    /// Whether it was fed before, and refused for now.
    #[serde(default)]
    pub(crate) again: bool,
    /// The binding that claims it.
    pub(crate) binding: String,
    /// The function that the binding is for.
    pub(crate) function: String,
    /// The event, as EventBridge would have it.
    pub(crate) event: Value,
}

/// To the millisecond, as AWS's events have it: the guards know an occurrence by it, too.
///
/// Numbers of seconds may be off by less than a microsecond.
pub(crate) fn moment(value: &Value) -> Option<Timestamp> {
    let at: Timestamp = value.as_str()?.parse().ok()?;
    let at = at.checked_add(SignedDuration::from_micros(1)).ok()?;
    Timestamp::from_millisecond(at.as_millisecond()).ok()
}

/// `2025-05-14T09:06:10.204+0000`, as CloudWatch writes it.
pub(crate) fn alarm_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// `2025-05-14T09:06:10.204Z`, as AWS Config writes it.
pub(crate) fn config_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `2025-05-14T09:06:10Z`, as EventBridge writes it.
pub(crate) fn envelope_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Region and account of an ARN.
pub(crate) fn place(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(3);
    Some((parts.next()?, parts.next()?)).filter(|(region, account)| !region.is_empty() && !account.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_is_that_of_the_event_to_the_millisecond() {
        for (text, expected) in [
            ("2025-05-14T09:06:10.204Z", "2025-05-14T09:06:10.204Z"),
            ("2025-05-14T09:06:10.204987Z", "2025-05-14T09:06:10.204Z"),
            ("2025-05-14T09:06:10.203999881Z", "2025-05-14T09:06:10.204Z"),
            ("2025-05-14T09:06:10Z", "2025-05-14T09:06:10.000Z"),
        ] {
            assert_eq!(config_time(moment(&json!(text)).unwrap()), expected, "{text}");
        }
        let at = moment(&json!("2025-05-14T09:06:10.204Z")).unwrap();
        assert_eq!(alarm_time(at), "2025-05-14T09:06:10.204+0000");
        assert_eq!(envelope_time(at), "2025-05-14T09:06:10Z");
        assert_eq!(moment(&json!(null)), None);
    }
}
