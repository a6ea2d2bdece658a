//! On which side of its threshold an alarm rings. A low-CPU alarm, which scales in, watches the same metric as the one that
//! cries for help.

use serde::{Deserialize, Serialize};

/// A side of a threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// The metric is too high.
    #[default]
    Above,
    /// The metric is too low.
    Below,
}

impl Side {
    /// Of a `ComparisonOperator` of CloudWatch. `None` where it may be either side, as with a band, or is not known.
    #[must_use]
    pub fn of(comparison: &str) -> Option<Self> {
        match comparison {
            "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "GreaterThanUpperThreshold" => Some(Self::Above),
            "LessThanThreshold" | "LessThanOrEqualToThreshold" | "LessThanLowerThreshold" => Some(Self::Below),
            _ => None,
        }
    }

    /// What the metric then is.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Above => "high",
            Self::Below => "low",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_comparison_of_cloudwatch_has_its_side_and_what_is_not_known_has_none() {
        for (comparison, side) in [
            ("GreaterThanThreshold", Some(Side::Above)),
            ("GreaterThanOrEqualToThreshold", Some(Side::Above)),
            ("GreaterThanUpperThreshold", Some(Side::Above)),
            ("LessThanThreshold", Some(Side::Below)),
            ("LessThanOrEqualToThreshold", Some(Side::Below)),
            ("LessThanLowerThreshold", Some(Side::Below)),
            ("LessThanLowerOrGreaterThanUpperThreshold", None),
            ("", None),
        ] {
            assert_eq!(Side::of(comparison), side, "{comparison}");
        }
    }
}
