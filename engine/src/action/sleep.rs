//! aws:sleep: a duration, or until a time.
//!
//! Takes exactly one of Duration (ISO 8601, not negative) and Timestamp (ISO 8601; past: at once); gives nothing.
//! Never: more than 604,799 seconds.

use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};
use serde_json::{Map, Value};

use super::{Answer, COMMON, Run, Runs, Spec, is_dynamic};
use crate::document::Step;
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:sleep",
    optional: Some(&["Duration", "Timestamp"]),
    cancel_target: false,
    check,
    runs: Runs::Here(&Sleep),
    ..COMMON
};

/// SSM's own limit: a second less than a week.
const MAX: Duration = Duration::from_secs(604_799);

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let given: Vec<(&String, &Value)> =
        step.inputs.iter().filter(|(key, _)| matches!(key.as_str(), "Duration" | "Timestamp")).collect();
    let [(key, value)] = given.as_slice() else {
        reporter.error("sleep", spot, "exactly one of Duration and Timestamp is needed");
        return;
    };
    if is_dynamic(value) {
        return;
    }
    // Any moment will do: a literal Timestamp in the past is legal.
    if let Err(message) = until(&step.inputs, Timestamp::UNIX_EPOCH)
        && (key.as_str() == "Duration" || !message.contains("longer"))
    {
        reporter.error("sleep", &spot.key(key), message);
    }
}

/// How long to sleep from `now`.
pub(crate) fn until(inputs: &Map<String, Value>, now: Timestamp) -> Result<Duration, String> {
    let pause = match (inputs.get("Duration"), inputs.get("Timestamp")) {
        (Some(Value::String(text)), None) => duration(text)?,
        (None, Some(Value::String(text))) => {
            Duration::try_from(timestamp(text)?.duration_since(now)).unwrap_or(Duration::ZERO)
        }
        _ => return Err("exactly one of Duration and Timestamp is needed, as text".to_owned()),
    };
    if pause > MAX {
        return Err(format!("a sleep of {} s is longer than {} s", pause.as_secs(), MAX.as_secs()));
    }
    Ok(pause)
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is not a duration like PT10M or P1D");
    if !text.trim_start_matches(['-', '+']).starts_with('P') {
        return Err(wrong());
    }
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    let seconds = span.total((Unit::Second, SpanRelativeTo::days_are_24_hours())).map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("{text} is negative"))
}

/// With an offset or `Z`; without, UTC.
fn timestamp(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let with_offset = text.parse::<Timestamp>().ok();
    let civil = || text.parse::<DateTime>().ok().and_then(|civil| Offset::UTC.to_timestamp(civil).ok());
    with_offset.or_else(civil).ok_or_else(|| format!("{text} is not a time like 2026-01-31T10:00:00Z"))
}

struct Sleep;

#[async_trait]
impl Run for Sleep {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let started = attempt.started().await?;
        let pause = until(attempt.inputs(), started).map_err(Stop::inputs)?;
        attempt.sleep(pause).await?;
        Ok(Answer::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seconds(inputs: Value) -> Result<u64, String> {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        until(inputs.as_object().unwrap(), now).map(|pause| pause.as_secs())
    }

    #[test]
    fn durations_and_times_give_a_pause() {
        for (inputs, expected) in [
            (json!({"Duration": "PT10M"}), 600),
            (json!({"Duration": "P1D"}), 86_400),
            (json!({"Duration": "PT0S"}), 0),
            (json!({"Timestamp": "2026-01-01T00:00:30Z"}), 30),
            (json!({"Timestamp": "2026-01-01T02:00:30+02:00"}), 30),
            (json!({"Timestamp": "2026-01-01T00:01:00"}), 60),
            (json!({"Timestamp": "2020-01-01T00:00:00Z"}), 0),
        ] {
            assert_eq!(seconds(inputs.clone()), Ok(expected), "{inputs}");
        }
    }

    #[test]
    fn what_is_no_pause_is_refused() {
        for inputs in [
            json!({}),
            json!({"Duration": "PT1M", "Timestamp": "2026-01-01T00:00:30Z"}),
            json!({"Duration": 60}),
            json!({"Duration": "60"}),
            json!({"Duration": "-PT1M"}),
            json!({"Duration": "P8D"}),
            json!({"Timestamp": "soon"}),
        ] {
            assert!(seconds(inputs.clone()).is_err(), "{inputs}");
        }
    }
}
