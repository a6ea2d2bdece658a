//! The world's one clock, and how much faster than AWS it runs.
//!
//! Comes in: durations as AWS has them (an evaluation of a minute, a retry after two).
//! Goes out: the same durations scaled, the time now, and times spelled as AWS spells them.
//! Never: a pause of its own; callers sleep.

use std::sync::RwLock;
use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Durations as AWS has them, before scaling, and the scale itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Timings {
    /// World seconds per AWS second: 0.02 makes a minute last 1.2 s. From 0 (no waiting) to 1 (as slow as AWS).
    pub scale: f64,
    /// How long an instance is pending, in AWS seconds. This and the next three are obeyed by moto.
    pub pending_seconds: f64,
    /// How long an instance is stopping, in AWS seconds.
    pub stopping_seconds: f64,
    /// How long an instance is shutting down, in AWS seconds.
    pub shutting_down_seconds: f64,
    /// How long a running instance's status checks are initializing, in AWS seconds.
    pub status_checks_seconds: f64,
    /// How long AWS Config takes to evaluate one rule, in AWS seconds.
    pub config_evaluation_seconds: f64,
    /// Whether rules look again by themselves when a call has changed a resource, as in AWS.
    pub config_on_change: bool,
    /// How long CloudWatch takes from the end of a period to the alarm's new state, in AWS seconds.
    pub alarm_delay_seconds: f64,
    /// Waits before the first and second retry of an asynchronous Lambda invocation, in AWS seconds.
    pub invoke_retry_seconds: [f64; 2],
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            scale: 0.02,
            pending_seconds: 15.0,
            stopping_seconds: 30.0,
            shutting_down_seconds: 30.0,
            status_checks_seconds: 120.0,
            config_evaluation_seconds: 30.0,
            config_on_change: true,
            alarm_delay_seconds: 10.0,
            invoke_retry_seconds: [60.0, 120.0],
        }
    }
}

impl Timings {
    /// Whether these can be obeyed. The error is one sentence for the person who set them.
    ///
    /// # Errors
    /// Names the value that is out of range.
    pub fn check(self) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&self.scale) {
            return Err(format!("scale must lie between 0 and 1, not {}", self.scale));
        }
        let seconds = [
            self.pending_seconds,
            self.stopping_seconds,
            self.shutting_down_seconds,
            self.status_checks_seconds,
            self.config_evaluation_seconds,
            self.alarm_delay_seconds,
            self.invoke_retry_seconds[0],
            self.invoke_retry_seconds[1],
        ];
        match seconds.iter().find(|s| !(0.0..=86_400.0).contains(*s)) {
            Some(wrong) => Err(format!("seconds must lie between 0 and 86400, not {wrong}")),
            None => Ok(self),
        }
    }
}

/// The clock every part of the world asks.
#[derive(Debug)]
pub struct Clock(RwLock<Timings>);

impl Clock {
    /// A clock with these timings, which must have passed [`Timings::check`].
    #[must_use]
    pub fn new(timings: Timings) -> Self {
        Self(RwLock::new(timings))
    }

    /// The timings in force.
    #[must_use]
    pub fn timings(&self) -> Timings {
        *self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Replaces the timings; waits already begun keep theirs.
    pub fn set(&self, timings: Timings) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = timings;
    }

    /// The time now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the world stands for AWS, which has a clock; nothing here is replayed"
    )]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// How long so many AWS seconds last in this world.
    #[must_use]
    pub fn scaled(&self, aws_seconds: f64) -> Duration {
        Duration::try_from_secs_f64(aws_seconds * self.timings().scale).unwrap_or_default()
    }
}

/// `2025-05-14T19:04:05Z`: the envelope of an EventBridge event.
#[must_use]
pub fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2025-05-14T19:04:05.251Z`: AWS Config and SNS.
#[must_use]
pub fn millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `2025-05-14T09:06:10.204+0000`: inside CloudWatch alarm data.
#[must_use]
pub fn alarm_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// `14/05/25 09:00:00`: a datapoint's time in an alarm's reason.
#[must_use]
pub fn datapoint_time(at: Timestamp) -> String {
    at.strftime("%d/%m/%y %H:%M:%S").to_string()
}

/// `May 14, 2025 7:43:23 PM`: SSM Automation events.
#[must_use]
pub fn automation_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%b %-d, %Y %-I:%M:%S %p").to_string()
}

/// Seconds since the epoch with milliseconds, as AWS JSON protocols carry times.
#[must_use]
pub fn epoch(at: Timestamp) -> f64 {
    let millis = at.subsec_nanosecond() / 1_000_000;
    let seconds = i32::try_from(at.as_second()).map_or(f64::MAX, f64::from);
    seconds + f64::from(millis) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_as_each_service_spells_them() {
        let at: Timestamp = "2025-05-14T19:04:05.251987Z".parse().unwrap();
        assert_eq!(seconds(at), "2025-05-14T19:04:05Z");
        assert_eq!(millis(at), "2025-05-14T19:04:05.251Z");
        assert_eq!(alarm_time(at), "2025-05-14T19:04:05.251+0000");
        assert_eq!(datapoint_time(at), "14/05/25 19:04:05");
        assert_eq!(automation_time(at), "May 14, 2025 7:04:05 PM");
        assert_eq!(epoch(at), 1_747_249_445.251);
    }

    #[test]
    fn a_minute_of_aws_lasts_as_long_as_the_scale_says() {
        let clock = Clock::new(Timings { scale: 0.02, ..Timings::default() });
        assert_eq!(clock.scaled(60.0), Duration::from_millis(1200));
        clock.set(Timings { scale: 0.0, ..Timings::default() });
        assert_eq!(clock.scaled(60.0), Duration::ZERO);
    }

    #[test]
    fn timings_that_cannot_be_obeyed_are_refused_with_the_value() {
        let wrong = Timings { scale: -1.0, ..Timings::default() };
        assert_eq!(wrong.check().unwrap_err(), "scale must lie between 0 and 1, not -1");
        let wrong = Timings { alarm_delay_seconds: f64::NAN, ..Timings::default() };
        assert!(wrong.check().is_err());
    }
}
