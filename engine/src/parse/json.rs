//! JSON text to a tree with places.
//!
//! Comes in: text. Goes out: the same tree as from YAML. Never: YAML's reading of JSON, which knows neither
//! surrogate pairs nor tabs everywhere.

use serde_json::{Map, Value};

use super::limits::{Budget, check_depth};
use super::yaml::duplicate_key;
use super::{Draft, Tree};
use crate::place::{Place, child};

pub(super) fn read(text: &str) -> Result<Tree, Draft> {
    let mut reader = Reader { text, at: 0, line: 1, line_start: 0, tree: Tree::default(), budget: Budget::default() };
    reader.blanks();
    let value = reader.value("", 0)?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(reader.wrong("text after the end of the document"));
    }
    reader.tree.value = value;
    Ok(reader.tree)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    line_start: usize,
    tree: Tree,
    budget: Budget,
}

impl Reader<'_> {
    fn place(&self) -> Place {
        let column = self.text.get(self.line_start..self.at).map_or(0, |line| line.chars().count());
        Place::from_zero_based_column(self.line, column)
    }

    fn wrong(&self, message: &str) -> Draft {
        Draft::error("syntax", "", self.place(), format!("not JSON: {message}"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.line_start = self.at;
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Recursion is bounded by the nesting limit.
    fn value(&mut self, pointer: &str, depth: usize) -> Result<Value, Draft> {
        let place = self.place();
        self.tree.places.put_value(pointer, place);
        self.budget.spend(1, pointer, place)?;
        match self.peek() {
            Some(b'{') => self.map(pointer, depth + 1),
            Some(b'[') => self.list(pointer, depth + 1),
            Some(b'"') => self.string().map(Value::String),
            Some(_) => self.word(),
            None => Err(self.wrong("the text ends where a value is expected")),
        }
    }

    fn map(&mut self, pointer: &str, depth: usize) -> Result<Value, Draft> {
        check_depth(depth, pointer, self.place())?;
        self.at += 1;
        let mut entries = Map::new();
        self.blanks();
        if self.take(b'}') {
            return Ok(Value::Object(entries));
        }
        loop {
            self.entry(&mut entries, pointer, depth)?;
            self.blanks();
            if self.take(b'}') {
                return Ok(Value::Object(entries));
            }
            if !self.take(b',') {
                return Err(self.wrong("expected , or }"));
            }
        }
    }

    fn entry(&mut self, entries: &mut Map<String, Value>, pointer: &str, depth: usize) -> Result<(), Draft> {
        self.blanks();
        let place = self.place();
        if self.peek() != Some(b'"') {
            return Err(self.wrong("expected a key in double quotes"));
        }
        let key = self.string()?;
        let pointer = child(pointer, &key);
        self.blanks();
        if !self.take(b':') {
            return Err(self.wrong("expected :"));
        }
        self.blanks();
        if entries.contains_key(&key) {
            self.tree.noted.push(duplicate_key(&key, &pointer, place));
            self.value(&pointer, depth)?;
        } else {
            self.tree.places.put_key(&pointer, place);
            let value = self.value(&pointer, depth)?;
            entries.insert(key, value);
        }
        Ok(())
    }

    fn list(&mut self, pointer: &str, depth: usize) -> Result<Value, Draft> {
        check_depth(depth, pointer, self.place())?;
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.blanks();
            items.push(self.value(&format!("{pointer}/{}", items.len()), depth)?);
            self.blanks();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            if !self.take(b',') {
                return Err(self.wrong("expected , or ]"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Draft> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        while bytes.get(end).is_some_and(|&byte| byte != b'"' && byte != b'\n') {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let token = self.text.get(self.at..=end).filter(|token| token.ends_with('"'));
        let text = token.and_then(|token| serde_json::from_str(token).ok());
        let text = text.ok_or_else(|| self.wrong("a string that does not end or has a wrong escape"))?;
        self.at = end + 1;
        Ok(text)
    }

    fn word(&mut self) -> Result<Value, Draft> {
        let rest = &self.text[self.at..];
        let length = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let value = serde_json::from_str(&rest[..length]).map_err(|_| self.wrong("expected a value"))?;
        self.at += length;
        Ok(value)
    }
}
