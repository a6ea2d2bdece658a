//! What instances have to do, and so how busy they are.
//!
//! Comes in: a load in vCPUs for an instance; samples of how busy it was. Goes out: `CPUUtilization` by period.
//! Never: a load nobody seeded.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::alarm::Datapoint;

/// Samples kept for one instance: hours of AWS's time at any scale.
const KEPT: usize = 20_000;

/// Loads and samples by instance.
#[derive(Debug, Default)]
pub struct Loads {
    loads: BTreeMap<String, f64>,
    samples: BTreeMap<String, VecDeque<(Timestamp, f64)>>,
}

/// How busy so many vCPUs are with a load, in per cent.
#[must_use]
pub fn utilisation(load: f64, vcpus: f64) -> f64 {
    let percent = (load / vcpus * 100.0).clamp(0.0, 100.0);
    (percent * 100.0).round() / 100.0
}

impl Loads {
    /// Gives an instance a load; 0 is an idle instance. Old samples stay: what was, was.
    pub fn set(&mut self, instance: &str, vcpus: f64) {
        self.loads.insert(instance.to_owned(), vcpus);
    }

    /// Forgets an instance.
    pub fn forget(&mut self, instance: &str) {
        self.loads.remove(instance);
        self.samples.remove(instance);
    }

    /// Every load.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, f64> {
        &self.loads
    }

    /// Notes how busy an instance is now. An instance that does not run has no sample.
    pub fn sample(&mut self, instance: &str, at: Timestamp, percent: f64) {
        let samples = self.samples.entry(instance.to_owned()).or_default();
        if samples.len() == KEPT {
            samples.pop_front();
        }
        samples.push_back((at, percent));
    }

    /// The last `count` whole periods before `now`, oldest first.
    #[must_use]
    pub fn periods(
        &self,
        instance: &str,
        statistic: &str,
        length: Duration,
        count: usize,
        now: Timestamp,
    ) -> Vec<Datapoint> {
        let Ok(length) = SignedDuration::try_from(length) else { return vec![] };
        let nanos = length.as_nanos().max(1);
        let current = now.as_nanosecond().div_euclid(nanos);
        let back = i128::try_from(count).unwrap_or_default();
        let start = |index: i128| Timestamp::from_nanosecond(index * nanos).unwrap_or_default();
        let samples = self.samples.get(instance);
        (current - back..current)
            .map(|index| {
                let (from, to) = (start(index), start(index + 1));
                let inside = samples
                    .into_iter()
                    .flatten()
                    .filter(|(at, _)| (from..to).contains(at))
                    .map(|(_, percent)| *percent);
                Datapoint { at: from, value: summary(statistic, &inside.collect::<Vec<_>>()) }
            })
            .collect()
    }
}

fn summary(statistic: &str, values: &[f64]) -> Option<f64> {
    let count = f64::from(u32::try_from(values.len()).ok().filter(|count| *count > 0)?);
    let sum: f64 = values.iter().sum();
    let value = match statistic {
        "Maximum" => values.iter().copied().fold(f64::MIN, f64::max),
        "Minimum" => values.iter().copied().fold(f64::MAX, f64::min),
        "Sum" => sum,
        "SampleCount" => count,
        _ => sum / count,
    };
    Some((value * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_vcpus_are_less_busy_with_the_same_load() {
        assert_eq!(utilisation(1.9, 2.0), 95.0);
        assert_eq!(utilisation(1.9, 4.0), 47.5);
        assert_eq!(utilisation(9.0, 4.0), 100.0);
        assert_eq!(utilisation(0.0, 2.0), 0.0);
    }

    #[test]
    fn a_period_has_the_statistic_over_its_own_samples_and_none_without_any() {
        let mut loads = Loads::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        for (second, percent) in [(61, 90.0), (119, 100.0), (120, 40.0), (180, 10.0)] {
            loads.sample("i-1", at(second), percent);
        }
        let values = |statistic: &str| {
            let periods = loads.periods("i-1", statistic, Duration::from_secs(60), 3, at(200));
            assert_eq!(periods[0].at, at(0));
            periods.iter().map(|point| point.value).collect::<Vec<_>>()
        };
        assert_eq!(values("Average"), [None, Some(95.0), Some(40.0)]);
        assert_eq!(values("Maximum"), [None, Some(100.0), Some(40.0)]);
        assert_eq!(values("Minimum"), [None, Some(90.0), Some(40.0)]);
        assert_eq!(values("SampleCount"), [None, Some(2.0), Some(1.0)]);
        assert!(
            loads
                .periods("i-2", "Average", Duration::from_secs(60), 2, at(200))
                .iter()
                .all(|point| point.value.is_none())
        );
    }
}
