//! AWS's partitions: which Regions belong to which, and their DNS suffixes.
//!
//! Comes in: botocore's `partitions.json`, from the pack.
//! Goes out: what `aws.partition` answers for a Region.
//! Never: no answer; an unknown Region is in `aws`, as AWS's rules demand.

use serde::Deserialize;
use serde_json::{Map, Value};

/// All partitions.
#[derive(Debug, Deserialize)]
pub(crate) struct Partitions {
    partitions: Vec<Partition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Partition {
    id: String,
    outputs: Map<String, Value>,
    region_regex: String,
    regions: Map<String, Value>,
}

impl Partitions {
    /// The partition's outputs, with its name.
    pub(super) fn of(&self, region: &str) -> Value {
        let listed = self.partitions.iter().find(|p| p.regions.contains_key(region));
        let alike = || self.partitions.iter().find(|p| matches(&p.region_regex, region));
        let Some(partition) = listed.or_else(alike).or_else(|| self.partitions.first()) else { return Value::Null };
        let mut outputs = partition.outputs.clone();
        outputs.insert("name".to_owned(), partition.id.clone().into());
        Value::Object(outputs)
    }
}

/// All patterns have the form `^(us|eu)\-\w+\-\d+$`: heads, a word, a number. A regex engine would be for this alone.
fn matches(pattern: &str, region: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let Some(heads) = pattern.strip_suffix(r"\-\w+\-\d+") else { return false };
    let heads = heads.replace(['(', ')'], "").replace(r"\-", "-");
    heads.split('|').any(|head| {
        let tail = region.strip_prefix(head).and_then(|rest| rest.strip_prefix('-'));
        tail.and_then(|tail| tail.rsplit_once('-')).is_some_and(|(word, number)| is_word(word) && is_number(number))
    })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_not_yet_listed_is_known_by_its_form() {
        assert!(matches(r"^(us|eu|ap)\-\w+\-\d+$", "eu-north-7"));
        assert!(matches(r"^us\-gov\-\w+\-\d+$", "us-gov-west-1"));
        assert!(matches(r"^eusc\-(de)\-\w+\-\d+$", "eusc-de-east-1"));
        assert!(!matches(r"^(us|eu|ap)\-\w+\-\d+$", "us-gov-west-1"));
        assert!(!matches(r"^cn\-\w+\-\d+$", "eu-west-1"));
        assert!(!matches("anything else", "eu-west-1"));
    }

    #[test]
    fn an_unknown_region_is_in_the_first_partition() {
        let json = r#"{"partitions":[{"id":"aws","outputs":{"dnsSuffix":"amazonaws.com"},"regionRegex":"^eu\\-\\w+\\-\\d+$","regions":{}}]}"#;
        let partitions: Partitions = serde_json::from_str(json).unwrap();
        assert_eq!(partitions.of("mars-north-1")["name"], "aws");
    }
}
