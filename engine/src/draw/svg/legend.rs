//! The legend: only what the drawing has.
//!
//! Comes in: a flow and a width. Goes out: signs with their meaning, in as many rows as it takes.
//! Never: a sign that is not in the drawing.

use super::super::flow::{EdgeKind, Flow, NodeKind, OnFault};
use super::super::text::WORDS;
use super::{node, write::Out};

/// Height of a row.
const ROW: i64 = 26;
/// Width of a sign.
const SIGN: i64 = 34;

enum Sign {
    Box(NodeKind, &'static str),
    Line(&'static str),
    Stop,
    Port,
    Never,
}

pub(super) struct Legend {
    /// Sign, words, and place.
    entries: Vec<(Sign, &'static str, i64, i64)>,
    pub(super) height: i64,
}

impl Legend {
    pub(super) fn new(flow: &Flow, width: i64) -> Self {
        let (mut x, mut y) = (0, 0);
        let mut entries = Vec::new();
        for (sign, words) in signs(flow) {
            let wide = SIGN + 8 + WORDS.width(words) + 22;
            if x > 0 && x + wide > width {
                (x, y) = (0, y + ROW);
            }
            entries.push((sign, words, x, y));
            x += wide;
        }
        Self { entries, height: y + ROW }
    }

    pub(super) fn draw(&self, out: &mut Out, left: i64, top: i64) {
        out.group("legend", "");
        for (sign, words, x, y) in &self.entries {
            let (x, y) = (left + x, top + y);
            draw(out, sign, x, y);
            out.text("words", x + SIGN + 8, y + 13, words);
        }
        out.end();
    }
}

fn draw(out: &mut Out, sign: &Sign, x: i64, y: i64) {
    match sign {
        Sign::Box(kind, class) => {
            out.raw(format_args!("<g class=\"node {class}\">"));
            node::shape(out, *kind, (x, y, SIGN, 18));
            out.end();
        }
        Sign::Line(class) => {
            out.raw(format_args!("<g class=\"edge {class}\">"));
            out.path("line", &format!("M{x} {}L{} {}", y + 9, x + SIGN - 8, y + 9));
            let tip = x + SIGN;
            out.path("head", &format!("M{tip} {}L{} {}L{} {}Z", y + 9, tip - 9, y + 5, tip - 9, y + 13));
            out.end();
        }
        Sign::Stop => {
            out.raw(format_args!("<g class=\"node plain\">"));
            node::stop_mark(out, x + SIGN / 2, y + 9);
            out.end();
        }
        Sign::Port => {
            let (middle, level) = (x + SIGN / 2, y + 9);
            out.raw(format_args!("<g class=\"edge normal\">"));
            out.raw(format_args!("<circle class=\"port\" cx=\"{middle}\" cy=\"{level}\" r=\"4\"/>\n"));
            out.end();
        }
        Sign::Never => {
            out.raw(format_args!("<g class=\"node never\">"));
            node::shape(out, NodeKind::Read, (x, y, SIGN, 18));
            out.end();
        }
    }
}

fn signs(flow: &Flow) -> Vec<(Sign, &'static str)> {
    use NodeKind as Kind;
    let kinds: [(&[Kind], &str, &str); 9] = [
        (&[Kind::Write], "write", "changes something"),
        (&[Kind::Read, Kind::Assert], "read", "only looks"),
        (&[Kind::Wait, Kind::Sleep], "wait", "waits"),
        (&[Kind::Branch], "plain", "chooses"),
        (&[Kind::Approve, Kind::Pause], "person", "waits for a person"),
        (&[Kind::Script], "code", "runs a script"),
        (&[Kind::Child, Kind::Invoke], "code", "runs something else, which may change things"),
        (&[Kind::Missing, Kind::Unknown], "wrong", "wrong: see kintsugi check"),
        (&[Kind::Variable], "plain", "sets a variable"),
    ];
    let has = |wanted: &[Kind]| flow.nodes.iter().any(|node| wanted.contains(&node.kind));
    let mut signs: Vec<(Sign, &str)> = Vec::new();
    for (wanted, class, words) in kinds {
        signs.extend(has(wanted).then_some((Sign::Box(wanted[0], class), words)));
    }
    let edge = |kind: EdgeKind| flow.edges.iter().any(|edge| edge.kind == kind);
    let stops = flow.nodes.iter().any(|node| node.on_failure == Some(OnFault::Abort));
    signs.push((Sign::Line("normal"), "then"));
    signs.extend(edge(EdgeKind::Failure).then_some((Sign::Line("failure"), "if it fails")));
    signs.extend(edge(EdgeKind::Cancel).then_some((Sign::Line("cancel"), "if it is cancelled")));
    signs.extend(flow.edges.iter().any(|edge| edge.leaves_loop).then_some((Sign::Port, "leaves the loop")));
    signs.extend(stops.then_some((Sign::Stop, "a failure stops the run")));
    signs.extend(flow.nodes.iter().any(|node| !node.reachable).then_some((Sign::Never, "no step leads there")));
    signs
}
