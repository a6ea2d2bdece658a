//! The name that was probably meant.
//!
//! Comes in: a name that is not known, and those that are. Goes out: the nearest one, if it is near enough.
//! Never: a correction by itself; it becomes a hint and a proposal.

/// The nearest known name: another letter case first, then the fewest slips of the pen.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    // A third of the letters wrong is no longer a slip, and of a few letters none is.
    let limit = match lower.chars().count() {
        0..4 => 0,
        count => (count / 3).clamp(1, 4),
    };
    let candidates = known.into_iter().filter(|candidate| candidate.len().abs_diff(name.len()) <= 4 * limit + 4);
    let measured = candidates.map(|candidate| (edits(&lower, &candidate.to_lowercase()), candidate));
    measured.filter(|(edits, _)| *edits <= limit).min().map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, left) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in other.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let known = ["StopInstances", "StartInstances", "wait"];
        assert_eq!(nearest("StopInstance", known), Some("StopInstances"));
        assert_eq!(nearest("stopinstances", known), Some("StopInstances"));
        assert_eq!(nearest("Wait", known), Some("wait"));
        assert_eq!(nearest("DescribeVolumes", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("a", ["b", "A"]), Some("A"));
        assert_eq!(nearest("s4", ["s3"]), None);
    }
}
