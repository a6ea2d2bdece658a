//! Timestamps as boto3 takes them and as we give them.
//!
//! Comes in: a number of seconds, or a text in any form that boto3 reads and that has one meaning.
//! Goes out: a point in time; on the way back ISO 8601 in UTC.
//! Never: a local time zone. A text without a zone is UTC, as it is on Lambda.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

/// The point in time a value means; `None` if it means none.
pub(crate) fn parse_timestamp(value: &Value) -> Option<DateTime> {
    match value {
        Value::Number(n) => Some(seconds(n.as_i64(), n.as_f64()?)),
        Value::String(text) => parse_text(text.trim()),
        _ => None,
    }
}

fn seconds(whole: Option<i64>, fractional: f64) -> DateTime {
    whole.map_or_else(|| DateTime::from_secs_f64(fractional), DateTime::from_secs)
}

fn parse_text(text: &str) -> Option<DateTime> {
    if let Ok(epoch) = text.parse::<f64>() {
        return epoch.is_finite().then(|| seconds(text.parse().ok(), epoch));
    }
    let iso = completed(text);
    DateTime::from_str(&iso, Format::DateTimeWithOffset).or_else(|_| DateTime::from_str(text, Format::HttpDate)).ok()
}

/// `2026-11-22`, `2026-11-22 10:00` and `2026-11-22T10:00:00` with what RFC 3339 wants and they leave out.
fn completed(text: &str) -> String {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time.trim()),
        None => (text, "00:00:00Z"),
    };
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    format!("{date}T{}{seconds}{}", clock.trim(), offset(zone))
}

/// `+0100` and `+01` as `+01:00`; nothing as `Z`.
fn offset(zone: &str) -> String {
    match (zone.len(), zone.get(..3), zone.get(3..)) {
        (0, ..) => "Z".to_owned(),
        (3, Some(hours), _) => format!("{hours}:00"),
        (5, Some(hours), Some(minutes)) => format!("{hours}:{minutes}"),
        _ => zone.to_uppercase(),
    }
}

/// `2026-11-22T17:44:05Z`, with a fraction only where there is one.
pub(super) fn to_text(time: &DateTime) -> Value {
    // Years beyond 9999 have no ISO 8601 form; seconds are still the truth.
    time.fmt(Format::DateTime).map_or_else(|_| time.secs().into(), Value::String)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: impl Into<Value>) -> Option<String> {
        parse_timestamp(&value.into()).and_then(|t| to_text(&t).as_str().map(str::to_owned))
    }

    #[test]
    fn every_form_boto3_reads_means_the_same_second() {
        for text in [
            "2026-11-22T17:44:05Z",
            "2026-11-22T18:44:05+01:00",
            "2026-11-22T18:44:05+0100",
            "2026-11-22T18:44:05+01",
            "2026-11-22 17:44:05",
            "2026-11-22T17:44:05",
            "Sun, 22 Nov 2026 17:44:05 GMT",
            "1795369445",
        ] {
            assert_eq!(parsed(text).as_deref(), Some("2026-11-22T17:44:05Z"), "{text}");
        }
        assert_eq!(parsed(1_795_369_445).as_deref(), Some("2026-11-22T17:44:05Z"));
    }

    #[test]
    fn a_date_is_its_first_second_and_a_minute_its_first() {
        assert_eq!(parsed("2026-11-22").as_deref(), Some("2026-11-22T00:00:00Z"));
        assert_eq!(parsed("2026-11-22 10:30").as_deref(), Some("2026-11-22T10:30:00Z"));
    }

    #[test]
    fn fractions_are_kept() {
        assert_eq!(parsed("2026-11-22T17:44:05.25Z").as_deref(), Some("2026-11-22T17:44:05.25Z"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "2026-13-01", "NaN", "inf", "2026-11-22T25:00:00Z"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert_eq!(parse_timestamp(&Value::Bool(true)), None);
    }
}
