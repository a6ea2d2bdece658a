//! Cells in layers, and every wire as a chain from layer to layer.
//!
//! Comes in: cells, wires, layers. Goes out: rows of cells with bends where wires pass, links between neighbouring rows.
//! Wires of one class to one cell are one net: they share their bends, so that many ways to one step become one trunk.

use std::collections::BTreeMap;

use super::layer::Layers;
use super::scope::{Cell, Class, What, Wire};

/// Wires that may share a line: to the same cell, of one class, in the same direction.
pub(super) type Net = (usize, Class, bool);

#[derive(Debug)]
pub(super) struct Grid {
    pub(super) cells: Vec<Cell>,
    pub(super) layer: Vec<usize>,
    /// Cells of each layer from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    pub(super) chains: Vec<Chain>,
    /// Between a cell of one row and one of the next.
    pub(super) links: Vec<Link>,
}

/// The way of a wire.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) wire: Wire,
    pub(super) net: Net,
    /// From its source over bends to its target.
    pub(super) path: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) upper: usize,
    pub(super) lower: usize,
    pub(super) class: Class,
    /// Whether it is the first way on of a cell: the one that is drawn straight if any is.
    pub(super) main: bool,
}

impl Grid {
    pub(super) fn new(cells: Vec<Cell>, wires: Vec<Wire>, layers: Layers) -> Self {
        let depth = layers.of.iter().max().map_or(0, |last| last + 1);
        let (layer, chains, links) = (layers.of, Vec::new(), Vec::new());
        let mut grid = Self { cells, layer, rows: vec![Vec::new(); depth], chains, links };
        let mut bends = BTreeMap::new();
        let mut first = BTreeMap::new();
        for (wire, up) in wires.into_iter().zip(layers.up) {
            let net = (wire.to, wire.class, up);
            let main = !up && wire.class == Class::Normal && wire.pin.is_none();
            let main = main && *first.entry(wire.from).or_insert(wire.to) == wire.to;
            let path = grid.path(&wire, net, &mut bends);
            grid.link(&path, net, main);
            grid.chains.push(Chain { wire, net, path });
        }
        grid.fill_rows();
        grid
    }

    fn path(&mut self, wire: &Wire, net: Net, bends: &mut BTreeMap<(Net, usize), usize>) -> Vec<usize> {
        let (from, to) = (self.layer[wire.from], self.layer[wire.to]);
        let through: Vec<usize> = if net.2 { (to..=from).rev().collect() } else { (from + 1..to).collect() };
        let mut path = vec![wire.from];
        for layer in through {
            let bend = *bends.entry((net, layer)).or_insert_with(|| {
                self.cells.push(Cell { what: What::Bend, w: 2, h: 0 });
                self.layer.push(layer);
                self.cells.len() - 1
            });
            path.push(bend);
        }
        path.push(wire.to);
        path
    }

    fn link(&mut self, path: &[usize], net: Net, main: bool) {
        for pair in path.windows(2) {
            let (upper, lower) =
                if self.layer[pair[0]] < self.layer[pair[1]] { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
            if self.layer[upper] != self.layer[lower] {
                self.links.push(Link { upper, lower, class: net.1, main });
            }
        }
        self.links.sort_by_key(|link| (link.upper, link.lower));
        self.links.dedup_by_key(|link| (link.upper, link.lower));
    }

    /// The first order: along the chains, the first way of each cell furthest left.
    fn fill_rows(&mut self) {
        let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); self.cells.len()];
        let mut chains: Vec<&Chain> = self.chains.iter().collect();
        chains.sort_by_key(|chain| chain.net.1);
        for pair in chains.iter().flat_map(|chain| chain.path.windows(2)) {
            leaving[pair[0]].push(pair[1]);
        }
        let mut seen = vec![false; self.cells.len()];
        for root in 0..self.cells.len() {
            let mut open = vec![root];
            while let Some(cell) = open.pop() {
                if !std::mem::replace(&mut seen[cell], true) {
                    self.rows[self.layer[cell]].push(cell);
                    open.extend(leaving[cell].iter().rev());
                }
            }
        }
    }

    pub(super) fn is_bend(&self, cell: usize) -> bool {
        matches!(self.cells[cell].what, What::Bend)
    }
}
