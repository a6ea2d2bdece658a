//! Names as people write them, and the names that are near when one is unknown.
//!
//! Comes in: a service or an operation as boto3, SSM Automation or a person spells it.
//! Goes out: the key under which it is looked up; the nearest known names.
//! Never: a guess. An unknown name stays unknown.

use std::fmt;

/// A boto3 client name that has a model: `ec2`, `elbv2`, `application-autoscaling`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceName(pub(crate) String);

/// An operation's name in the model's own spelling: `DescribeDBInstances`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationName(pub(crate) String);

impl ServiceName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OperationName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A service as SSM Automation takes it: `EC2` and `logs ` are written in AWS's own runbooks; and the one service that
/// boto3 still takes under an older name.
pub(crate) fn service_key(name: &str) -> String {
    match name.trim().to_lowercase() {
        older if older == "runtime.sagemaker" => "sagemaker-runtime".to_owned(),
        name => name,
    }
}

/// `DescribeDBInstances`, `describe_db_instances`, `describeDBInstances` and `describe-db-instances` are one operation.
pub(crate) fn operation_key(name: &str) -> String {
    name.trim().chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The operations that boto3 also calls by a name with the same letters in another order: `(service, its key, the
/// operation's key)`. Its other method aliases differ in capitals and underscores only.
const OTHER_NAMES: [(&str, &str, &str); 1] =
    [("socialmessaging", "deletewhatsappmediamessage", "deletewhatsappmessagemedia")];

/// The key of the operation that boto3 calls by this name too.
pub(crate) fn key_behind(service: &str, key: String) -> String {
    let other = OTHER_NAMES.iter().find(|(of, name, _)| *of == service && *name == key);
    other.map_or(key, |(_, _, operation)| (*operation).to_owned())
}

/// How many near names a message offers: enough to see the right one, few enough to read.
const OFFERED: usize = 3;

/// The known names nearest to the given one, nearest first; none if all are far.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name = operation_key(name);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|candidate| Some((distance(&name, &operation_key(candidate))?, candidate)))
        .collect();
    near.sort_unstable();
    // A name nearly as near as the nearest may be meant; one much farther is noise.
    let limit = near.first().map_or(0, |(nearest, _)| nearest + 1);
    near.retain(|(distance, _)| *distance <= limit);
    near.into_iter().take(OFFERED).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Edits from one name to the other, counting a missing tail or head as one; `None` if they are not alike.
fn distance(name: &str, candidate: &str) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    let shorter = name.len().min(candidate.len());
    if shorter >= 4 && (candidate.contains(name) || name.contains(candidate)) {
        return Some(1);
    }
    // A third of the letters wrong is no longer a slip of the pen.
    let limit = (name.chars().count() / 3).max(1);
    let edits = edits(name, candidate);
    (edits <= limit).then_some(edits)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// `: did you mean A, B or C?`, or nothing.
pub(crate) struct DidYouMean<'a>(pub(crate) &'a [String]);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [one] => write!(f, "; did you mean {one}?"),
            [most @ .., last] => write!(f, "; did you mean {} or {last}?", most.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_an_operation_have_one_key() {
        for spelling in
            ["DescribeDBInstances", "describe_db_instances", "describeDBInstances", " describe-db-instances "]
        {
            assert_eq!(operation_key(spelling), "describedbinstances", "{spelling}");
        }
        // Where boto3 once cut a name into other words, both cuts are its name.
        assert_eq!(operation_key("list_hi_ts_for_qualification_type"), operation_key("ListHITsForQualificationType"));
        assert_eq!(operation_key("create_o_auth2_token"), operation_key("CreateOAuth2Token"));
    }

    #[test]
    fn a_service_is_trimmed_and_lower_cased() {
        assert_eq!(service_key("logs "), "logs");
        assert_eq!(service_key("EC2"), "ec2");
        assert_eq!(service_key("runtime.sagemaker"), "sagemaker-runtime");
    }

    #[test]
    fn a_slip_of_the_pen_is_near_and_another_word_is_not() {
        let known = ["StopInstances", "StartInstances", "DescribeInstances", "CreateVolume"];
        assert_eq!(nearest("StopInstance", known), ["StopInstances"]);
        assert_eq!(nearest("StpoInstances", known), ["StopInstances", "StartInstances"]);
        assert!(nearest("PutObject", known).is_empty());
        assert!(nearest("", known).is_empty());
    }

    #[test]
    fn at_most_three_names_are_offered() {
        let known = ["PutObjectA", "PutObjectB", "PutObjectC", "PutObjectD"];
        assert_eq!(nearest("PutObject", known), ["PutObjectA", "PutObjectB", "PutObjectC"]);
    }

    #[test]
    fn the_question_reads_as_a_sentence() {
        let names = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
        assert_eq!(DidYouMean(&names).to_string(), "; did you mean A, B or C?");
        assert_eq!(DidYouMean(&names[..1]).to_string(), "; did you mean A?");
        assert_eq!(DidYouMean(&[]).to_string(), "");
    }
}
