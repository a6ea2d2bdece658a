//! Walks through a script.
//!
//! Comes in: its commands, the machine's disk. Goes out: the exit code, and what was said on both streams.
//! Never: a loop; a script has none here, so that every one ends.

use std::collections::BTreeMap;

use super::super::disk::Disk;
use super::builtin::{self, Builtin};
use super::syntax::{Chain, Command, List, Part, Pipeline, Redirection, Simple, When, Word};

/// The script ends with this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop(pub(super) i32);

type Walked = Result<i32, Stop>;

const NOT_FOUND: i32 = 127;

/// What is kept apart in `$(...)` and in the parts of a pipeline.
#[derive(Debug, Clone, Default)]
struct Scope {
    variables: BTreeMap<String, String>,
    /// `set -e`
    stops_at_failure: bool,
    /// `set -u`
    stops_at_unset: bool,
    status: i32,
    /// Of the last `$(...)`.
    of_output: i32,
}

/// Both streams.
struct Streams<'s> {
    out: &'s mut String,
    err: &'s mut String,
}

/// A walk on one machine.
pub(super) struct Walk<'d> {
    disk: &'d mut Disk,
    scope: Scope,
}

impl<'d> Walk<'d> {
    pub(super) fn new(disk: &'d mut Disk) -> Self {
        Self { disk, scope: Scope::default() }
    }

    /// To its end.
    pub(super) fn script(&mut self, list: &List, out: &mut String, err: &mut String) -> Walked {
        self.list(list, &mut Streams { out, err }, false)
    }

    /// `asked` where a failure is an answer and ends nothing.
    fn list(&mut self, list: &List, streams: &mut Streams<'_>, asked: bool) -> Walked {
        let mut status = 0;
        for chain in list {
            status = self.chain(chain, streams, asked)?;
            self.scope.status = status;
        }
        Ok(status)
    }

    fn chain(&mut self, chain: &Chain, streams: &mut Streams<'_>, asked: bool) -> Walked {
        let last = chain.rest.len();
        let mut status = self.pipeline(&chain.first, streams, asked || last > 0)?;
        for (number, (when, pipeline)) in chain.rest.iter().enumerate() {
            self.scope.status = status;
            if (*when == When::Succeeded) == (status == 0) {
                status = self.pipeline(pipeline, streams, asked || number + 1 < last)?;
            }
        }
        Ok(status)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, streams: &mut Streams<'_>, asked: bool) -> Walked {
        let asked = asked || pipeline.negated;
        let status = match &pipeline.commands[..] {
            [command] => self.command(command, None, streams, asked)?,
            commands => self.piped(commands, streams, asked),
        };
        if pipeline.negated {
            return Ok(i32::from(status == 0));
        }
        if status != 0 && !asked && self.scope.stops_at_failure { Err(Stop(status)) } else { Ok(status) }
    }

    /// Each with what the one before said, in a scope of its own.
    fn piped(&mut self, commands: &[Command], streams: &mut Streams<'_>, asked: bool) -> i32 {
        let (mut input, mut status) = (None, 0);
        for command in commands {
            let mut out = String::new();
            let err = &mut *streams.err;
            status = self.apart(|walk| walk.command(command, input.take(), &mut Streams { out: &mut out, err }, asked));
            input = Some(out);
        }
        streams.out.push_str(&input.unwrap_or_default());
        status
    }

    fn apart(&mut self, walk: impl FnOnce(&mut Self) -> Walked) -> i32 {
        let before = self.scope.clone();
        let (Ok(status) | Err(Stop(status))) = walk(self);
        self.scope = before;
        status
    }

    fn command(&mut self, command: &Command, input: Option<String>, streams: &mut Streams<'_>, asked: bool) -> Walked {
        match command {
            Command::Simple(simple) => self.redirected(simple, input, streams),
            Command::If { arms, otherwise } => {
                for (condition, list) in arms {
                    if self.list(condition, streams, true)? == 0 {
                        return self.list(list, streams, asked);
                    }
                }
                self.list(otherwise, streams, asked)
            }
            Command::Case { word, arms } => {
                let text = self.text(word, streams)?;
                for (patterns, list) in arms {
                    for pattern in patterns {
                        if matches(&self.pattern(pattern, streams)?, &text.chars().collect::<Vec<_>>()) {
                            return self.list(list, streams, asked);
                        }
                    }
                }
                Ok(0)
            }
        }
    }

    fn redirected(&mut self, simple: &Simple, input: Option<String>, streams: &mut Streams<'_>) -> Walked {
        let (mut out, mut err) = (String::new(), String::new());
        let status = self.simple(simple, input, &mut Streams { out: &mut out, err: &mut err });
        // What is said on two streams that are joined is not told apart; nothing here says something on both.
        for redirection in &simple.redirections {
            match redirection {
                Redirection::ErrToOut => out.push_str(&std::mem::take(&mut err)),
                Redirection::OutToErr => err.push_str(&std::mem::take(&mut out)),
                Redirection::OutAway => out.clear(),
                Redirection::ErrAway => err.clear(),
            }
        }
        streams.out.push_str(&out);
        streams.err.push_str(&err);
        status
    }

    fn simple(&mut self, simple: &Simple, input: Option<String>, streams: &mut Streams<'_>) -> Walked {
        // Of an assignment alone the status is that of what it was taken from.
        self.scope.of_output = 0;
        for (name, word) in &simple.assignments {
            let value = self.text(word, streams)?;
            if simple.words.is_empty() {
                self.scope.variables.insert(name.clone(), value);
            }
        }
        if simple.words.is_empty() {
            return Ok(self.scope.of_output);
        }
        let mut words = vec![];
        for word in &simple.words {
            words.extend(self.fields(word, streams)?);
        }
        let Some((name, arguments)) = words.split_first() else { return Ok(0) };
        self.named(name, arguments, input, streams)
    }

    fn named(&mut self, name: &str, arguments: &[String], input: Option<String>, streams: &mut Streams<'_>) -> Walked {
        let said = match builtin::called(name, arguments, input.unwrap_or_default(), self.scope.status) {
            Some(Builtin::Exit(code)) => return Err(Stop(code)),
            Some(Builtin::Set(options)) => {
                for (option, on) in options {
                    match option {
                        'e' => self.scope.stops_at_failure = on,
                        'u' => self.scope.stops_at_unset = on,
                        _ => {}
                    }
                }
                return Ok(0);
            }
            Some(Builtin::Said(said)) => Some(said),
            None => self.disk.program(name, arguments),
        };
        let Some(said) = said else {
            streams.err.push_str(&format!("sh: {name}: not found\n"));
            return Ok(NOT_FOUND);
        };
        streams.out.push_str(&said.out);
        streams.err.push_str(&said.err);
        Ok(said.code)
    }

    /// A word as one text.
    fn text(&mut self, word: &Word, streams: &mut Streams<'_>) -> Result<String, Stop> {
        word.0.iter().map(|part| self.part(part, streams)).collect()
    }

    fn part(&mut self, part: &Part, streams: &mut Streams<'_>) -> Result<String, Stop> {
        match part {
            Part::Plain(text) | Part::Quoted(text) => Ok(text.clone()),
            Part::Output { list, .. } => Ok(self.output(list, streams)),
            Part::Variable { name, otherwise, .. } => self.variable(name, otherwise.as_ref(), streams),
        }
    }

    fn variable(&mut self, name: &str, otherwise: Option<&Word>, streams: &mut Streams<'_>) -> Result<String, Stop> {
        if name == "?" {
            return Ok(self.scope.status.to_string());
        }
        match (self.scope.variables.get(name), otherwise) {
            (Some(value), None) => Ok(value.clone()),
            (Some(value), Some(_)) if !value.is_empty() => Ok(value.clone()),
            (_, Some(otherwise)) => self.text(otherwise, streams),
            (None, None) if self.scope.stops_at_unset => {
                streams.err.push_str(&format!("sh: {name}: unbound variable\n"));
                Err(Stop(1))
            }
            (None, None) => Ok(String::new()),
        }
    }

    fn output(&mut self, list: &List, streams: &mut Streams<'_>) -> String {
        let mut out = String::new();
        let err = &mut *streams.err;
        let status = self.apart(|walk| walk.list(list, &mut Streams { out: &mut out, err }, false));
        self.scope.of_output = status;
        out.trim_end_matches('\n').to_owned()
    }

    /// A word as what it is to a command: what is filled in outside quotes becomes as many as it has words.
    fn fields(&mut self, word: &Word, streams: &mut Streams<'_>) -> Result<Vec<String>, Stop> {
        let mut fields: Vec<String> = vec![];
        // Whether the last of them goes on.
        let mut open = false;
        for part in &word.0 {
            let text = self.part(part, streams)?;
            let splits = matches!(part, Part::Variable { quoted: false, .. } | Part::Output { quoted: false, .. });
            if !splits {
                add(&mut fields, &text, open);
                open = true;
                continue;
            }
            for (number, piece) in text.split_whitespace().enumerate() {
                let joined = number == 0 && open && !text.starts_with(char::is_whitespace);
                add(&mut fields, piece, joined);
            }
            open = if text.is_empty() { open } else { !text.ends_with(char::is_whitespace) };
        }
        Ok(fields)
    }

    /// A word as a pattern.
    fn pattern(&mut self, word: &Word, streams: &mut Streams<'_>) -> Result<Vec<Glob>, Stop> {
        let mut globs = vec![];
        for part in &word.0 {
            let text = self.part(part, streams)?;
            let is_plain = matches!(part, Part::Plain(_));
            globs.extend(text.chars().map(|one| match one {
                '*' if is_plain => Glob::Any,
                '?' if is_plain => Glob::One,
                other => Glob::This(other),
            }));
        }
        Ok(globs)
    }
}

fn add(fields: &mut Vec<String>, text: &str, joined: bool) {
    match fields.last_mut().filter(|_| joined) {
        Some(last) => last.push_str(text),
        None => fields.push(text.to_owned()),
    }
}

/// One character of a pattern.
enum Glob {
    Any,
    One,
    This(char),
}

/// Whether a text is as the pattern says. Stars are few: each step back is to the last one.
fn matches(pattern: &[Glob], text: &[char]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some(Glob::Any) => {
                star = Some((at, seen));
                at += 1;
                continue;
            }
            Some(Glob::One) => (at, seen) = (at + 1, seen + 1),
            Some(Glob::This(one)) if *one == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                (at, seen) = (back + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|left| matches!(left, Glob::Any))
}
