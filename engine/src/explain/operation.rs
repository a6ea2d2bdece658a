//! An API's name as words: `ModifyInstanceAttribute` modifies the instance attribute.
//!
//! Comes in: an operation's name. Goes out: a verb in the third person and its object.
//! Never: a meaning beyond the name.

use crate::action::pascal;

/// Verbs of operations that only read.
const READS: [&str; 8] = ["Describe", "Get", "List", "Head", "Lookup", "BatchGet", "BatchDescribe", "TransactGet"];

/// First words that say how something is done, not what; and whether it is done to many.
const MANNERS: [(&str, &str, bool); 3] =
    [("Batch", "in a batch", true), ("Transact", "in a transaction", true), ("Admin", "as administrator", false)];

/// Whether the operation's name says that it only reads.
pub(super) fn reads(api: &str) -> bool {
    let name = pascal(api);
    READS.iter().any(|read| after(&name, read).is_some())
}

fn is_upper(c: char) -> bool {
    c.is_ascii_uppercase()
}

/// `modifies the instance attribute`; `None` for a name that is one word.
pub(super) fn phrase(api: &str) -> Option<String> {
    let name = pascal(api);
    let manner = MANNERS.iter().find_map(|(word, how, many)| Some((after(&name, word)?, how, *many)));
    match manner {
        Some((rest, how, many)) => Some(format!("{} {how}", verb_and_object(rest, many)?)),
        None => verb_and_object(&name, false),
    }
}

/// What follows a word in a name.
fn after<'a>(name: &'a str, word: &str) -> Option<&'a str> {
    name.strip_prefix(word).filter(|rest| rest.starts_with(is_upper))
}

fn verb_and_object(name: &str, many: bool) -> Option<String> {
    let (verb, rest) = if let Some(rest) = READS.iter().find_map(|read| after(name, read)) {
        ("reads".to_owned(), rest)
    } else {
        let end = name.char_indices().skip(1).find(|(_, c)| is_upper(*c))?.0;
        (third_person(&name[..end].to_lowercase()), &name[end..])
    };
    let mut words = words(rest);
    let last = words.last_mut()?;
    if many && !is_plural(last) {
        *last = third_person(last);
    }
    let article = if is_plural(last) { "" } else { "the " };
    Some(format!("{verb} {article}{}", words.join(" ")))
}

/// Verbs of `he` and nouns of `many` end alike.
fn third_person(verb: &str) -> String {
    let before_y = verb.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    if let Some(stem) = before_y {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "sh", "ch", "o"].iter().any(|end| verb.ends_with(end));
    format!("{verb}{}", if hisses { "es" } else { "s" })
}

/// `DBInstanceAttributes` as `DB instance attributes`: words in lower case, short names as they are.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && !is_upper(letters[index - 1]);
        let before_lower = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let begins = is_upper(*letter) && (index == 0 || after_lower || before_lower);
        // The s of `VPCs`.
        let plural =
            before_lower && letters.get(index + 1) == Some(&'s') && letters.get(index + 2).is_none_or(|c| is_upper(*c));
        match words.last_mut() {
            Some(word) if !begins || plural && !after_lower => word.push(*letter),
            _ => words.push(letter.to_string()),
        }
    }
    let lower = |word: String| {
        let capitals = word.chars().filter(|c| is_upper(*c)).count();
        if capitals > 1 { word } else { word.to_lowercase() }
    };
    words.into_iter().map(lower).collect()
}

fn is_plural(word: &str) -> bool {
    word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) || word == "data" || word == "tags"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_sentences_do() {
        for (api, words) in [
            ("DescribeInstances", "reads instances"),
            ("describe_db_instances", "reads db instances"),
            ("GetPublicAccessBlock", "reads the public access block"),
            ("DescribeInstanceStatus", "reads the instance status"),
            ("ModifyDBInstance", "modifies the DB instance"),
            ("PutBucketPolicy", "puts the bucket policy"),
            ("DescribeVpcs", "reads vpcs"),
            ("AttachRolePolicy", "attaches the role policy"),
            ("RevokeSecurityGroupIngress", "revokes the security group ingress"),
            ("ApplyPendingMaintenanceAction", "applies the pending maintenance action"),
            ("DeployStages", "deploys stages"),
            ("ListObjectsV2", "reads the objects v2"),
            ("BatchUpdateFindings", "updates findings in a batch"),
            ("batch_write_item", "writes items in a batch"),
            ("BatchGetItem", "reads items in a batch"),
            ("BatchDescribeMergeConflicts", "reads merge conflicts in a batch"),
            ("BatchPutMetrics", "puts metrics in a batch"),
            ("BatchAssociateUserStack", "associates user stacks in a batch"),
            ("TransactWriteItems", "writes items in a transaction"),
            ("TransactGetItems", "reads items in a transaction"),
            ("AdminDeleteUser", "deletes the user as administrator"),
            ("AdministerThings", "administers things"),
        ] {
            assert_eq!(phrase(api).as_deref(), Some(words), "{api}");
        }
        assert_eq!(phrase("Invoke"), None);
        assert_eq!(phrase("Describe"), None);
        assert_eq!(phrase("BatchStop"), None);
    }

    #[test]
    fn a_read_is_known_by_its_first_word() {
        assert!(reads("list_tags_for_resource") && reads("BatchGetItem") && reads("HeadObject"));
        assert!(!reads("GetawayCar") && !reads("StartInstances") && !reads("ListenHere"));
    }
}
