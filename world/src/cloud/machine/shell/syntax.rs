//! What a script is made of.
//!
//! Comes in: nothing. Goes out: types. Never: behaviour.

/// Commands one after another.
pub(super) type List = Vec<Chain>;

/// Pipelines, each but the first under a condition on what came of the one before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub(super) first: Pipeline,
    pub(super) rest: Vec<(When, Pipeline)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// `&&`
    Succeeded,
    /// `||`
    Failed,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    /// `!`
    pub(super) negated: bool,
    pub(super) commands: Vec<Command>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    Simple(Simple),
    If { arms: Vec<(List, List)>, otherwise: List },
    Case { word: Word, arms: Vec<(Vec<Word>, List)> },
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Simple {
    pub(super) assignments: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    pub(super) redirections: Vec<Redirection>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirection {
    /// `2>&1`
    ErrToOut,
    /// `>&2`
    OutToErr,
    /// `>/dev/null`
    OutAway,
    /// `2>/dev/null`
    ErrAway,
}

/// A word, before anything in it is filled in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Word(pub(super) Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// As written; in a pattern its stars are stars.
    Plain(String),
    /// In quotes, or after a backslash.
    Quoted(String),
    /// `$name`, `${name}`, `${name:-otherwise}`; `$?` is the variable `?`.
    Variable { name: String, otherwise: Option<Word>, quoted: bool },
    /// `$(list)`
    Output { list: List, quoted: bool },
}
