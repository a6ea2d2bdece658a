//! What a ticket says, before anybody knows where it will be filed.
//!
//! Comes in: sentences, facts and commands from [`super::compose`]. Goes out: one [`Draft`], the same for every
//! provider. Never: markup of one provider, a control character or a secret; text is cleaned where it enters.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rules::Wishes;
use super::text::{clean, clean_line, clip};

/// Longest paragraph, in characters. Longer ones are a service's whole complaint; its start says what it is.
const PARAGRAPH: usize = 2000;
/// Longest fact or table cell.
const CELL: usize = 1000;
/// Longest line of a plan or point of a list. A command is never cut: half a command is another command.
const LINE: usize = 500;
/// Lines of one block. A desk that is short of room drops whole blocks, so a long plan is several.
const LINES: usize = 25;

/// How urgent, in OpsCenter's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// 1: something is left broken and a person must finish.
    Critical,
    /// 2: it did not work, but nothing is worse than before.
    High,
    /// 3: somebody should decide something.
    Medium,
    /// 4: good to know.
    Low,
}

impl Severity {
    /// OpsCenter's number, `"1"` to `"4"`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Critical => "1",
            Self::High => "2",
            Self::Medium => "3",
            Self::Low => "4",
        }
    }
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// As people say it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// The severity of OpsCenter's number.
    #[must_use]
    pub fn numbered(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.number() == number)
    }

    /// One step worse; what is critical stays so.
    #[must_use]
    pub fn worse(self) -> Self {
        match self {
            Self::Critical | Self::High => Self::Critical,
            Self::Medium => Self::High,
            Self::Low => Self::Medium,
        }
    }
}

/// Whether something is wrong, or is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum News {
    /// A person must see it.
    #[default]
    Broken,
    /// The fault was seen to be gone: an open ticket about it is closed, and none is opened.
    Healed,
}

/// OpsCenter's categories, as far as we file under them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Category {
    /// An alarm.
    Availability,
    /// An automation that did not end well, or an event nobody understood.
    Recovery,
    /// A Config finding.
    Security,
}

impl Category {
    /// The word OpsCenter knows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Availability => "Availability",
            Self::Recovery => "Recovery",
            Self::Security => "Security",
        }
    }
}

/// A label and what it stands for; `link` is a console page about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// For example `Resource`.
    pub label: String,
    /// For example `i-0abc`.
    pub value: String,
    /// An `https` address we made ourselves.
    pub link: Option<String>,
}

impl Fact {
    /// A fact without link.
    pub fn new(label: &str, value: impl AsRef<str>) -> Self {
        Self { label: label.to_owned(), value: clip(&clean(value.as_ref()), CELL), link: None }
    }

    /// The fact, linked to a console page if there is one.
    #[must_use]
    pub fn linked(mut self, link: Option<String>) -> Self {
        self.link = link;
        self
    }
}

/// One piece of a ticket's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// The title of what follows.
    Heading(String),
    /// One paragraph.
    Paragraph(String),
    /// Facts, one below the other.
    Facts(Vec<Fact>),
    /// Points of a list, in order.
    Bullets(Vec<String>),
    /// Rows under column titles; every row has as many cells.
    Table {
        /// Column titles.
        head: Vec<String>,
        /// Cells.
        rows: Vec<Vec<String>>,
    },
    /// Commands for a shell, one per line, in order.
    Commands(Vec<String>),
    /// Lines as they are, for example a plan.
    Lines(Vec<String>),
}

/// A ticket to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// One open ticket per fingerprint: 16 hexadecimal digits, [`crate::incident::Incident::fingerprint`].
    pub fingerprint: String,
    /// Tells this occurrence from the next one of the same fault: an execution, a state change. The same
    /// occurrence delivered again adds nothing to the ticket.
    pub occurrence: String,
    /// One line.
    pub title: String,
    /// How urgent.
    pub severity: Severity,
    /// What kind of trouble.
    pub category: Category,
    /// ARNs (or ids, where we do not know the ARN) at fault; the same for every occurrence of the fingerprint,
    /// because OpsCenter takes them into its own deduplication.
    pub resources: Vec<String>,
    /// The runbook that ran or would run.
    pub runbook: Option<String>,
    /// When it was seen.
    pub seen: Option<Timestamp>,
    /// Since when it is broken, by the word of what noticed it.
    #[serde(default)]
    pub began: Option<Timestamp>,
    /// Whether it is bad news.
    #[serde(default)]
    pub news: News,
    /// What kind of news, in one stable word: a repeat of the same kind need not be told in full for ever.
    #[serde(default)]
    pub kind: String,
    /// The binding that the fault belongs to, or the function where there is none. Deployments have wishes by it.
    #[serde(default)]
    pub binding: Option<String>,
    /// What the deployment wants of tickets of this binding.
    #[serde(default)]
    pub wishes: Wishes,
    /// What to read.
    pub body: Body,
}

impl Draft {
    /// The mark by which the ticket of a fault is found, in a label or a field: no spaces, nothing to escape.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("kintsugi-{}", self.fingerprint)
    }

    /// One that is about nothing, for a look whether tickets of a binding could be opened.
    #[must_use]
    pub fn sample(binding: Option<&str>) -> Self {
        let body = Body::default().heading("What broke").paragraph("Nothing. This is how a ticket would look.");
        Self {
            fingerprint: "0000000000000000".to_owned(),
            occurrence: "sample".to_owned(),
            title: "nothing broke: a look whether tickets can be opened".to_owned(),
            severity: Severity::Low,
            category: Category::Recovery,
            resources: Vec::new(),
            runbook: None,
            seen: None,
            began: None,
            news: News::Broken,
            kind: "Sample".to_owned(),
            binding: binding.map(str::to_owned),
            wishes: Wishes::default(),
            body,
        }
    }

    /// The value of the first fact of this name.
    #[must_use]
    pub fn fact(&self, label: &str) -> Option<&str> {
        let facts = self.body.blocks().iter().filter_map(|block| match block {
            Block::Facts(facts) => Some(facts),
            _ => None,
        });
        facts.flatten().find(|fact| fact.label.eq_ignore_ascii_case(label)).map(|fact| fact.value.as_str())
    }
}

/// Blocks in reading order: what must be read first comes first, because some desks cut the end off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(Vec<Block>);

impl Body {
    /// The blocks, in reading order.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.0
    }

    /// Starts a section.
    #[must_use]
    pub fn heading(self, text: &str) -> Self {
        self.push(Block::Heading(clean(text)))
    }

    /// Adds a paragraph; an empty one is left out.
    #[must_use]
    pub fn paragraph(self, text: impl AsRef<str>) -> Self {
        let text = clip(&clean(text.as_ref()), PARAGRAPH);
        if text.is_empty() { self } else { self.push(Block::Paragraph(text)) }
    }

    /// Adds facts, to the facts right before if there are any; those without value are left out.
    #[must_use]
    pub fn facts(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut facts: Vec<Fact> = facts.into_iter().filter(|fact| !fact.value.is_empty()).collect();
        match self.0.last_mut() {
            _ if facts.is_empty() => self,
            Some(Block::Facts(before)) => {
                before.append(&mut facts);
                self
            }
            _ => self.push(Block::Facts(facts)),
        }
    }

    /// Adds a table; without rows it is left out.
    #[must_use]
    pub fn table(self, head: &[&str], rows: Vec<Vec<String>>) -> Self {
        if rows.is_empty() {
            return self;
        }
        let cells = |row: Vec<String>| row.iter().map(|cell| clip(&clean(cell), CELL)).collect();
        self.push(Block::Table {
            head: head.iter().map(ToString::to_string).collect(),
            rows: rows.into_iter().map(cells).collect(),
        })
    }

    /// Adds points of a list.
    #[must_use]
    pub fn bullets<S: AsRef<str>>(self, lines: impl IntoIterator<Item = S>) -> Self {
        let points = filled(lines, |line| clip(&clean(line), LINE));
        if points.is_empty() { self } else { self.push(Block::Bullets(points)) }
    }

    /// Adds commands for a shell.
    #[must_use]
    pub fn commands<S: AsRef<str>>(self, lines: impl IntoIterator<Item = S>) -> Self {
        let commands = filled(lines, clean_line);
        if commands.is_empty() { self } else { self.push(Block::Commands(commands)) }
    }

    /// Adds lines as they are.
    #[must_use]
    pub fn lines<S: AsRef<str>>(self, lines: impl IntoIterator<Item = S>) -> Self {
        let lines = filled(lines, |line| clip(&clean_line(line), LINE));
        lines.chunks(LINES).fold(self, |body, lines| body.push(Block::Lines(lines.to_vec())))
    }

    /// Adds lines in which commands for a shell (`aws ...`) stand among sentences, each kind as its own block.
    #[must_use]
    pub fn instructions(mut self, lines: &[String]) -> Self {
        for run in lines.chunk_by(|a, b| is_command(a) == is_command(b)) {
            let command = run.first().is_some_and(|line| is_command(line));
            self = if command { self.commands(run) } else { self.bullets(run) };
        }
        self
    }

    /// A section: its heading and what follows, up to the next heading. None if there is no such heading.
    #[must_use]
    pub(super) fn section(&self, heading: &str) -> &[Block] {
        let is_heading = |block: &Block| matches!(block, Block::Heading(_));
        let begin = self.0.iter().position(|block| matches!(block, Block::Heading(text) if text == heading));
        let rest = &self.0[begin.unwrap_or(self.0.len())..];
        let end = rest.iter().skip(1).position(is_heading).map_or(rest.len(), |after| after + 1);
        &rest[..end]
    }

    /// The same blocks with their headings in other words.
    #[must_use]
    pub(super) fn headings(self, word: impl Fn(&str) -> Option<String>) -> Self {
        let renamed = self.0.into_iter().map(|block| match block {
            Block::Heading(text) => Block::Heading(word(&text).unwrap_or(text)),
            other => other,
        });
        Self(renamed.collect())
    }

    /// The same with every text changed that is not shown as it is, as commands and plans are.
    #[must_use]
    pub(super) fn words(self, word: impl Fn(&str) -> String) -> Self {
        let all = |texts: Vec<String>| texts.iter().map(|text| word(text)).collect();
        let changed = self.0.into_iter().map(|block| match block {
            Block::Heading(text) => Block::Heading(word(&text)),
            Block::Paragraph(text) => Block::Paragraph(word(&text)),
            Block::Bullets(points) => Block::Bullets(all(points)),
            Block::Facts(facts) => Block::Facts(
                facts
                    .into_iter()
                    .map(|fact| Fact { label: word(&fact.label), value: word(&fact.value), ..fact })
                    .collect(),
            ),
            Block::Table { head, rows } => Block::Table { head: all(head), rows: rows.into_iter().map(all).collect() },
            as_it_is @ (Block::Commands(_) | Block::Lines(_)) => as_it_is,
        });
        Self(changed.collect())
    }

    /// All blocks of another body behind these.
    #[must_use]
    pub(super) fn followed_by(self, other: &Self) -> Self {
        other.0.iter().cloned().fold(self, Self::with)
    }

    /// Adds a block that was cleaned before.
    #[must_use]
    pub(super) fn with(self, block: Block) -> Self {
        self.push(block)
    }

    fn push(mut self, block: Block) -> Self {
        self.0.push(block);
        self
    }
}

/// Cleaned lines without the empty ones.
fn filled<S: AsRef<str>>(lines: impl IntoIterator<Item = S>, clean: impl Fn(&str) -> String) -> Vec<String> {
    lines.into_iter().map(|line| clean(line.as_ref())).filter(|line| !line.is_empty()).collect()
}

fn is_command(line: &str) -> bool {
    line.trim_start().starts_with("aws ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_pieces_leave_no_trace() {
        let body = Body::default().paragraph(" \n").facts([Fact::new("Since", "")]).table(&["a"], vec![]).bullets([""]);
        assert_eq!(body.blocks(), []);
    }

    #[test]
    fn commands_among_sentences_become_blocks_of_their_own_in_order() {
        let lines = ["It is stopped.", "aws ec2 start-instances --instance-ids i-1", "Then look."].map(String::from);
        let body = Body::default().instructions(&lines);
        let [Block::Bullets(first), Block::Commands(command), Block::Bullets(last)] = body.blocks() else {
            panic!("{body:?}");
        };
        assert_eq!((first.len(), command.len(), last.len()), (1, 1, 1));
    }

    #[test]
    fn a_long_plan_is_several_blocks_and_a_command_is_never_cut() {
        let body = Body::default().lines((0..60).map(|n| format!("{n} {}", "x".repeat(900))));
        assert_eq!(body.blocks().len(), 3);
        let Block::Lines(lines) = &body.blocks()[0] else { panic!("{body:?}") };
        assert_eq!(lines[0].chars().count(), LINE);
        let command = format!("aws ssm send-command {}", "y".repeat(5000));
        assert_eq!(Body::default().commands([&command]).blocks(), [Block::Commands(vec![command])]);
    }

    #[test]
    fn the_worse_severity_is_the_smaller_one() {
        assert!(Severity::Critical < Severity::Low);
        assert_eq!(Severity::Critical.min(Severity::Medium).number(), "1");
    }
}
