//! A length of time as people write it: `90s`, `15m`, `1h`, `7d`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Unit and its seconds, the longest first.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// So many whole seconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(i64);

impl Period {
    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    pub(super) const fn of(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |(unit, seconds): &(char, i64)| {
            let number: i64 = text.trim().strip_suffix(*unit)?.parse().ok()?;
            number.checked_mul(*seconds).filter(|total| number > 0 && *total <= 366 * 86_400)
        };
        let found = UNITS.iter().find_map(read);
        found.map(Self).ok_or_else(|| format!("{text:?} is no length of time; expected 90s, 15m, 1h or 7d"))
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, seconds)| self.0 % seconds == 0);
        let (unit, seconds) = whole.copied().unwrap_or(('s', 1));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_read_and_written_in_the_unit_that_fits() {
        for (text, seconds, written) in [
            ("90s", 90, "90s"),
            ("15m", 900, "15m"),
            ("60m", 3600, "1h"),
            ("24h", 86_400, "1d"),
            (" 7d ", 604_800, "7d"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.seconds(), period.to_string().as_str()), (seconds, written));
        }
        for wrong in ["", "5", "h", "0m", "-1h", "1.5h", "1w", "9999999999999999d", "400d"] {
            assert!(wrong.parse::<Period>().unwrap_err().contains("expected 90s"), "{wrong}");
        }
    }
}
