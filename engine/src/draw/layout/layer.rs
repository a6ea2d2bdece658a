//! Which layer each cell is in: below all that lead to it, except by lines that go back up.
//!
//! Comes in: cells and wires. Goes out: a layer for each cell, and which wires go up.
//! Never: recursion; documents may be long.

use std::collections::BTreeSet;

use super::scope::{Cell, What, Wire};

/// With more bends than this a drawing is more line than boxes; long lines are then cut short.
pub(super) const MOST_BENDS: usize = 12_000;

#[derive(Debug)]
pub(super) struct Layers {
    /// Layer of each cell, from 0 at the top.
    pub(super) of: Vec<usize>,
    /// Whether a wire goes up, or to its own layer.
    pub(super) up: Vec<bool>,
    bends: usize,
}

impl Layers {
    /// How many bends the wires need; wires to the same cell share theirs.
    pub(super) fn bends(&self) -> usize {
        self.bends
    }
}

pub(super) fn assign(cells: &[Cell], wires: &[Wire]) -> Layers {
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); cells.len()];
    for (index, wire) in wires.iter().enumerate() {
        leaving[wire.from].push(index);
    }
    let up = upward(wires, &leaving);
    let mut of = longest(wires, &leaving, &up);
    settle(cells, wires, &leaving, &up, &mut of);
    let bends = spans(wires, &up, &of);
    Layers { of, up, bends }
}

/// Wires that close a circle, found by a walk in document order.
fn upward(wires: &[Wire], leaving: &[Vec<usize>]) -> Vec<bool> {
    let mut up = vec![false; wires.len()];
    let (mut seen, mut on_path) = (vec![false; leaving.len()], vec![false; leaving.len()]);
    for root in 0..leaving.len() {
        if seen[root] {
            continue;
        }
        (seen[root], on_path[root]) = (true, true);
        let mut path = vec![(root, 0)];
        while let Some((cell, done)) = path.last_mut() {
            let Some(wire) = leaving[*cell].get(*done) else {
                on_path[*cell] = false;
                path.pop();
                continue;
            };
            *done += 1;
            let to = wires[*wire].to;
            up[*wire] = on_path[to];
            if !seen[to] {
                (seen[to], on_path[to]) = (true, true);
                path.push((to, 0));
            }
        }
    }
    up
}

/// One more than the lowest that leads there.
fn longest(wires: &[Wire], leaving: &[Vec<usize>], up: &[bool]) -> Vec<usize> {
    let mut waiting = vec![0_usize; leaving.len()];
    for (wire, _) in wires.iter().zip(up).filter(|(_, up)| !**up) {
        waiting[wire.to] += 1;
    }
    let mut of = vec![0; leaving.len()];
    let mut ready: Vec<usize> = (0..leaving.len()).filter(|cell| waiting[*cell] == 0).collect();
    while let Some(cell) = ready.pop() {
        for wire in leaving[cell].iter().filter(|wire| !up[**wire]) {
            let to = wires[*wire].to;
            of[to] = of[to].max(of[cell] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    of
}

/// What nothing leads to stands just above where it leads; what leaves a loop, at its foot.
fn settle(cells: &[Cell], wires: &[Wire], leaving: &[Vec<usize>], up: &[bool], of: &mut [usize]) {
    let led_to: BTreeSet<usize> = wires.iter().zip(up).filter(|(_, up)| !**up).map(|(wire, _)| wire.to).collect();
    // The first cell is where it all begins.
    for cell in (1..cells.len()).filter(|cell| !led_to.contains(cell)) {
        let below = leaving[cell].iter().filter(|wire| !up[**wire]).map(|wire| of[wires[*wire].to]).min();
        of[cell] = below.unwrap_or(1).saturating_sub(1);
    }
    let is_exit = |cell: &usize| matches!(cells[*cell].what, What::Exit(_));
    let foot = (0..cells.len()).filter(|cell| !is_exit(cell)).map(|cell| of[cell] + 1).max().unwrap_or(0);
    for cell in (0..cells.len()).filter(is_exit) {
        of[cell] = foot;
    }
}

fn spans(wires: &[Wire], up: &[bool], of: &[usize]) -> usize {
    let mut longest = std::collections::BTreeMap::new();
    for (wire, up) in wires.iter().zip(up) {
        let span = of[wire.from].abs_diff(of[wire.to]) + usize::from(*up);
        let known = longest.entry((wire.to, wire.class, *up)).or_insert(0);
        *known = span.max(*known);
    }
    longest.values().sum()
}
