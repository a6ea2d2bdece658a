//! When changes are allowed: `Mon-Fri 08:00-18:00 Europe/Berlin`, `1-7,15 22:00-04:00 UTC`, by the clock on the wall there.
//!
//! Comes in: a window as text, a time. Goes out: open or not, and when it opens next. Pure.
//! Never: an hour that the clock skips. A window lasts from the moment its start comes to the moment its end first
//! does, so the night the clocks go back makes no second window; one that lies in a skipped hour does not open that day.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use super::{Refusal, refusal};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const EXPECTED: &str =
    "expected days (of the week or of the month), hours and a time zone: Mon-Fri 08:00-18:00 Europe/Berlin";

/// The last day that a month can have.
const LAST: u8 = 31;
/// So many days ahead it is looked when it opens next.
const AHEAD: i64 = 366;

/// One window, every week or every month.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Window {
    text: String,
    days: Days,
    from: Time,
    /// `None` is the end of the day.
    to: Option<Time>,
    zone: TimeZone,
}

/// Days of the week or of the month. Not of both in one window: some would read it as either day, some as both at once.
#[derive(Debug, Clone)]
enum Days {
    /// From Monday on.
    OfWeek([bool; 7]),
    /// Bit 1 is the first.
    OfMonth(u32),
}

impl Days {
    fn has(&self, day: Date) -> bool {
        match self {
            Self::OfWeek(days) => {
                let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok();
                weekday.is_some_and(|weekday| days[weekday])
            }
            Self::OfMonth(days) => days >> day.day() & 1 == 1,
        }
    }
}

impl Window {
    fn is_open(&self, now: Timestamp) -> bool {
        // One that began yesterday may still be open.
        self.around(now, -1..=0).any(|(from, to)| from <= now && now < to)
    }

    fn opens_next(&self, now: Timestamp) -> Option<Timestamp> {
        self.around(now, 0..=AHEAD).find(|(from, to)| *from > now && from < to).map(|(from, _)| from)
    }

    /// The windows that begin on the days around `now`, from and to.
    fn around(
        &self,
        now: Timestamp,
        days: std::ops::RangeInclusive<i64>,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.to_datetime(now).date();
        days.filter_map(move |days| self.on(today.checked_add(days.days()).ok()?))
    }

    fn on(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.has(day) {
            return None;
        }
        let end = match self.to {
            Some(to) if to > self.from => day.to_datetime(to),
            to => day.tomorrow().ok()?.to_datetime(to.unwrap_or(Time::midnight())),
        };
        // A time that comes twice is its first coming; one that is skipped is as much later as is skipped.
        let instant = |at: jiff::civil::DateTime| self.zone.to_ambiguous_timestamp(at).compatible().ok();
        Some((instant(day.to_datetime(self.from))?, instant(end)?))
    }
}

/// Whether `now` is within one of `windows`; none of them is always.
pub(super) fn check(windows: &[Window], now: Timestamp) -> Result<String, Refusal> {
    if windows.is_empty() {
        return Ok("no change window".to_owned());
    }
    if let Some(open) = windows.iter().find(|window| window.is_open(now)) {
        return Ok(format!("within {open}"));
    }
    let said: Vec<String> = windows.iter().map(ToString::to_string).collect();
    let next = windows.iter().filter_map(|window| window.opens_next(now)).min();
    let next = next.map_or_else(|| "never".to_owned(), |at| at.to_string());
    Err(refusal(
        "window",
        format!(
            "changes are allowed only within {}, and it is {now:.0}; opens next at {next}; send the event again then, \
             put it right by hand, or change `windows` (guards)",
            said.join(" or ")
        ),
    ))
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("{text:?} is no window: {what}; {EXPECTED}");
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [days, hours, zone] = parts[..] else { return Err(wrong("it has not three parts")) };
        let days = read_days(days).ok_or_else(|| wrong(&format!("{days:?} are no days")))?;
        let (from, to) = hours.split_once('-').ok_or_else(|| wrong(&format!("{hours:?} are no hours")))?;
        let from = read_time(from).flatten().ok_or_else(|| wrong(&format!("{from:?} is no time")))?;
        let to = read_time(to).ok_or_else(|| wrong(&format!("{to:?} is no time")))?;
        if to == Some(from) {
            return Err(wrong("it ends when it begins"));
        }
        let zone = TimeZone::get(zone).map_err(|_| wrong(&format!("{zone:?} is no time zone (IANA name, or UTC)")))?;
        Ok(Self { text: parts.join(" "), days, from, to, zone })
    }
}

/// `Mon-Fri`, `Sat,Sun`, `Fri-Mon`, `daily`; `1-7,15`.
fn read_days(text: &str) -> Option<Days> {
    if text.eq_ignore_ascii_case("daily") {
        return Some(Days::OfWeek([true; 7]));
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) { of_month(text) } else { of_week(text) }
}

fn of_week(text: &str) -> Option<Days> {
    let index = |name: &str| DAYS.iter().position(|day| name.eq_ignore_ascii_case(day));
    let mut days = [false; 7];
    for (first, last) in ranges(text) {
        let (first, last) = (index(first)?, index(last)?);
        (0..=(last + 7 - first) % 7).for_each(|offset| days[(first + offset) % 7] = true);
    }
    Some(Days::OfWeek(days))
}

fn of_month(text: &str) -> Option<Days> {
    let day = |text: &str| text.parse::<u8>().ok().filter(|day| (1..=LAST).contains(day) && !text.starts_with('+'));
    let mut days = 0;
    for (first, last) in ranges(text) {
        let (first, last) = (day(first)?, day(last).filter(|last| Some(*last) >= day(first))?);
        (first..=last).for_each(|day| days |= 1 << day);
    }
    Some(Days::OfMonth(days))
}

fn ranges(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').map(|part| part.split_once('-').unwrap_or((part, part)))
}

/// `08:00`; the inner `None` is `24:00`.
fn read_time(text: &str) -> Option<Option<Time>> {
    if text == "24:00" {
        return Some(None);
    }
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5)?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok().map(Some)
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl PartialEq for Window {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Window {}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(window: &str, now: &str) -> bool {
        window.parse::<Window>().unwrap().is_open(now.parse().unwrap())
    }

    #[test]
    fn a_window_is_open_by_the_clock_on_the_wall_also_on_the_days_that_clock_is_changed() {
        // 2026: Berlin goes forward on 29 March (02:00 -> 03:00) and back on 25 October (03:00 -> 02:00), New York on
        // 8 March and 1 November, Lord Howe by half an hour on 4 October and 5 April.
        let cases = [
            // An office: 08:00 in Berlin is 07:00Z in winter and 06:00Z in summer.
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-01-05T06:59:59Z", false),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-01-05T07:00:00Z", true),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-01-05T16:59:59Z", true),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-01-05T17:00:00Z", false),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T06:00:00Z", true),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T16:00:00Z", false),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-04T10:00:00Z", false),
            // The first Monday after each change.
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-03-30T06:00:00Z", true),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-10-26T06:30:00Z", false),
            // Its day is the day there: Sunday 23:30Z is Monday in Tokyo, where no clock is ever changed.
            ("Mon 08:00-09:00 Asia/Tokyo", "2026-03-29T23:30:00Z", true),
            // Over midnight it belongs to the day it begins on.
            ("Fri 22:00-04:00 UTC", "2026-01-09T22:00:00Z", true),
            ("Fri 22:00-04:00 UTC", "2026-01-10T03:59:59Z", true),
            ("Fri 22:00-04:00 UTC", "2026-01-10T04:00:00Z", false),
            ("Fri 22:00-04:00 UTC", "2026-01-09T03:00:00Z", false),
            ("daily 00:00-24:00 UTC", "2026-01-09T23:59:59Z", true),
            ("Sat,Sun 00:00-24:00 UTC", "2026-01-11T23:59:59Z", true),
            ("Sat,Sun 00:00-24:00 UTC", "2026-01-12T00:00:00Z", false),
            ("Sun-Tue 10:00-11:00 UTC", "2026-01-12T10:30:00Z", true),
            ("Sun-Tue 10:00-11:00 UTC", "2026-01-14T10:30:00Z", false),
            // Days of the month.
            ("1-7,15 10:00-11:00 UTC", "2026-01-07T10:30:00Z", true),
            ("1-7,15 10:00-11:00 UTC", "2026-01-08T10:30:00Z", false),
            ("1-7,15 10:00-11:00 UTC", "2026-01-15T10:30:00Z", true),
            ("31 22:00-04:00 UTC", "2026-02-01T03:00:00Z", true),
            ("31 22:00-04:00 UTC", "2026-03-01T03:00:00Z", false),
            // The skipped hour: a window within it does not open, one around it is an hour shorter.
            ("Sun 02:00-03:00 Europe/Berlin", "2026-03-29T01:00:00Z", false),
            ("Sun 02:00-03:00 Europe/Berlin", "2026-03-29T00:59:59Z", false),
            ("Sun 01:00-04:00 Europe/Berlin", "2026-03-29T00:30:00Z", true),
            ("Sun 01:00-04:00 Europe/Berlin", "2026-03-29T01:30:00Z", true),
            ("Sun 01:00-04:00 Europe/Berlin", "2026-03-29T02:00:00Z", false),
            ("Sun 01:00-03:00 America/New_York", "2026-03-08T06:30:00Z", true),
            ("Sun 01:00-03:00 America/New_York", "2026-03-08T07:00:00Z", false),
            // The hour that comes twice: the window ends when its end first comes, and does not open again.
            ("Sun 01:00-02:30 Europe/Berlin", "2026-10-25T00:29:59Z", true),
            ("Sun 01:00-02:30 Europe/Berlin", "2026-10-25T00:30:00Z", false),
            ("Sun 01:00-02:30 Europe/Berlin", "2026-10-25T01:15:00Z", false),
            ("Sun 02:00-04:00 Europe/Berlin", "2026-10-25T00:00:00Z", true),
            ("Sun 02:00-04:00 Europe/Berlin", "2026-10-25T02:59:59Z", true),
            ("Sun 00:30-01:30 America/New_York", "2026-11-01T05:30:00Z", false),
            // Half an hour.
            ("Sun 02:00-02:30 Australia/Lord_Howe", "2026-10-03T15:30:00Z", false),
            ("Sun 01:30-03:00 Australia/Lord_Howe", "2026-10-03T15:45:00Z", true),
            ("Sun 01:30-03:00 Australia/Lord_Howe", "2026-10-03T16:00:00Z", false),
        ];
        for (window, now, expected) in cases {
            assert_eq!(open(window, now), expected, "{window} at {now}");
        }
    }

    #[test]
    fn a_refusal_says_when_it_opens_next() {
        let windows = ["Mon-Fri 08:00-18:00 Europe/Berlin".parse().unwrap(), "Sat 09:00-10:00 UTC".parse().unwrap()];
        let cases = [
            ("2026-03-27T18:00:00Z", "2026-03-28T09:00:00Z"),
            ("2026-03-28T12:00:00Z", "2026-03-30T06:00:00Z"),
            ("2026-01-06T05:00:00Z", "2026-01-06T07:00:00Z"),
        ];
        for (now, next) in cases {
            let refusal = check(&windows, now.parse().unwrap()).unwrap_err();
            assert!(refusal.reason.contains(&format!("opens next at {next}")), "{}", refusal.reason);
        }
        let last =
            |now: &str| check(&["31 10:00-11:00 UTC".parse().unwrap()], now.parse().unwrap()).unwrap_err().reason;
        assert!(last("2026-01-31T11:00:00Z").contains("opens next at 2026-03-31T10:00:00Z"));
        assert!(last("2026-08-31T11:00:00Z").contains("opens next at 2026-10-31T10:00:00Z"));
        // The last day of March 2030 skips this hour.
        let night = check(&["31 02:00-03:00 Europe/Berlin".parse().unwrap()], "2030-02-01T00:00:00Z".parse().unwrap());
        assert!(night.unwrap_err().reason.contains("opens next at 2030-05-31T00:00:00Z"));
        assert!(check(&windows, "2026-03-27T12:00:00Z".parse().unwrap()).is_ok());
        assert!(check(&[], "2026-03-27T12:00:00Z".parse().unwrap()).is_ok());
    }

    #[test]
    fn what_is_no_window_says_what_is_wrong_with_it() {
        let cases = [
            ("", "three parts"),
            ("Mon-Fri 08:00-18:00", "three parts"),
            ("Mo-Fr 08:00-18:00 UTC", "no days"),
            ("32 08:00-18:00 UTC", "no days"),
            ("0 08:00-18:00 UTC", "no days"),
            ("28-3 08:00-18:00 UTC", "no days"),
            ("1-Mon 08:00-18:00 UTC", "no days"),
            ("Sun,1 08:00-18:00 UTC", "no days"),
            ("1,Sun 08:00-18:00 UTC", "no days"),
            ("1-+7 08:00-18:00 UTC", "no days"),
            ("Mon-1 08:00-18:00 UTC", "no days"),
            ("Mon 8-18 UTC", "no time"),
            ("Mon 08:00 UTC", "no hours"),
            ("Mon 08:00-25:00 UTC", "no time"),
            ("Mon 24:00-08:00 UTC", "no time"),
            ("Mon 08:00-08:00 UTC", "ends when it begins"),
            ("Mon 08:00-18:00 Europe/Atlantis", "no time zone"),
        ];
        for (text, wrong) in cases {
            let error = text.parse::<Window>().unwrap_err();
            assert!(error.contains(wrong) && error.contains("Europe/Berlin"), "{text}: {error}");
        }
    }
}
