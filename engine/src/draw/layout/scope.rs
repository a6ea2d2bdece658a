//! One list of steps: the document's, or a loop's body. Loops in it are laid out first and are boxes here.
//!
//! Comes in: a flow and a loop, or none. Goes out: a picture of what is within, and where lines leave it.
//! Never: a line that is lost at a loop's border; it leaves by a place at the foot of the box and goes on from there.

use std::collections::BTreeMap;

use super::grid::Grid;
use super::measure::{self, Text};
use super::{Frame, Label, Picture, column, layer, order, route};
use crate::draw::flow::{Edge, EdgeKind, Flow};

/// From a loop's border to what is within.
const PADDING: i64 = 18;

/// From what is within to a loop's lower border.
const FOOT: i64 = 14;

/// What lines look like, and which of them may become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Normal,
    Failure,
    Cancel,
}

/// Lines that leave by the same place: they go to this node.
pub(super) type Way = (usize, Class);

/// What stands in a place of a layer.
#[derive(Debug)]
pub(super) enum What {
    Node {
        node: usize,
        texts: Vec<Text>,
        body: Option<Placed>,
    },
    /// Words on a line; `reference` to where a line that would be too long leads.
    Label {
        edges: Vec<usize>,
        lines: Vec<String>,
        reference: bool,
    },
    /// Where a loop's body begins.
    Entry,
    /// Where lines leave the loop.
    Exit(Way),
    /// A line on its way through the layer.
    Bend,
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) what: What,
    pub(super) w: i64,
    pub(super) h: i64,
}

/// A connection of two cells.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) class: Class,
    pub(super) edges: Vec<usize>,
    /// Where it leaves a loop's box, from the middle.
    pub(super) pin: Option<i64>,
}

/// A laid-out list.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) picture: Picture,
    /// Where lines leave at the foot, from the left.
    exits: Vec<(Way, i64)>,
}

/// Recursion (loops in loops) is bounded by the parser's nesting limit.
pub(super) fn lay_out(flow: &Flow, within: Option<usize>) -> Placed {
    let mut scope = Scope { flow, within, cells: Vec::new(), wires: Vec::new(), of_node: BTreeMap::new() };
    scope.put_cells();
    flow.edges.iter().enumerate().for_each(|(index, edge)| scope.put_edge(index, edge));
    let mut layers = layer::assign(&scope.cells, &scope.wires);
    if layers.bends() > layer::MOST_BENDS {
        scope.shorten(&layers);
        layers = layer::assign(&scope.cells, &scope.wires);
    }
    let mut grid = Grid::new(scope.cells, scope.wires, layers);
    order::arrange(&mut grid);
    let columns = column::assign(&grid);
    let mut routed = route::route(&grid, &columns);
    let leaves = grid.cells.iter().any(|cell| matches!(cell.what, What::Exit(_)));
    routed.height += if within.is_some() && !leaves { FOOT } else { 0 };
    place(grid, &columns, routed)
}

struct Scope<'a> {
    flow: &'a Flow,
    within: Option<usize>,
    cells: Vec<Cell>,
    wires: Vec<Wire>,
    of_node: BTreeMap<usize, usize>,
}

impl Scope<'_> {
    fn put_cells(&mut self) {
        if self.within.is_some() {
            self.cells.push(Cell { what: What::Entry, w: 2, h: 0 });
        }
        let flow = self.flow;
        for node in flow.nodes.iter().filter(|node| node.within == self.within) {
            self.of_node.insert(node.id, self.cells.len());
            let has_body = flow.nodes.iter().any(|inner| inner.within == Some(node.id));
            let body = has_body.then(|| lay_out(flow, Some(node.id)));
            let size = match &body {
                None => measure::leaf(node),
                Some(body) => {
                    let head = measure::head(node, body.picture.width + 2 * PADDING);
                    measure::Measured { h: head.h + body.picture.height, ..head }
                }
            };
            let what = What::Node { node: node.id, texts: size.texts, body };
            self.cells.push(Cell { what, w: size.w, h: size.h });
        }
    }

    /// The node of this scope that is a node or holds it.
    fn lift(&self, node: usize) -> Option<usize> {
        let around = |id: &usize| self.flow.nodes[*id].within;
        std::iter::successors(Some(node), around).find(|id| self.flow.nodes[*id].within == self.within)
    }

    fn put_edge(&mut self, index: usize, edge: &Edge) {
        let (from, to) = (self.lift(edge.from), self.lift(edge.to));
        let class = match edge.kind {
            EdgeKind::Failure => Class::Failure,
            EdgeKind::Cancel => Class::Cancel,
            _ => Class::Normal,
        };
        if edge.kind == EdgeKind::Body {
            // Seen from outside, it is all within the loop's box.
            if let (true, Some(to)) = (self.within == Some(edge.from), to) {
                self.wire(0, self.of_node[&to], class, index, None);
            }
            return;
        }
        let Some(from) = from.filter(|from| Some(*from) != to || edge.from == *from || edge.to == *from) else {
            return;
        };
        let source = self.of_node[&from];
        let pin = if edge.from == from { None } else { self.exit_of(source, (edge.to, class)) };
        let target = match to {
            Some(to) => self.of_node[&to],
            None => self.exit((edge.to, class)),
        };
        match edge.label.as_deref().filter(|_| edge.from == from) {
            Some(words) => self.labelled(source, target, index, words),
            None => self.wire(source, target, class, index, pin),
        }
    }

    fn wire(&mut self, from: usize, to: usize, class: Class, edge: usize, pin: Option<i64>) {
        let same = |wire: &&mut Wire| (wire.from, wire.to, wire.class, wire.pin) == (from, to, class, pin);
        match self.wires.iter_mut().rev().find(same) {
            Some(wire) => wire.edges.push(edge),
            None => self.wires.push(Wire { from, to, class, edges: vec![edge], pin }),
        }
    }

    fn labelled(&mut self, from: usize, to: usize, edge: usize, words: &str) {
        let label = self.cells.len();
        let (lines, w, h) = measure::label(words);
        self.cells.push(Cell { what: What::Label { edges: vec![edge], lines, reference: false }, w, h });
        self.wire(from, label, Class::Normal, edge, None);
        self.wire(label, to, Class::Normal, edge, None);
    }

    fn exit(&mut self, way: Way) -> usize {
        let known = self.cells.iter().position(|cell| matches!(&cell.what, What::Exit(other) if *other == way));
        known.unwrap_or_else(|| {
            self.cells.push(Cell { what: What::Exit(way), w: 16, h: FOOT });
            self.cells.len() - 1
        })
    }

    /// Where a way leaves the box of a loop, from its middle.
    fn exit_of(&self, cell: usize, way: Way) -> Option<i64> {
        let What::Node { body: Some(body), .. } = &self.cells[cell].what else { return None };
        let (_, x) = body.exits.iter().find(|(other, _)| *other == way)?;
        Some(x + inset(self.cells[cell].w, body.picture.width) - self.cells[cell].w / 2)
    }

    /// Where there would be more line than drawing, long lines end soon and say where they lead.
    fn shorten(&mut self, layers: &layer::Layers) {
        for index in 0..self.wires.len() {
            let (from, to) = (self.wires[index].from, self.wires[index].to);
            if layers.of[from].abs_diff(layers.of[to]) <= 3 {
                continue;
            }
            let name = match &self.cells[to].what {
                What::Node { node, .. } | What::Exit((node, _)) => &self.flow.nodes[*node].name,
                _ => continue,
            };
            let (lines, w, h) = measure::label(&format!("to {name}"));
            let edges = self.wires[index].edges.clone();
            self.wires[index].to = self.cells.len();
            self.cells.push(Cell { what: What::Label { edges, lines, reference: true }, w, h });
        }
    }
}

/// How far from a box's left border its body begins.
fn inset(outer: i64, inner: i64) -> i64 {
    (outer - inner) / 2
}

/// Cells with their places, and bodies in their boxes.
fn place(grid: Grid, columns: &[i64], routed: route::Routed) -> Placed {
    let mut picture = Picture { width: routed.width, height: routed.height, lines: routed.lines, ..Picture::default() };
    let mut exits = Vec::new();
    for (index, cell) in grid.cells.into_iter().enumerate() {
        let (x, y) = (columns[index] + routed.left - cell.w / 2, routed.tops[grid.layer[index]]);
        let (w, h) = (cell.w, cell.h);
        match cell.what {
            What::Node { node, texts, body } => {
                picture.frames.push(Frame { node, x, y, w, h, texts });
                if let Some(body) = body {
                    let (right, down) = (inset(w, body.picture.width), h - body.picture.height);
                    picture.absorb(body.picture.moved(x + right, y + down));
                }
            }
            What::Label { edges, lines, reference } => {
                picture.labels.push(Label { edges, x, y, w, h, lines, reference });
            }
            What::Exit(way) => exits.push((way, columns[index] + routed.left)),
            What::Entry | What::Bend => {}
        }
    }
    Placed { picture, exits }
}
