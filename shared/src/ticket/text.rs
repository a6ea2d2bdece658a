//! Text that may come from anywhere, made fit to be read by people.
//!
//! Comes in: words of AWS, of an alarm, of an error. Goes out: one line without control characters, without
//! anything that looks like a secret, cut where a limit asks for it. Never: markup; that is the renderers'.

use jiff::Timestamp;

use crate::lowcode::shell_word;

/// What stands where a secret stood.
const HIDDEN: &str = "(hidden)";

/// Stands where a desk's limit left something out.
pub(super) const CUT: &str = "The rest did not fit. The whole record is in the log of the function.";
/// The same where the text has no paragraphs that set it apart.
pub(super) const CUT_ASIDE: &str = "(The rest did not fit. The whole record is in the log of the function.)";

/// Words in a key's name whose value is nobody's business.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "secret", "token", "signature", "authorization", "credential"];

/// Prefixes of AWS access key ids, which are followed by 16 more upper-case letters or digits.
const KEY_PREFIXES: [&str; 2] = ["AKIA", "ASIA"];

/// A time as people read it, and as `aws` takes it: whole seconds, in UTC. Empty for none.
pub(super) fn time(at: impl Into<Option<Timestamp>>) -> String {
    at.into().map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// One below the other.
pub(super) fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// One line: control characters become spaces, spaces run together, secrets are hidden.
///
/// A defence in depth: nothing that reaches a ticket should hold a secret, but error messages are others' words.
#[must_use]
pub(crate) fn clean(text: &str) -> String {
    clean_line(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`clean`], but spaces stay where they are: for lines whose columns mean something.
#[must_use]
pub(crate) fn clean_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if engine::is_hidden(c) { ' ' } else { c }).collect();
    let mut hide = false;
    let words: Vec<String> = spaced.split(' ').map(|word| redact(word, &mut hide)).collect();
    words.join(" ").trim_end().to_owned()
}

/// `text` in at most `limit` characters; what was cut shows as an ellipsis.
#[must_use]
pub(crate) fn clip(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The longest start of `text` that has at most `limit` bytes.
#[must_use]
pub(super) fn clip_bytes(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    &text[..end]
}

/// An option and its value for a command; a value that begins as options do stays a value.
#[must_use]
pub(super) fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", shell_word(value))
}

/// One word, with secrets hidden. `hide` carries over that the word before announced one (`Authorization: Basic x`).
fn redact(word: &str, hide: &mut bool) -> String {
    if word.is_empty() {
        return String::new();
    }
    if std::mem::take(hide) {
        let scheme = ["Basic", "Bearer", "AWS4-HMAC-SHA256"].contains(&word);
        *hide = scheme;
        return if scheme { word.to_owned() } else { HIDDEN.to_owned() };
    }
    if let Some((start, value)) = announced(word) {
        *hide = value.trim_matches(['"', '\'']).is_empty();
        return if *hide { word.to_owned() } else { format!("{start}{HIDDEN}") };
    }
    if has_access_key(word) { HIDDEN.to_owned() } else { word.to_owned() }
}

/// Splits `key=value`, `key:value` and their like in JSON and addresses, if the key's name announces a secret.
/// An ARN is a name, not a secret: `arn:aws:secretsmanager:...` passes.
fn announced(word: &str) -> Option<(&str, &str)> {
    let lower = word.to_ascii_lowercase();
    if lower.contains("arn:aws") || lower.starts_with("--") {
        return None;
    }
    let after = |name: &&str| lower.find(*name).map(|at| at + name.len());
    let from = SECRET_WORDS.iter().filter_map(after).min()?;
    let separator = from + lower.get(from..)?.find(['=', ':'])?;
    let (start, value) = word.split_at_checked(separator + 1)?;
    Some((start, value))
}

fn has_access_key(word: &str) -> bool {
    let follows =
        |rest: &str| rest.len() >= 16 && rest.bytes().take(16).all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    KEY_PREFIXES.iter().any(|prefix| word.match_indices(prefix).any(|(at, _)| follows(&word[at + prefix.len()..])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn clean_text_is_one_line_and_stays_as_it_is_when_cleaned_again(text in "\\PC*|[ -~\\n\\t=:]*") {
            let once = clean(&text);
            prop_assert!(!once.contains(char::is_control));
            prop_assert_eq!(clean(&once), once);
        }
    }

    #[test]
    fn text_becomes_one_line_without_control_or_reordering_characters() {
        assert_eq!(clean(" a\r\n\tb\u{7}c \u{202e}d "), "a b c d");
        assert_eq!(clean("\u{1b}[31mred\u{200b}\u{2066}x\u{feff}\u{e0041}"), "[31mred x");
        assert_eq!(clean("東京 عربي می\u{200c}خواهم 👩\u{200d}🚒"), "東京 عربي می\u{200c}خواهم 👩\u{200d}🚒");
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        let cases = [
            ("key AKIAIOSFODNN7EXAMPLE used", "key (hidden) used"),
            ("password=hunter2 rest", "password=(hidden) rest"),
            (r#"{"email": "a@b.c", "token": "t0p"}"#, r#"{"email": "a@b.c", "token": (hidden)"#),
            (r#"{"token":"t0p"}"#, r#"{"token":(hidden)"#),
            ("Authorization: Basic YTpi end", "Authorization: Basic (hidden) end"),
            (
                "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc",
                "https://b.s3.amazonaws.com/k?X-Amz-Signature=(hidden)",
            ),
            ("SecretAccessKey=wJalrXUtnFEMI", "SecretAccessKey=(hidden)"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn ordinary_words_are_left_alone() {
        let cases = [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:jira-AbCdEf",
            "the security token included in the request is expired",
            "AKIA is a prefix",
            "Threshold Crossed: 1 out of the last 1 datapoints [93.25 (14/05/25 09:00:00)]",
        ];
        for text in cases {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn columns_of_a_line_stay_and_its_secrets_do_not() {
        assert_eq!(clean_line("  1  step\ttoken: abc  end "), "  1  step token: (hidden)  end");
    }

    #[test]
    fn a_cut_shows_and_never_splits_a_character() {
        assert_eq!(clip("häuser", 6), "häuser");
        assert_eq!(clip("häuser am see", 4), "häu…");
        assert_eq!(clip_bytes("aä", 2), "a");
        assert_eq!(clip_bytes("aä", 3), "aä");
    }
}
