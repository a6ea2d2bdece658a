//! A picture as SVG: one file that needs nothing else, for light and dark pages.
//!
//! Comes in: a flow. Goes out: SVG 1.1 text. Never: a script, a link, a font or an image from elsewhere, or text of the
//! document that is not escaped.

mod legend;
mod line;
mod node;
mod style;
mod write;

use super::flow::Flow;
use super::layout::{self, Picture};
use super::text::{TITLE, WORDS, plain};
use write::Out;

/// Around the drawing.
const MARGIN: i64 = 28;
/// A narrower drawing leaves no room for a title and a legend.
const NARROWEST: i64 = 520;

/// The flow as a picture.
#[must_use]
pub fn svg(flow: &Flow) -> String {
    let drawing = layout::picture(flow);
    let width = drawing.width.max(NARROWEST) + 2 * MARGIN;
    let head = Head::new(flow, width - 2 * MARGIN);
    let right = (width - drawing.width) / 2;
    let drawing = drawing.moved(right, head.height);
    let legend = legend::Legend::new(flow, width - 2 * MARGIN);
    let foot =
        drawing.frames.iter().map(|frame| frame.y + frame.h).chain(lowest(&drawing)).max().unwrap_or(head.height);
    let height = foot + 36 + legend.height + MARGIN;
    let mut out = Out::new(&flow.document);
    out.open(width, height, &title(flow), &summary(flow));
    out.style(style::CSS);
    out.raw(format_args!("<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n"));
    head.draw(&mut out);
    draw(&mut out, flow, &drawing);
    legend.draw(&mut out, MARGIN, foot + 36);
    out.close()
}

/// Boxes of loops, then lines, then everything that lines lead to.
fn draw(out: &mut Out, flow: &Flow, drawing: &Picture) {
    let is_loop = |id: usize| flow.nodes.iter().any(|inner| inner.within == Some(id));
    for frame in drawing.frames.iter().filter(|frame| is_loop(frame.node)) {
        node::draw(out, &flow.nodes[frame.node], frame, true);
    }
    for each in &drawing.lines {
        line::draw(out, flow, each);
    }
    for label in &drawing.labels {
        line::label(out, flow, label);
    }
    for frame in drawing.frames.iter().filter(|frame| !is_loop(frame.node)) {
        node::draw(out, &flow.nodes[frame.node], frame, false);
    }
}

fn lowest(drawing: &Picture) -> Option<i64> {
    let labels = drawing.labels.iter().map(|label| label.y + label.h);
    labels.chain(drawing.lines.iter().flat_map(|line| &line.points).map(|point| point.1)).max()
}

/// Title and description above the drawing.
struct Head {
    name: String,
    lines: Vec<String>,
    height: i64,
}

impl Head {
    fn new(flow: &Flow, width: i64) -> Self {
        let name = TITLE.cut(&title(flow), width);
        let first = flow.description.as_deref().map(first_paragraph).unwrap_or_default();
        let lines = WORDS.wrap(&first, width.min(640), 2);
        let height = MARGIN + TITLE.line() + WORDS.line() * i64::try_from(lines.len()).unwrap_or(0) + 28;
        Self { name, lines, height }
    }

    fn draw(&self, out: &mut Out) {
        let mut y = MARGIN + TITLE.size;
        out.text("title", MARGIN, y, &self.name);
        for line in &self.lines {
            y += WORDS.line();
            out.text("words", MARGIN, y, line);
        }
    }
}

fn first_paragraph(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    plain(paragraph.trim_start_matches('#'))
}

/// The file's name without its folders.
fn title(flow: &Flow) -> String {
    plain(flow.document.rsplit(['/', '\\']).next().unwrap_or_default())
}

/// What a screen reader says of the picture.
fn summary(flow: &Flow) -> String {
    let steps = flow.nodes.iter().filter(|node| node.action.is_some());
    let mut text = format!("Flow of a runbook with {} steps", steps.clone().count());
    let mut kinds: Vec<_> = steps.map(|node| node.kind).collect();
    kinds.sort_unstable();
    for group in kinds.chunk_by(|a, b| a == b) {
        text.push_str(&format!(", {} {}", group.len(), group[0].tag().to_lowercase()));
    }
    text + "."
}
