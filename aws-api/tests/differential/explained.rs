//! Differences that are meant, each with its reason; any other one fails the test.
//!
//! Comes in: the script's report. Goes out: the counts, and a failure for what is not explained.
//! Never: an explanation that hides a difference of another kind.

use std::collections::BTreeMap;

use serde_json::Value;

/// A class of differences: whether a difference is of it, and what docs/aws-api.md says about it.
struct Class {
    name: &'static str,
    holds: fn(&Difference<'_>) -> bool,
}

struct Difference<'a> {
    service: &'a str,
    api: &'a str,
    said: &'a str,
}

const CLASSES: &[Class] = &[];

/// Says what was compared, and fails for what is not explained.
pub(crate) fn report(said: &Value) {
    let (mut explained, mut left) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for entry in said["differences"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let difference = Difference { service: text("service"), api: text("api"), said: text("difference") };
        match CLASSES.iter().find(|class| (class.holds)(&difference)) {
            Some(class) => *explained.entry(class.name).or_default() += 1,
            None => left.push(format!("{}:{} ({}) {}", text("service"), text("api"), text("case"), text("difference"))),
        }
    }
    println!("{} operations, {}", said["operations"], said["counts"]);
    println!("{} operations with differences; explained: {explained:#?}", said["unequal"]);
    if let Some(file) = std::env::var_os("KINTSUGI_DIFFERENCES") {
        std::fs::write(file, left.join("\n") + "\n").unwrap();
    }
    let shown: Vec<&String> = left.iter().take(40).collect();
    assert!(left.is_empty(), "{} differences are not explained; the first: {shown:#?}", left.len());
}
