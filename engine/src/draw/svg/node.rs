//! Boxes: what a step is can be told by its shape, its colour and its word.
//!
//! Comes in: a node and its frame. Goes out: a shape with text. Never: colour as the only sign.

use super::super::flow::{Node, NodeKind, OnFault};
use super::super::layout::{Frame, Style};
use super::write::Out;

pub(super) fn draw(out: &mut Out, node: &Node, frame: &Frame, is_loop: bool) {
    let never = if node.reachable { "" } else { " unreached" };
    let around = if is_loop { " around" } else { "" };
    out.group(&format!("node {}{never}{around}", node.class()), &title(node));
    let (x, y, w, h) = (frame.x, frame.y, frame.w, frame.h);
    shape(out, node.kind, (x, y, w, h));
    for text in &frame.texts {
        out.text(class(text.style), x + text.x, y + text.y, &text.text);
    }
    if node.on_failure == Some(OnFault::Abort) && !is_loop {
        let inside = match node.kind {
            NodeKind::Branch | NodeKind::Child | NodeKind::Invoke => 20,
            _ => 12,
        };
        stop_mark(out, x + w - inside, y + h - 12);
    }
    out.end();
}

/// All there is to say, for whoever points at the box.
fn title(node: &Node) -> String {
    let fault = node.on_failure.map(|fault| match fault {
        OnFault::Abort => "If it fails, the run stops.".to_owned(),
        OnFault::Continue => "If it fails, the run goes on.".to_owned(),
        OnFault::Step => "If it fails, the run goes another way.".to_owned(),
    });
    let never = (!node.reachable).then(|| "No step leads here.".to_owned());
    let lines = [Some(node.name.clone()), node.action.clone(), node.description.clone(), node.call.clone()];
    let notes = (!node.notes.is_empty()).then(|| node.notes.join(", "));
    let lines = lines.into_iter().chain([node.detail.clone(), notes, fault, never]);
    lines.flatten().collect::<Vec<_>>().join("\n")
}

fn class(style: Style) -> &'static str {
    match style {
        Style::Tag => "tag",
        Style::Note => "note",
        Style::Name => "name",
        Style::Call => "call",
        Style::Words => "words",
        Style::Fault => "fault",
        Style::Middle => "middle",
    }
}

/// The outline of a kind of node, in a frame: left, top, width, height.
pub(super) fn shape(out: &mut Out, kind: NodeKind, (x, y, w, h): (i64, i64, i64, i64)) {
    let (right, foot) = (x + w, y + h);
    match kind {
        NodeKind::Start | NodeKind::End | NodeKind::RoundEnd => rect(out, (x, y, w, h), h / 2),
        NodeKind::Wait | NodeKind::Sleep => rect(out, (x, y, w, h), 18),
        NodeKind::Branch => {
            let (cut, middle) = (12.min(h / 2), y + h / 2);
            out.path(
                "box",
                &format!(
                    "M{} {y}L{} {y}L{right} {middle}L{} {foot}L{} {foot}L{x} {middle}Z",
                    x + cut,
                    right - cut,
                    right - cut,
                    x + cut
                ),
            );
        }
        NodeKind::Approve | NodeKind::Pause => {
            let cut = 11.min(h / 3);
            out.path(
                "box",
                &format!(
                    "M{} {y}L{} {y}L{right} {}L{right} {}L{} {foot}L{} {foot}L{x} {}L{x} {}Z",
                    x + cut,
                    right - cut,
                    y + cut,
                    foot - cut,
                    right - cut,
                    x + cut,
                    foot - cut,
                    y + cut
                ),
            );
        }
        NodeKind::Write => {
            rect(out, (x, y, w, h), 4);
            // The seam: what is changed has a thick edge.
            out.path("seam", &format!("M{} {}L{} {}", x + 3, y + 3, x + 3, foot - 3));
        }
        NodeKind::Child | NodeKind::Invoke => {
            rect(out, (x, y, w, h), 4);
            out.path("bar", &format!("M{} {y}L{} {foot}M{} {y}L{} {foot}", x + 7, x + 7, right - 7, right - 7));
        }
        NodeKind::Script => {
            let fold = 10.min(h / 3);
            let edge = right - fold;
            out.path("box", &format!("M{x} {y}L{edge} {y}L{right} {}L{right} {foot}L{x} {foot}Z", y + fold));
            out.path("bar", &format!("M{edge} {y}L{edge} {}L{right} {}", y + fold, y + fold));
        }
        _ => rect(out, (x, y, w, h), 4),
    }
}

fn rect(out: &mut Out, (x, y, w, h): (i64, i64, i64, i64), round: i64) {
    out.raw(format_args!("<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>\n"));
}

/// A small square around a middle: a failure stops the run.
pub(super) fn stop_mark(out: &mut Out, x: i64, y: i64) {
    let (x, y) = (x - 3, y - 3);
    out.raw(format_args!("<rect class=\"stop\" x=\"{x}\" y=\"{y}\" width=\"7\" height=\"7\"/>\n"));
}
