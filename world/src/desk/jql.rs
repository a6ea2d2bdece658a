//! The part of JQL that we write: `field = value`, `field != value`, joined by AND, and an order at the end.
//!
//! Comes in: a query. Goes out: a filter over issues, or Jira's complaint. Never: a query that is guessed at.

use super::issues::Issue;

/// A parsed query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    clauses: Vec<Clause>,
    /// Whether the latest come first.
    pub(super) latest_first: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    field: String,
    equal: bool,
    value: String,
}

/// Parses a query. The error is for people.
pub(super) fn parse(jql: &str, project: &str) -> Result<Query, String> {
    let mut words = words(jql)?.into_iter().peekable();
    let mut clauses = Vec::new();
    let mut latest_first = false;
    while let Some(field) = words.next() {
        let (Some(operator), Some(value)) = (words.next(), words.next()) else {
            return Err(format!("Error in the JQL Query: the query ends after '{}'.", field.text));
        };
        clauses.push(clause(&field, &operator, value, project)?);
        match words.next() {
            None => break,
            Some(word) if word.is("AND") => {}
            Some(word) if word.is("ORDER") => {
                latest_first = order(words)?;
                break;
            }
            Some(word) => {
                return Err(format!("Error in the JQL Query: expecting AND, OR or ORDER BY but got '{}'.", word.text));
            }
        }
    }
    if clauses.is_empty() {
        return Err("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.".into());
    }
    Ok(Query { clauses, latest_first })
}

fn clause(field: &Word, operator: &Word, value: Word, project: &str) -> Result<Clause, String> {
    let name = field.text.to_ascii_lowercase();
    let equal = match operator.text.as_str() {
        "=" => true,
        "!=" => false,
        other => return Err(format!("Error in the JQL Query: '{other}' is not an operator this desk knows.")),
    };
    match name.as_str() {
        "project" if value.text != project => {
            return Err(format!("The value '{}' does not exist for the field 'project'.", value.text));
        }
        "project" | "labels" | "statuscategory" => {}
        other => return Err(format!("Field '{other}' does not exist or you do not have permission to view it.")),
    }
    Ok(Clause { field: name, equal, value: value.text })
}

/// Whether the latest come first.
fn order(mut words: impl Iterator<Item = Word>) -> Result<bool, String> {
    let by = words.next().is_some_and(|word| word.is("BY"));
    let field = words.next().is_some_and(|word| word.is("created"));
    let direction = words.next();
    let latest_first = direction.as_ref().is_some_and(|word| word.is("DESC"));
    let known = direction.is_none_or(|word| word.is("ASC") || word.is("DESC"));
    // Issues are kept oldest first, so these are the orders there are.
    let right = by && field && known && words.next().is_none();
    if right { Ok(latest_first) } else { Err("Error in the JQL Query: this desk orders by created only.".into()) }
}

impl Query {
    pub(super) fn matches(&self, issue: &Issue) -> bool {
        self.clauses.iter().all(|clause| clause.matches(issue))
    }
}

impl Clause {
    fn matches(&self, issue: &Issue) -> bool {
        let holds = match self.field.as_str() {
            "labels" => issue.labels.contains(&self.value),
            "statuscategory" => self.value.eq_ignore_ascii_case("done") == issue.done(),
            _ => true,
        };
        holds == self.equal
    }
}

struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Splits at spaces outside quotes; inside, a backslash escapes.
fn words(jql: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = jql.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if first == '"' {
            quoted(&rest[1..])?
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (Word { text: rest[..end].to_owned(), quoted: false }, &rest[end..])
        };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn quoted(text: &str) -> Result<(Word, &str), String> {
    let mut word = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((Word { text: word, quoted: true }, &text[at + 1..])),
            '\\' => word.extend(letters.next().map(|(_, escaped)| escaped)),
            other => word.push(other),
        }
    }
    Err("Error in the JQL Query: the quoted string has not been completed.".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::workflow::Status;

    fn issue(label: &str, done: bool) -> Issue {
        let fields = json!({"labels": [label], "summary": "s"});
        let status = if done { Status::Done } else { Status::ToDo };
        Issue { status, ..Issue::new("OPS", 1, &fields, jiff::Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn the_query_we_write_finds_the_open_issue_of_a_label_and_no_other() {
        let query = r#"project = "OPS" AND labels = "kintsugi-1" AND statusCategory != Done ORDER BY created ASC"#;
        let query = parse(query, "OPS").unwrap();
        assert!(query.matches(&issue("kintsugi-1", false)));
        assert!(!query.matches(&issue("kintsugi-1", true)));
        assert!(!query.matches(&issue("kintsugi-2", false)));
        assert!(!query.latest_first && parse("project = OPS ORDER BY created DESC", "OPS").unwrap().latest_first);
    }

    #[test]
    fn a_query_that_jira_would_refuse_is_refused() {
        for wrong in [
            "",
            "ORDER BY created ASC",
            "project =",
            "project = \"OPS",
            "project = NOPE",
            "assigne = me",
            "project = OPS labels = a",
            "project ~ OPS",
            "project = OPS ORDER BY rank DESC",
        ] {
            assert!(parse(wrong, "OPS").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_quoted_keyword_is_a_value() {
        assert_eq!(parse(r#"labels = "AND""#, "OPS").unwrap().clauses[0].value, "AND");
    }
}
