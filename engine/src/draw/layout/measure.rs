//! How large a node's box is, and where its text stands in it.
//!
//! Comes in: a node. Goes out: size and texts. Never: text that is wider than its box.

use crate::draw::flow::{Node, NodeKind, OnFault};
use crate::draw::text::{CALL, Face, NAME, TAG, WORDS, plain};

/// Width of a step's box.
const WIDTH: i64 = 236;
/// From a box's border to its text, left and right.
const SIDE: i64 = 16;
/// For the mark in a box's corner.
const MARK: i64 = 14;
/// Width of a label's text.
const LABEL: i64 = 190;

/// What a text is, for its font and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::draw) enum Style {
    Tag,
    /// Attempts and time-out; stands to the left of its place.
    Note,
    Name,
    Call,
    Words,
    /// What a failure does.
    Fault,
    /// Where a run begins and ends; stands around its place.
    Middle,
}

impl Style {
    pub(in crate::draw) fn face(self) -> Face {
        match self {
            Self::Tag => TAG,
            Self::Name => NAME,
            Self::Call => CALL,
            Self::Note | Self::Words | Self::Fault | Self::Middle => WORDS,
        }
    }
}

/// One line of text; `x` and `y` of its base line.
#[derive(Debug, Clone)]
pub(in crate::draw) struct Text {
    pub(in crate::draw) x: i64,
    pub(in crate::draw) y: i64,
    pub(in crate::draw) style: Style,
    pub(in crate::draw) text: String,
}

/// A size and what is written in it.
pub(super) struct Measured {
    pub(super) w: i64,
    pub(super) h: i64,
    pub(super) texts: Vec<Text>,
}

/// A node without a body.
pub(super) fn leaf(node: &Node) -> Measured {
    match node.kind {
        NodeKind::Start | NodeKind::End | NodeKind::RoundEnd => pill(&node.name),
        _ => step(node, WIDTH),
    }
}

/// The head of a loop's box, which is at least `width` wide.
pub(super) fn head(node: &Node, width: i64) -> Measured {
    step(node, width.max(WIDTH))
}

fn pill(word: &str) -> Measured {
    let (w, h) = (WORDS.width(word) + 34, 28);
    Measured { w, h, texts: vec![Text { x: w / 2, y: 18, style: Style::Middle, text: word.to_owned() }] }
}

fn step(node: &Node, w: i64) -> Measured {
    let mut texts = Vec::new();
    let tag = node.kind.tag();
    texts.push(Text { x: SIDE, y: 18, style: Style::Tag, text: tag.to_owned() });
    let notes = WORDS.cut(&node.notes.join(", "), w - 2 * SIDE - TAG.width(tag) - 16);
    if !notes.is_empty() {
        texts.push(Text { x: w - SIDE, y: 18, style: Style::Note, text: notes });
    }
    let mut y = 20;
    let name = if node.name.is_empty() { "(no name)" } else { &node.name };
    put(&mut texts, &mut y, (Style::Name, 3), name, w);
    if let Some(call) = &node.call {
        put(&mut texts, &mut y, (Style::Call, 2), call, w);
    }
    if let Some(detail) = &node.detail {
        put(&mut texts, &mut y, (Style::Words, 3), detail, w);
    }
    if node.on_failure == Some(OnFault::Continue) {
        put(&mut texts, &mut y, (Style::Fault, 1), "if it fails, the run goes on", w);
    }
    Measured { w, h: y + 12, texts }
}

/// Lines of a text below what is there.
fn put(texts: &mut Vec<Text>, y: &mut i64, (style, most): (Style, usize), text: &str, w: i64) {
    for line in style.face().wrap(&plain(text), w - 2 * SIDE - MARK, most) {
        *y += style.face().line();
        texts.push(Text { x: SIDE, y: *y, style, text: line });
    }
}

/// Lines and size of the words on a line.
pub(super) fn label(words: &str) -> (Vec<String>, i64, i64) {
    let lines = WORDS.wrap(&plain(words), LABEL, 4);
    let widest = lines.iter().map(|line| WORDS.width(line)).max().unwrap_or(0);
    let height = WORDS.line() * i64::try_from(lines.len()).unwrap_or(0) + 8;
    (lines, widest + 16, height)
}
