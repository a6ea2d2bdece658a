//! Where everything stands on the page: layers from top to bottom, lines in the gaps between them.
//!
//! Comes in: a flow. Goes out: a [`Picture`], in whole pixels.
//! Never: two boxes that overlap, or a line through a box. A line runs upright in a place of its own between the boxes of
//! a layer, and level only in the gaps, each on its own track.

mod column;
mod grid;
mod layer;
mod measure;
mod order;
mod pin;
mod route;
mod scope;
mod track;

use super::flow::Flow;

pub(super) use measure::{Style, Text};

/// A point: from the left, from the top.
pub(super) type Point = (i64, i64);

/// The flow with places.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) frames: Vec<Frame>,
    pub(super) labels: Vec<Label>,
    pub(super) lines: Vec<Line>,
}

/// A node's box.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) node: usize,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) w: i64,
    pub(super) h: i64,
    /// Places are from the frame's corner.
    pub(super) texts: Vec<Text>,
}

/// The words on a line, or where it goes on.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) edges: Vec<usize>,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) w: i64,
    pub(super) h: i64,
    pub(super) lines: Vec<String>,
    /// A line that would be too long ends here, and the words say where it leads.
    pub(super) reference: bool,
}

/// A line, or the part of one up to where it joins another to the same node.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) edges: Vec<usize>,
    pub(super) points: Vec<Point>,
    pub(super) end: End,
}

/// What a line ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A node: it has a head.
    Node,
    /// Words, below which it goes on.
    Label,
    /// Another line to the same node.
    Line,
    /// The border of a loop, which it leaves.
    Border,
}

/// Lays a flow out.
pub(super) fn picture(flow: &Flow) -> Picture {
    scope::lay_out(flow, None).picture
}

impl Picture {
    /// Everything moved right and down.
    pub(super) fn moved(mut self, right: i64, down: i64) -> Self {
        for frame in &mut self.frames {
            (frame.x, frame.y) = (frame.x + right, frame.y + down);
        }
        for label in &mut self.labels {
            (label.x, label.y) = (label.x + right, label.y + down);
        }
        for point in self.lines.iter_mut().flat_map(|line| &mut line.points) {
            *point = (point.0 + right, point.1 + down);
        }
        self
    }

    /// Takes another picture's parts in.
    pub(super) fn absorb(&mut self, other: Self) {
        self.frames.extend(other.frames);
        self.labels.extend(other.labels);
        self.lines.extend(other.lines);
    }
}
