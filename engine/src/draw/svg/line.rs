//! Lines, and the words on them.
//!
//! Comes in: lines with their corners. Goes out: paths with round corners, a head where they arrive.
//! Never: failure and cancellation told apart by colour alone; their dashes differ too.

use super::super::flow::{Edge, EdgeKind, Flow};
use super::super::layout::{End, Label, Line, Point};
use super::super::text::WORDS;
use super::write::Out;

/// Radius of a corner.
const ROUND: i64 = 6;
/// Length of a head.
const HEAD: i64 = 9;

pub(super) fn draw(out: &mut Out, flow: &Flow, line: &Line) {
    let [.., before, end] = line.points.as_slice() else { return };
    let Some(first) = line.edges.first().map(|edge| &flow.edges[*edge]) else { return };
    let class = class(flow, first);
    let titles: Vec<String> = line.edges.iter().map(|edge| say(flow, &flow.edges[*edge])).collect();
    out.group(&format!("edge {class}"), &titles.join("\n"));
    let mut points = line.points.clone();
    if let Some(last) = points.last_mut().filter(|_| line.end == End::Node) {
        // The stroke ends within the head.
        *last = toward(*end, *before, HEAD - 2);
    }
    out.path("line", &rounded(&points));
    if line.end == End::Node {
        out.path("head", &head(*before, *end));
    }
    if line.end == End::Border {
        // Where it passes through the loop's border.
        let (x, y) = *end;
        out.raw(format_args!("<circle class=\"port\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>\n"));
    }
    out.end();
}

fn class(flow: &Flow, edge: &Edge) -> String {
    let kind = match edge.kind {
        EdgeKind::Failure => "failure",
        EdgeKind::Cancel => "cancel",
        _ => "normal",
    };
    let never = if flow.nodes[edge.from].reachable { "" } else { " never" };
    format!("{kind}{never}")
}

/// An edge in words.
pub(super) fn say(flow: &Flow, edge: &Edge) -> String {
    let (from, to) = (&flow.nodes[edge.from].name, &flow.nodes[edge.to].name);
    let left = if edge.leaves_loop { " (leaves the loop)" } else { "" };
    match edge.kind {
        EdgeKind::Failure => format!("{from} fails: to {to}{left}"),
        EdgeKind::Cancel => format!("{from} is cancelled: to {to}{left}"),
        EdgeKind::Choice => format!("{from}: to {to} if {}{left}", edge.label.as_deref().unwrap_or_default()),
        EdgeKind::Default => format!("{from}: to {to} if no choice holds{left}"),
        EdgeKind::Body => format!("each round of {from} begins with {to}"),
        EdgeKind::Next => format!("{from}: then {to}{left}"),
    }
}

/// The words on a line, or where one goes that is not drawn to its end.
pub(super) fn label(out: &mut Out, flow: &Flow, label: &Label) {
    let Some(first) = label.edges.first().map(|edge| &flow.edges[*edge]) else { return };
    let titles: Vec<String> = label.edges.iter().map(|edge| say(flow, &flow.edges[*edge])).collect();
    let kind = if label.reference { format!("reference {}", class(flow, first)) } else { class(flow, first) };
    out.group(&format!("label {kind}"), &titles.join("\n"));
    let (x, y, w, h) = (label.x, label.y, label.w, label.h);
    out.raw(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"10\"/>\n"));
    for (index, line) in (1..).zip(&label.lines) {
        out.text("middle", x + w / 2, y + index * WORDS.line() + 1, line);
    }
    out.end();
}

/// A path through these points, corners rounded.
pub(super) fn rounded(points: &[Point]) -> String {
    let Some(((x, y), rest)) = points.split_first() else { return String::new() };
    let mut d = format!("M{x} {y}");
    for (index, corner) in rest.iter().enumerate() {
        let Some(next) = rest.get(index + 1) else {
            d.push_str(&format!("L{} {}", corner.0, corner.1));
            break;
        };
        let before = points[index];
        let radius = ROUND.min(length(before, *corner) / 2).min(length(*corner, *next) / 2);
        let (from, to) = (toward(*corner, before, radius), toward(*corner, *next, radius));
        d.push_str(&format!("L{} {}Q{} {} {} {}", from.0, from.1, corner.0, corner.1, to.0, to.1));
    }
    d
}

fn length(a: Point, b: Point) -> i64 {
    (a.0 - b.0).abs() + (a.1 - b.1).abs()
}

/// From a point some way towards another, which is straight beside or below it.
fn toward(from: Point, to: Point, way: i64) -> Point {
    (from.0 + (to.0 - from.0).signum() * way, from.1 + (to.1 - from.1).signum() * way)
}

fn head(before: Point, end: Point) -> String {
    let base = toward(end, before, HEAD);
    let (dx, dy) = (((end.1 - base.1) / 2).abs(), ((end.0 - base.0) / 2).abs());
    format!("M{} {}L{} {}L{} {}Z", end.0, end.1, base.0 - dx, base.1 - dy, base.0 + dx, base.1 + dy)
}
