//! Reads a script.
//!
//! Comes in: text. Goes out: its commands, or what in it is not known here. Never: something passed over.

use std::fmt;

use super::syntax::{Chain, Command, List, Part, Pipeline, Redirection, Simple, When, Word};

/// Deeper than people nest.
const DEEPEST: usize = 40;
/// Words that end a list.
const ENDS: [&str; 5] = ["then", "elif", "else", "fi", "esac"];
/// Words that begin what this shell does not have.
const UNKNOWN: [&str; 9] = ["while", "until", "for", "select", "function", "do", "done", "{", "[["];

/// What cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sh: {}; docs/local-world.md says what the shell of a machine in this world knows", self.0)
    }
}

type Read<T> = Result<T, Unknown>;

/// The commands of a script.
pub(super) fn script(text: &str) -> Read<List> {
    let mut reader = Reader { text: text.chars().collect(), at: 0, depth: 0 };
    let list = reader.list()?;
    match reader.peek() {
        None => Ok(list),
        Some(_) => Err(reader.unexpected()),
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn is_at(&self, token: &str) -> bool {
        token.chars().enumerate().all(|(offset, one)| self.text.get(self.at + offset) == Some(&one))
    }

    fn take(&mut self, token: &str) -> bool {
        let there = self.is_at(token);
        self.at += if there { token.chars().count() } else { 0 };
        there
    }

    fn unexpected(&self) -> Unknown {
        match self.peek() {
            Some(one) => Unknown(format!("`{}` is not expected here", one.escape_debug())),
            None => Unknown("the script ends too early".to_owned()),
        }
    }

    fn expect(&mut self, token: &str) -> Read<()> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unknown<T>(&self, what: &str) -> Read<T> {
        Err(Unknown(format!("`{what}` is not known")))
    }

    /// Blanks, lines that go on, comments.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.text.get(self.at + 1) == Some(&'\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|one| one != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn skip_lines(&mut self) {
        self.skip_blanks();
        while self.take("\n") {
            self.skip_blanks();
        }
    }

    /// The word of letters that stands here, if it stands alone.
    fn reserved(&self) -> String {
        let ends = |one: &char| one.is_whitespace() || ";&|()<>".contains(*one);
        self.text[self.at..].iter().take_while(|one| !ends(one)).take(12).collect()
    }

    fn take_reserved(&mut self, word: &str) -> bool {
        self.reserved() == word && self.take(word)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Unknown("the script is nested too deeply".to_owned()));
        }
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn list(&mut self) -> Read<List> {
        self.deeper(|reader| {
            let mut list = List::new();
            loop {
                reader.skip_lines();
                let ends = matches!(reader.peek(), None | Some(')')) || reader.is_at(";;");
                if ends || ENDS.contains(&reader.reserved().as_str()) {
                    return Ok(list);
                }
                list.push(reader.chain()?);
                reader.skip_blanks();
                match reader.peek() {
                    Some('\n') => {}
                    Some(';') if !reader.is_at(";;") => reader.at += 1,
                    Some(';' | ')') | None => {}
                    Some('&') => return reader.unknown("&"),
                    Some(_) => return Err(reader.unexpected()),
                }
            }
        })
    }

    fn chain(&mut self) -> Read<Chain> {
        let first = self.pipeline()?;
        let mut rest = vec![];
        loop {
            self.skip_blanks();
            let when = match () {
                () if self.take("&&") => When::Succeeded,
                () if self.take("||") => When::Failed,
                () => return Ok(Chain { first, rest }),
            };
            self.skip_lines();
            rest.push((when, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Read<Pipeline> {
        self.skip_blanks();
        let negated = self.take_reserved("!");
        let mut commands = vec![self.command()?];
        loop {
            self.skip_blanks();
            if self.is_at("||") || !self.take("|") {
                return Ok(Pipeline { negated, commands });
            }
            self.skip_lines();
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Read<Command> {
        self.skip_blanks();
        let word = self.reserved();
        match word.as_str() {
            "if" => self.deeper(Self::branches),
            "case" => self.deeper(Self::cases),
            unknown if UNKNOWN.contains(&unknown) => self.unknown(unknown),
            _ if self.peek() == Some('(') => self.unknown("("),
            _ => self.simple(),
        }
    }

    fn branches(&mut self) -> Read<Command> {
        let mut arms = vec![];
        self.at += "if".len();
        loop {
            let condition = self.list()?;
            self.expect("then")?;
            arms.push((condition, self.list()?));
            if !self.take_reserved("elif") {
                break;
            }
        }
        let otherwise = if self.take_reserved("else") { self.list()? } else { List::new() };
        self.expect("fi")?;
        Ok(Command::If { arms, otherwise })
    }

    fn cases(&mut self) -> Read<Command> {
        self.at += "case".len();
        self.skip_blanks();
        let word = self.word()?;
        self.skip_lines();
        self.expect("in")?;
        let mut arms = vec![];
        loop {
            self.skip_lines();
            if self.take_reserved("esac") {
                return Ok(Command::Case { word, arms });
            }
            arms.push(self.arm()?);
        }
    }

    fn arm(&mut self) -> Read<(Vec<Word>, List)> {
        self.take("(");
        let mut patterns = vec![];
        loop {
            self.skip_blanks();
            patterns.push(self.word()?);
            self.skip_blanks();
            if !self.take("|") {
                break;
            }
        }
        self.expect(")")?;
        let list = self.list()?;
        if !self.take(";;") && self.reserved() != "esac" {
            return Err(self.unexpected());
        }
        Ok((patterns, list))
    }

    fn simple(&mut self) -> Read<Command> {
        let mut simple = Simple::default();
        loop {
            self.skip_blanks();
            if let Some(redirection) = self.redirection()? {
                simple.redirections.push(redirection);
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '&' | '|' | ')') => break,
                Some('(') => return self.unknown("("),
                Some(_) => {}
            }
            match self.assigned().filter(|_| simple.words.is_empty()) {
                Some(name) => simple.assignments.push((name, self.value()?)),
                None => simple.words.push(self.word()?),
            }
        }
        let empty = simple.words.is_empty() && simple.assignments.is_empty();
        if empty { Err(self.unexpected()) } else { Ok(Command::Simple(simple)) }
    }

    /// The name before `=`, if one stands here.
    fn assigned(&mut self) -> Option<String> {
        let name = self.name_at(self.at);
        let after = self.at + name.chars().count();
        (!name.is_empty() && self.text.get(after) == Some(&'=')).then(|| {
            self.at = after + 1;
            name
        })
    }

    /// What is assigned; it may be nothing.
    fn value(&mut self) -> Read<Word> {
        let nothing = self.peek().is_none_or(|one| one.is_whitespace() || ";&|)".contains(one));
        if nothing { Ok(Word::default()) } else { self.word() }
    }

    fn name_at(&self, at: usize) -> String {
        let rest = self.text.get(at..).unwrap_or_default();
        let name: String = rest.iter().take_while(|one| one.is_ascii_alphanumeric() || **one == '_').collect();
        if name.starts_with(|first: char| first.is_ascii_digit()) { String::new() } else { name }
    }

    /// Streams may be joined or thrown away; a file of the machine is nothing this world has.
    fn redirection(&mut self) -> Read<Option<Redirection>> {
        let known = [
            ("2>&1", Redirection::ErrToOut),
            ("1>&2", Redirection::OutToErr),
            (">&2", Redirection::OutToErr),
            ("2>/dev/null", Redirection::ErrAway),
            ("2> /dev/null", Redirection::ErrAway),
            (">/dev/null", Redirection::OutAway),
            ("> /dev/null", Redirection::OutAway),
        ];
        let ends = |reader: &Self| reader.peek().is_none_or(|one| one.is_whitespace() || ";&|)".contains(one));
        if let Some((token, redirection)) = known.into_iter().find(|(token, _)| self.is_at(token)) {
            self.take(token);
            return if ends(self) { Ok(Some(redirection)) } else { Err(self.unexpected()) };
        }
        let digits = self.text[self.at..].iter().take_while(|one| one.is_ascii_digit()).count();
        match self.text.get(self.at + digits) {
            Some(one @ ('<' | '>')) => self.unknown(&one.to_string()),
            _ => Ok(None),
        }
    }

    /// A word of at least one character.
    fn word(&mut self) -> Read<Word> {
        let from = self.at;
        let word = self.parts(|one| one.is_whitespace() || ";&|()<>".contains(one))?;
        if self.at == from { Err(self.unexpected()) } else { Ok(word) }
    }

    fn parts(&mut self, ends: impl Fn(char) -> bool + Copy) -> Read<Word> {
        let mut parts = vec![];
        while let Some(one) = self.peek().filter(|one| !ends(*one)) {
            self.at += 1;
            match one {
                '\'' => parts.push(Part::Quoted(self.until_quote()?)),
                '"' => self.double(&mut parts)?,
                '\\' => {
                    let next = self.peek().ok_or_else(|| self.unexpected())?;
                    self.at += 1;
                    parts.push(Part::Quoted(next.to_string()));
                }
                '$' => parts.push(self.expansion(false)?),
                '`' => return self.unknown("`"),
                plain => push(&mut parts, plain, false),
            }
        }
        Ok(Word(parts))
    }

    fn until_quote(&mut self) -> Read<String> {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|one| *one == '\'').ok_or(Unknown("a quote has no end".to_owned()))?;
        let text = rest[..length].iter().collect();
        self.at += length + 1;
        Ok(text)
    }

    fn double(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        // Quotes with nothing in them are a word too.
        parts.push(Part::Quoted(String::new()));
        loop {
            let one = self.peek().ok_or(Unknown("a quote has no end".to_owned()))?;
            self.at += 1;
            match one {
                '"' => return Ok(()),
                '\\' if self.peek().is_some_and(|next| "$`\"\\".contains(next)) => {
                    push(parts, self.text[self.at], true);
                    self.at += 1;
                }
                '$' => parts.push(self.expansion(true)?),
                '`' => return self.unknown("`"),
                other => push(parts, other, true),
            }
        }
    }

    /// What stands after a dollar.
    fn expansion(&mut self, quoted: bool) -> Read<Part> {
        if self.is_at("((") {
            return self.unknown("$((");
        }
        if self.take("(") {
            let list = self.list()?;
            self.expect(")")?;
            return Ok(Part::Output { list, quoted });
        }
        if self.take("{") {
            return self.deeper(|reader| reader.braces(quoted));
        }
        if self.take("?") {
            return Ok(Part::Variable { name: "?".to_owned(), otherwise: None, quoted });
        }
        let name = self.name_at(self.at);
        self.at += name.chars().count();
        match self.peek() {
            _ if !name.is_empty() => Ok(Part::Variable { name, otherwise: None, quoted }),
            Some(one) if !one.is_whitespace() && !"\"'".contains(one) => self.unknown(&format!("${one}")),
            _ => Ok(Part::Quoted("$".to_owned())),
        }
    }

    fn braces(&mut self, quoted: bool) -> Read<Part> {
        let name = self.name_at(self.at);
        self.at += name.chars().count();
        let otherwise = if self.take(":-") { Some(self.parts(|one| one == '}')?) } else { None };
        if name.is_empty() || self.peek().is_some_and(|one| one != '}') {
            return self.unknown("${");
        }
        self.expect("}")?;
        Ok(Part::Variable { name, otherwise, quoted })
    }
}

/// Adds a character to the last part, if that is one of its kind.
fn push(parts: &mut Vec<Part>, one: char, quoted: bool) {
    match (parts.last_mut(), quoted) {
        (Some(Part::Plain(text)), false) | (Some(Part::Quoted(text)), true) => text.push(one),
        (_, false) => parts.push(Part::Plain(one.to_string())),
        (_, true) => parts.push(Part::Quoted(one.to_string())),
    }
}
