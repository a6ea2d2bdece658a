//! What a plan costs or saves, where that is known: the change of an instance's type, from a small dated table.
//!
//! Comes in: the writes of a plan, the Region. Goes out: one line, or nothing. Never: an invented price. Pure.

use serde_json::Value;

use super::request::Change;

const PRICES: &str = include_str!("prices.csv");
/// As AWS counts a month.
const HOURS: f64 = 730.0;

/// The change in cost of a plan, one line. `None`: it is not known.
#[must_use]
pub fn of(writes: &[Change], region: &str) -> Option<String> {
    let (before, after) = writes.iter().find_map(resize)?;
    let ((from, first), (to, second)) = (price(region, before)?, price(region, after)?);
    let (month, as_of) = (more_a_month(region, before, after)?, first.min(second));
    Some(format!(
        "{month:+.2} USD a month ({before} {from} -> {after} {to} USD an hour; \
         list price for Linux on demand in {region}, as of {as_of})"
    ))
}

/// What an instance costs more in a month with another type, in USD. `None`: it is not known.
#[must_use]
pub fn more_a_month(region: &str, before: &str, after: &str) -> Option<f64> {
    Some((price(region, after)?.0 - price(region, before)?.0) * HOURS)
}

/// The types of an instance before and after.
fn resize(write: &Change) -> Option<(&str, &str)> {
    let api = write.api.replace('_', "");
    if !api.eq_ignore_ascii_case("ModifyInstanceAttribute") {
        return None;
    }
    let before = write.before.as_ref()?.get("InstanceType")?;
    Some((text(before)?, text(write.input.get("InstanceType")?)?))
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("Value")?.as_str())
}

/// The price of an hour, and the month it was read.
fn price(region: &str, instance_type: &str) -> Option<(f64, &'static str)> {
    let row = format!("{region},{instance_type},");
    let (price, as_of) = PRICES.lines().find_map(|line| line.strip_prefix(&row)?.split_once(','))?;
    Some((price.parse().ok()?, as_of))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn write(api: &str, before: &str, after: &str) -> Change {
        Change {
            step: "changeType".into(),
            service: Some("ec2".into()),
            api: api.into(),
            input: json!({"InstanceId": "i-1", "InstanceType": {"Value": after}}),
            before: json!({"InstanceType": before}).as_object().cloned(),
            when: None,
        }
    }

    #[test]
    fn a_resize_of_a_known_type_costs_the_difference() {
        let line = of(&[write("ModifyInstanceAttribute", "m5.large", "m5.xlarge")], "eu-west-1").unwrap();
        assert!(line.starts_with("+78.11 USD a month (m5.large 0.107 -> m5.xlarge 0.214"), "{line}");
        assert!(line.ends_with("as of 2024-12)"), "{line}");
        let smaller = of(&[write("modify_instance_attribute", "m5.xlarge", "m5.large")], "us-east-1").unwrap();
        assert!(smaller.starts_with("-70.08 USD a month"), "{smaller}");
    }

    #[test]
    fn what_is_not_in_the_table_is_not_known() {
        assert_eq!(of(&[write("ModifyInstanceAttribute", "m5.large", "m5.24xlarge")], "eu-west-1"), None);
        assert_eq!(of(&[write("ModifyInstanceAttribute", "m5.large", "m5.xlarge")], "ap-south-1"), None);
        assert_eq!(of(&[write("RunInstances", "m5.large", "m5.xlarge")], "eu-west-1"), None);
        assert_eq!(of(&[], "eu-west-1"), None);
    }

    #[test]
    fn every_row_of_the_table_is_a_price() {
        let rows: Vec<&str> = PRICES.lines().filter(|line| !line.starts_with('#')).skip(1).collect();
        assert!(rows.len() >= 200);
        let mut seen = std::collections::BTreeSet::new();
        for row in rows {
            let [region, instance_type, _, as_of] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
            assert!(price(region, instance_type).is_some_and(|(price, _)| price > 0.0), "{row}");
            assert!(as_of.len() == 7 && as_of.as_bytes()[4] == b'-', "{row}");
            assert!(seen.insert((region, instance_type)), "{row} is there twice");
        }
    }

    /// A size doubles what it has and what it costs, within a family and a Region; a slip of the pen would not.
    #[test]
    fn a_size_that_is_twice_as_large_costs_twice_as_much() {
        let double = |region: &str, family: &str, small: &str, large: &str| {
            let both = (price(region, &format!("{family}.{small}")), price(region, &format!("{family}.{large}")));
            let (Some((small, _)), Some((large, _))) = both else { return false };
            assert!((large / small - 2.0).abs() < 0.001, "{region} {family}: {small} and {large}");
            true
        };
        let families: Vec<(&str, &str)> = PRICES
            .lines()
            .filter_map(|line| line.split_once(".large,").and_then(|(before, _)| before.split_once(',')))
            .collect();
        let sizes = [("large", "xlarge"), ("xlarge", "2xlarge"), ("2xlarge", "4xlarge"), ("4xlarge", "8xlarge")];
        let held = families.iter().flat_map(|(region, family)| sizes.map(|(a, b)| double(region, family, a, b)));
        assert!(held.filter(|held| *held).count() > 80);
    }
}
