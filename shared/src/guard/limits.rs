//! What bounds a binding: the block `guards:` of runbooks/bindings.yaml, and the same words in the setting KINTSUGI_GUARDS.
//!
//! Comes in: YAML. Goes out: [`Limits`], each of them said or not. A binding's own word holds, then the deployment's,
//! then what is built in. Never: a word that nobody knows; it is an error.

use serde::Deserialize;

use super::period::Period;
use super::window::Window;

/// What is said about the guards. All optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Runs under way at once.
    #[serde(deserialize_with = "said")]
    pub concurrent: Option<u32>,
    /// Changes begun in one hour, beside what the function may do at all (`MaxPerHour`).
    #[serde(deserialize_with = "said")]
    pub per_hour: Option<u32>,
    /// Changes begun in one day (UTC).
    #[serde(deserialize_with = "said")]
    pub per_day: Option<u32>,
    /// How much of the fleet may be changed in one day (UTC).
    #[serde(deserialize_with = "said")]
    pub fleet: Option<Fleet>,
    /// When repeated failure stops it.
    #[serde(deserialize_with = "said")]
    pub breaker: Option<Breaker>,
    /// When a fault that comes back is left to people.
    #[serde(deserialize_with = "said")]
    pub flapping: Option<Flapping>,
    /// When changes are allowed. None is always.
    #[serde(deserialize_with = "said")]
    pub windows: Option<Vec<Window>>,
    /// SSM Change Calendars, by name or ARN, that must all be open.
    #[serde(deserialize_with = "said")]
    pub calendars: Option<Vec<String>>,
    /// The only Regions in which it may change anything.
    #[serde(deserialize_with = "said")]
    pub regions: Option<Vec<String>>,
    /// Regions in which it may change nothing.
    #[serde(deserialize_with = "said")]
    pub denied_regions: Option<Vec<String>>,
    /// The only accounts in which it may change anything.
    #[serde(deserialize_with = "account_ids")]
    pub accounts: Option<Vec<String>>,
    /// Accounts in which it may change nothing.
    #[serde(deserialize_with = "account_ids")]
    pub denied_accounts: Option<Vec<String>>,
    /// What to do about resources that CloudFormation or Terraform own.
    #[serde(deserialize_with = "said")]
    pub owned: Option<Owned>,
    /// What opts a resource in. Only a binding may say so, not a deployment.
    #[serde(deserialize_with = "said")]
    pub opt_in: Option<OptIn>,
}

/// What opts a resource in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptIn {
    /// Its tag.
    Tag,
    /// The deployment, by naming the binding: for what is of the whole account and has no tags.
    Binding,
}

/// What to do about a resource that somebody's code owns and would put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owned {
    /// Leave it to them, with a ticket.
    Refuse,
    /// Change it all the same.
    Allow,
}

/// It opens after so many failures, and lets one trial through after a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Breaker {
    /// So many in a row, no success between them.
    pub failures: std::num::NonZeroU32,
    /// None of them older than this.
    pub within: Period,
    /// How long it stays open before one trial.
    pub retry_after: Period,
}

/// A fault that was put right so often, so soon, is not put right again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flapping {
    /// So many times acted on.
    pub times: std::num::NonZeroU32,
    /// Within this time.
    pub within: Period,
}

/// Different resources of the type that may be changed in one day: a number, or a share of a fleet whose size is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "FleetSaid")]
pub struct Fleet {
    /// At most so many.
    pub most: u32,
    /// As it was said, for people.
    pub said: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FleetSaid {
    resources: Option<u32>,
    percent: Option<u32>,
    of: Option<u32>,
}

impl TryFrom<FleetSaid> for Fleet {
    type Error = String;

    fn try_from(said: FleetSaid) -> Result<Self, String> {
        match said {
            FleetSaid { resources: Some(most), percent: None, of: None } if most > 0 => {
                Ok(Self { most, said: format!("{most} resources") })
            }
            FleetSaid { resources: None, percent: Some(percent @ 1..=100), of: Some(size) } => {
                let most = u32::try_from(u64::from(percent) * u64::from(size) / 100).unwrap_or(u32::MAX);
                let said = format!("{percent} % of {size} resources");
                if most == 0 { Err(format!("{said} is not even one")) } else { Ok(Self { most, said }) }
            }
            _ => Err("a fleet is {resources: 5}, or {percent: 10, of: 200}".to_owned()),
        }
    }
}

const DAY: Period = Period::of(86_400);
const HOUR: Period = Period::of(3_600);
const THREE: std::num::NonZeroU32 = std::num::NonZeroU32::MIN.saturating_add(2);

impl Limits {
    /// What holds where nobody says anything.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            concurrent: Some(5),
            per_day: Some(50),
            breaker: Some(Breaker { failures: THREE, within: DAY, retry_after: HOUR }),
            flapping: Some(Flapping { times: THREE, within: DAY }),
            ..Self::default()
        }
    }

    /// These, and where they are silent `others`.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        let others = others.clone();
        Self {
            concurrent: self.concurrent.or(others.concurrent),
            per_hour: self.per_hour.or(others.per_hour),
            per_day: self.per_day.or(others.per_day),
            fleet: self.fleet.or(others.fleet),
            breaker: self.breaker.or(others.breaker),
            flapping: self.flapping.or(others.flapping),
            windows: self.windows.or(others.windows),
            calendars: self.calendars.or(others.calendars),
            regions: self.regions.or(others.regions),
            denied_regions: self.denied_regions.or(others.denied_regions),
            accounts: self.accounts.or(others.accounts),
            denied_accounts: self.denied_accounts.or(others.denied_accounts),
            owned: self.owned.or(others.owned),
            // Of the binding alone: no deployment opts in everything there is.
            opt_in: self.opt_in,
        }
    }
}

/// A word without a value is a mistake, and not nothing said: `windows:` would be always.
fn said<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Account ids, quoted or not: a number has lost its leading zeros, of the twelve digits that there are.
fn account_ids<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(u64),
    }
    let text = |id| match id {
        Id::Text(text) => text,
        Id::Number(number) => format!("{number:012}"),
    };
    Ok(Some(Vec::<Id>::deserialize(value)?.into_iter().map(text).collect()))
}

/// Reads the setting: a block's content on one line, with or without its braces.
///
/// # Errors
/// What is wrong with it, in one sentence.
pub(crate) fn read(text: &str) -> Result<Limits, String> {
    let text = text.trim();
    let block = if text.starts_with('{') { text.to_owned() } else { format!("{{{text}}}") };
    engine::yaml::from_str(&block).map_err(|error| error.problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_a_binding_s_own_word_holds() {
        let own = read("concurrent: 1, breaker: {failures: 2, within: 1h, retryAfter: 30m}, owned: allow").unwrap();
        let deployed = read(
            "{concurrent: 9, perHour: 3, perDay: 7, fleet: {percent: 10, of: 55}, flapping: {times: 2, within: 2d}, \
             windows: [Mon-Fri 08:00-18:00 Europe/Berlin], calendars: [freeze], regions: [eu-west-1], \
             deniedRegions: [us-east-1], accounts: ['123456789012'], deniedAccounts: [002109876543]}",
        );
        let both = own.or(&deployed.unwrap()).or(&Limits::built_in());
        assert_eq!((both.concurrent, both.per_hour, both.per_day), (Some(1), Some(3), Some(7)));
        assert_eq!(both.fleet.map(|fleet| (fleet.most, fleet.said)), Some((5, "10 % of 55 resources".into())));
        assert_eq!(both.breaker.map(|breaker| breaker.retry_after.seconds()), Some(1800));
        assert_eq!(both.flapping.map(|flapping| flapping.times.get()), Some(2));
        assert_eq!((both.windows.map_or(0, |w| w.len()), both.owned), (1, Some(Owned::Allow)));
        assert_eq!(both.accounts.unwrap(), ["123456789012"]);
        assert_eq!(both.denied_accounts.unwrap(), ["002109876543"], "unquoted, it has its zeros nevertheless");
    }

    #[test]
    fn nothing_said_is_bounded_all_the_same() {
        let limits = read("").unwrap().or(&Limits::built_in());
        assert_eq!((limits.concurrent, limits.per_day, limits.owned), (Some(5), Some(50), None));
        assert!(limits.breaker.is_some() && limits.flapping.is_some());
    }

    #[test]
    fn a_word_without_a_value_is_never_no_limit() {
        for text in ["windows", "windows:", "calendars: ~", "regions:", "accounts: null", "perDay:", "breaker:"] {
            let nothing = [Some(vec![]), None];
            let read = read(text);
            let open = read.as_ref().is_ok_and(|limits| {
                limits.regions.is_none() && limits.accounts.is_none() && nothing.contains(&limits.windows)
            });
            assert!(!open, "{text}: {read:?}");
        }
    }

    #[test]
    fn a_word_that_nobody_knows_and_a_value_that_cannot_be_are_errors_that_say_so() {
        let cases = [
            ("perDya: 3", "perDya"),
            ("perDay: many", "perDay: invalid type: string \"many\", expected u32"),
            ("perDay: -1", "perDay: invalid value: integer `-1`, expected u32"),
            ("breaker: {failures: 0, within: 1h, retryAfter: 1h}", "zero"),
            ("breaker: {failures: 3, within: 1h}", "retryAfter"),
            ("flapping: {times: 3, within: often}", "no length of time"),
            ("fleet: {percent: 10}", "{percent: 10, of: 200}"),
            ("fleet: {percent: 10, of: 9}", "not even one"),
            ("fleet: {percent: 101, of: 900}", "{percent: 10, of: 200}"),
            ("windows: [Mon 08:00-18:00 Nowhere]", "no time zone"),
            ("owned: maybe", "maybe"),
            ("perDay", "u32"),
            ("owned:", "owned: invalid type: null, expected string or map"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
