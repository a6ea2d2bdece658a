//! Times and durations in words.
//!
//! Comes in: instants. Goes out: text. Never: a time zone but UTC; the page does not know where its reader sits. Pure.

use jiff::Timestamp;

/// `26 Nov 2026, 20:45 UTC`.
#[must_use]
pub(crate) fn at(time: Timestamp) -> String {
    time.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long it is from `now` until `time`: the two largest units, whole minutes at least.
#[must_use]
pub(crate) fn until(time: Timestamp, now: Timestamp) -> String {
    let minutes = (time.as_second() - now.as_second()).max(0).div_euclid(60);
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = [(days, "day"), (hours, "hour"), (rest, "minute")];
    let shown: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).take(2).map(|(count, unit)| counted(*count, unit)).collect();
    if shown.is_empty() { "less than a minute".to_owned() } else { shown.join(" ") }
}

/// `1 minute`, `2 minutes`.
#[must_use]
pub(crate) fn counted(count: i64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_two_largest_units() {
        let cases = [
            (-5, "less than a minute"),
            (59, "less than a minute"),
            (60, "1 minute"),
            (3599, "59 minutes"),
            (3600, "1 hour"),
            (3 * 3600 + 1200, "3 hours 20 minutes"),
            (86_400 + 60, "1 day 1 minute"),
            (2 * 86_400 + 3600 + 60, "2 days 1 hour"),
        ];
        let at = |second| Timestamp::from_second(second).unwrap();
        for (seconds, expected) in cases {
            assert_eq!(until(at(1_000_000 + seconds), at(1_000_000)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_time_names_its_zone() {
        assert_eq!(at(Timestamp::from_second(0).unwrap()), "1 Jan 1970, 00:00 UTC");
    }
}
