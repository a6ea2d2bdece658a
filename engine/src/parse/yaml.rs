//! YAML text to a tree.
//!
//! Comes in: text. Goes out: one document's tree with places; duplicate keys, tags and odd scalars noted.
//! Never: recursion or unbounded alias expansion; each event is counted as it comes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Value};

use super::indent::Moved;
use super::limits::{Budget, check_depth};
use super::{Draft, Tree, scalar};
use crate::finding::{Fix, Severity};
use crate::place::{Place, child};

pub(super) fn read(text: &str) -> Result<Tree, Draft> {
    let mut moved = Moved::default();
    let mut text = Cow::Borrowed(text);
    loop {
        match read_strictly(&text) {
            Ok(mut tree) => {
                tree.move_places(|place| moved.place(place));
                tree.noted.extend(moved.first().map(misplaced));
                return Ok(tree);
            }
            Err(Trouble::Draft(mut draft)) => {
                draft.place = moved.place(draft.place);
                return Err(draft);
            }
            Err(Trouble::Syntax(error)) => match moved.repair(&text, &error) {
                Some(repaired) => text = Cow::Owned(repaired),
                None => {
                    let mut draft = syntax(&error);
                    draft.place = moved.place(draft.place);
                    return Err(draft);
                }
            },
        }
    }
}

enum Trouble {
    Syntax(ScanError),
    Draft(Draft),
}

fn read_strictly(text: &str) -> Result<Tree, Trouble> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(Trouble::Syntax)?;
        builder.event(event, span).map_err(Trouble::Draft)?;
    }
    builder.tree.value = builder.root.unwrap_or(Value::Null);
    Ok(builder.tree)
}

fn misplaced(line: u32) -> Draft {
    let message = "inside brackets or quotes, the text goes on further left than its key";
    let mut draft = Draft::error("indentation", "", Place { line, column: 1 }, message);
    draft.severity = Severity::Warning;
    draft.hint = Some("SSM reads it, other readers of YAML do not: indent it".to_owned());
    draft
}

fn syntax(error: &ScanError) -> Draft {
    let place = Place::from_zero_based_column(error.marker().line(), error.marker().col());
    if error.info().contains("recursion limit") {
        return Draft::error("nesting", "", place, "lists and mappings are nested too deep");
    }
    Draft::error("syntax", "", place, format!("not YAML: {}", error.info()))
}

/// An open list or mapping.
#[derive(Debug)]
struct Frame {
    pointer: String,
    anchor: usize,
    kind: Kind,
    /// Values inside, itself included: what an alias to it costs.
    nodes: usize,
}

#[derive(Debug)]
enum Kind {
    List(Vec<Value>),
    Map { entries: Map<String, Value>, key: Option<String>, keep: bool },
}

#[derive(Debug, Default)]
struct Builder {
    tree: Tree,
    stack: Vec<Frame>,
    root: Option<Value>,
    documents: usize,
    anchors: BTreeMap<usize, (Value, usize)>,
    budget: Budget,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Draft> {
        let place = Place::from_zero_based_column(span.start.line(), span.start.col());
        match event {
            Event::DocumentStart(_) => self.begin_document(place),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag, place),
            Event::SequenceStart(anchor, tag) => self.open(Kind::List(Vec::new()), anchor, tag, place),
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Map { entries: Map::new(), key: None, keep: true };
                self.open(kind, anchor, tag, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin_document(&mut self, place: Place) -> Result<(), Draft> {
        self.documents += 1;
        match self.documents {
            1 => Ok(()),
            _ => Err(Draft::error("several-documents", "", place, "the file holds more than one document")),
        }
    }

    /// Where the next value goes.
    fn pointer(&self) -> String {
        match self.stack.last() {
            None => String::new(),
            Some(Frame { pointer, kind: Kind::List(items), .. }) => format!("{pointer}/{}", items.len()),
            Some(Frame { pointer, kind: Kind::Map { key, .. }, .. }) => {
                child(pointer, key.as_deref().unwrap_or_default())
            }
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { kind: Kind::Map { key: None, .. }, .. }))
    }

    fn open(&mut self, kind: Kind, anchor: usize, tag: Option<Cow<'_, Tag>>, place: Place) -> Result<(), Draft> {
        let pointer = self.pointer();
        if self.awaits_key() {
            return Err(Draft::error("key-not-text", &pointer, place, "a mapping key must be text"));
        }
        check_depth(self.stack.len() + 1, &pointer, place)?;
        self.note_tag(tag.as_deref(), &pointer, place);
        self.tree.places.put_value(&pointer, place);
        self.stack.push(Frame { pointer, anchor, kind, nodes: 1 });
        self.budget.spend(1, "", place)
    }

    fn close(&mut self, place: Place) -> Result<(), Draft> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.kind {
            Kind::List(items) => Value::Array(items),
            Kind::Map { entries, .. } => Value::Object(entries),
        };
        self.finish(value, frame.anchor, frame.nodes, place)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        place: Place,
    ) -> Result<(), Draft> {
        if self.awaits_key() {
            let merges = style == ScalarStyle::Plain && text == "<<";
            self.key(text, merges, place);
            return Ok(());
        }
        let pointer = self.pointer();
        self.tree.places.put_value(&pointer, place);
        self.note_tag(tag.as_deref(), &pointer, place);
        let quoted = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
        let value = if quoted { Value::String(text.to_owned()) } else { scalar::plain(text) };
        if !quoted && value.is_number() && scalar::loses_leading_zero(text) {
            self.note_zero(text, &pointer, place);
        }
        self.budget.spend(1, &pointer, place)?;
        self.finish(value, anchor, 1, place)
    }

    fn key(&mut self, text: &str, merges: bool, place: Place) {
        let Some(Frame { pointer, kind: Kind::Map { entries, key, keep }, .. }) = self.stack.last_mut() else {
            return;
        };
        let pointer = child(pointer, text);
        *keep = !merges && !entries.contains_key(text);
        if *keep {
            self.tree.places.put_key(&pointer, place);
        } else {
            let wrong = if merges { merge_key(&pointer, place) } else { duplicate_key(text, &pointer, place) };
            self.tree.noted.push(wrong);
        }
        *key = Some(text.to_owned());
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Draft> {
        let pointer = self.pointer();
        if self.awaits_key() {
            return Err(Draft::error("key-not-text", &pointer, place, "a mapping key must be text"));
        }
        // An alias inside its own anchor has no value yet.
        let Some((value, nodes)) = self.anchors.get(&anchor) else {
            return Err(Draft::error("alias-cycle", &pointer, place, "an alias stands inside what it names"));
        };
        self.budget.spend(*nodes, &pointer, place)?;
        check_depth(self.stack.len() + depth(value), &pointer, place)?;
        let (value, nodes) = (value.clone(), *nodes);
        self.tree.places.put_value(&pointer, place);
        self.finish(value, 0, nodes, place)
    }

    fn finish(&mut self, value: Value, anchor: usize, nodes: usize, place: Place) -> Result<(), Draft> {
        if anchor != 0 {
            // The copy kept for aliases counts as well: nested anchors would multiply it.
            self.budget.spend(nodes, "", place)?;
            self.anchors.insert(anchor, (value.clone(), nodes));
        }
        match self.stack.last_mut() {
            None => self.root = Some(value),
            Some(frame) => {
                frame.nodes += nodes;
                frame.kind.put(value);
            }
        }
        Ok(())
    }

    fn note_tag(&mut self, tag: Option<&Tag>, pointer: &str, place: Place) {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else { return };
        let mut draft = Draft::error("yaml-tag", pointer, place, format!("the tag {tag} means nothing in a runbook"));
        draft.hint = Some("CloudFormation functions are resolved when a template is deployed: check the result".into());
        self.tree.noted.push(draft);
    }

    fn note_zero(&mut self, text: &str, pointer: &str, place: Place) {
        let message = format!("the number {text} loses its leading zero");
        let mut draft = Draft::error("leading-zero", pointer, place, message);
        draft.severity = Severity::Warning;
        draft.hint = Some(format!("quote it: '{text}'"));
        draft.fix = Some(Box::new(Fix::Replace { from: text.to_owned(), to: format!("'{text}'") }));
        self.tree.noted.push(draft);
    }
}

impl Kind {
    fn put(&mut self, value: Value) {
        match self {
            Self::List(items) => items.push(value),
            Self::Map { entries, key, keep } => {
                if let (Some(key), true) = (key.take(), *keep) {
                    entries.insert(key, value);
                }
            }
        }
    }
}

pub(super) fn duplicate_key(key: &str, pointer: &str, place: Place) -> Draft {
    let mut draft = Draft::error("duplicate-key", pointer, place, format!("the key {key} stands here twice"));
    draft.hint = Some("keep one of them; readers of YAML and JSON differ in which one counts".to_owned());
    draft
}

/// The YAML of 2005 merges, that of 2009 does not; nobody has written down which one SSM reads.
fn merge_key(pointer: &str, place: Place) -> Draft {
    let message = "a merge key (<<) is read by some readers of YAML and not by others";
    let mut draft = Draft::error("merge-key", pointer, place, message);
    draft.hint = Some("write the keys out".to_owned());
    draft
}

/// Levels of nesting; what it recurses over passed the nesting limit when it was read.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
