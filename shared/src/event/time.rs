//! AWS's four ways to write a time.

use jiff::Timestamp;

/// Reads `2025-05-14T09:06:10Z`, `2025-05-14T09:06:10.204+0000` (no colon) and `May 14, 2025 7:43:23 PM` (UTC).
/// Anything else is no time. Only the guard against repetition decides by it, and is stricter without.
#[must_use]
pub fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| offset_without_colon(text)).or_else(|| words(text))
}

fn offset_without_colon(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()
}

fn words(text: &str) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::strptime("%b %d, %Y %I:%M:%S %p", text).ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_aws_writes_a_time_is_read() {
        let cases = [
            ("2025-05-14T09:06:10Z", "2025-05-14T09:06:10Z"),
            ("2025-05-14T09:06:10.204+0000", "2025-05-14T09:06:10.204Z"),
            ("2025-05-14T19:03:50.251Z", "2025-05-14T19:03:50.251Z"),
            ("May 14, 2025 7:43:23 PM", "2025-05-14T19:43:23Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text).map(|t| t.to_string()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(timestamp("yesterday"), None);
    }
}
