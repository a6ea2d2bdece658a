//! How far from the left each cell stands: what follows each other stands in one column, and lines are straight.
//!
//! Comes in: a grid with its order. Goes out: the middle of each cell. Never: two cells of a row that overlap.

use std::collections::BTreeMap;

use super::grid::{Grid, Link};
use super::scope::Class;

/// Between two boxes, a box and a line, two lines.
const BOXES: i64 = 40;
const BOX_AND_LINE: i64 = 24;
const LINES: i64 = 16;

/// How often columns are drawn to what they are linked with.
const ROUNDS: usize = 6;

pub(super) fn assign(grid: &Grid) -> Vec<i64> {
    let blocks = Blocks::of(grid);
    let mut x = blocks.packed();
    for round in 0..ROUNDS {
        blocks.pull(grid, &mut x, round % 2 == 0);
    }
    blocks.of.iter().map(|block| x[*block]).collect()
}

/// Cells of following rows that stand in one column.
struct Blocks {
    /// Block of each cell.
    of: Vec<usize>,
    /// For neighbours in a row: left block, right block, least distance.
    apart: Vec<(usize, usize, i64)>,
    /// Blocks such that each comes after those to its left.
    sorted: Vec<usize>,
}

impl Blocks {
    fn of(grid: &Grid) -> Self {
        let of = columns(grid);
        let mut apart = Vec::new();
        for pair in grid.rows.iter().flat_map(|row| row.windows(2)) {
            apart.push((of[pair[0]], of[pair[1]], distance(grid, pair[0], pair[1])));
        }
        let sorted = sort(of.iter().max().map_or(0, |last| last + 1), &apart);
        Self { of, apart, sorted }
    }

    /// Each as far left as it can be.
    fn packed(&self) -> Vec<i64> {
        let mut x = vec![0; self.sorted.len()];
        let bounds = self.bounds(false);
        for block in &self.sorted {
            x[*block] = bounds[*block].iter().map(|(left, apart)| x[*left] + apart).max().unwrap_or(0);
        }
        x
    }

    /// For each block its neighbours to one side, with the least distance.
    fn bounds(&self, right: bool) -> Vec<Vec<(usize, i64)>> {
        let mut bounds = vec![Vec::new(); self.sorted.len()];
        for (left, other, apart) in &self.apart {
            let (of, to) = if right { (left, other) } else { (other, left) };
            bounds[*of].push((*to, *apart));
        }
        bounds
    }

    /// Each towards the middle of what it is linked with, as far as its neighbours let it.
    fn pull(&self, grid: &Grid, x: &mut [i64], right: bool) {
        let bounds = self.bounds(right);
        let mut linked = vec![Vec::new(); x.len()];
        for link in &grid.links {
            let (upper, lower) = (self.of[link.upper], self.of[link.lower]);
            if upper != lower {
                linked[upper].push(lower);
                linked[lower].push(upper);
            }
        }
        let order: Vec<usize> = if right { self.sorted.iter().rev().copied().collect() } else { self.sorted.clone() };
        for block in order {
            let mut near: Vec<i64> = linked[block].iter().map(|other| x[*other]).collect();
            near.sort_unstable();
            let Some(wish) = near.get(near.len() / 2) else { continue };
            if right && *wish > x[block] {
                let bound = bounds[block].iter().map(|(other, apart)| x[*other] - apart).min();
                x[block] = bound.map_or(*wish, |bound| bound.min(*wish)).max(x[block]);
            } else if !right && *wish < x[block] {
                let bound = bounds[block].iter().map(|(other, apart)| x[*other] + apart).max();
                x[block] = bound.map_or(*wish, |bound| bound.max(*wish)).min(x[block]);
            }
        }
    }
}

fn distance(grid: &Grid, left: usize, right: usize) -> i64 {
    let between = match (grid.is_bend(left), grid.is_bend(right)) {
        (false, false) => BOXES,
        (true, true) => LINES,
        _ => BOX_AND_LINE,
    };
    // Halves rounded up, so that an odd width takes nothing from the distance.
    (grid.cells[left].w + 1) / 2 + (grid.cells[right].w + 1) / 2 + between
}

/// Links that become straight, the most important first; two that cross cannot both.
fn columns(grid: &Grid) -> Vec<usize> {
    let mut links: Vec<&Link> = grid.links.iter().collect();
    links.sort_by_key(|link| (priority(grid, link), grid.layer[link.upper], link.upper, link.lower));
    let mut place = vec![0; grid.cells.len()];
    for (index, cell) in grid.rows.iter().flat_map(|row| row.iter().enumerate()) {
        place[*cell] = index;
    }
    let mut straight: Vec<BTreeMap<usize, usize>> = vec![BTreeMap::new(); grid.rows.len()];
    let (mut below, mut above) = (vec![None; grid.cells.len()], vec![None; grid.cells.len()]);
    for link in links {
        let (from, to) = (place[link.upper], place[link.lower]);
        let row = &mut straight[grid.layer[link.upper]];
        let left = row.range(..from).next_back().is_none_or(|(_, end)| *end < to);
        let right = row.range(from..).next().is_none_or(|(_, end)| *end > to);
        if left && right && below[link.upper].is_none() && above[link.lower].is_none() {
            row.insert(from, to);
            below[link.upper] = Some(link.lower);
            above[link.lower] = Some(link.upper);
        }
    }
    number(&below, &above)
}

/// Small is important.
fn priority(grid: &Grid, link: &Link) -> u8 {
    match (grid.is_bend(link.upper), grid.is_bend(link.lower), link.class) {
        (true, true, _) => 0,
        (false, false, Class::Normal) if link.main => 1,
        (false, false, Class::Normal) => 2,
        (false, true, Class::Normal) | (true, false, Class::Normal) => 3,
        _ => 4,
    }
}

/// A number for each column, from its top cell.
fn number(below: &[Option<usize>], above: &[Option<usize>]) -> Vec<usize> {
    let mut of = vec![0; below.len()];
    let tops = (0..below.len()).filter(|cell| above[*cell].is_none());
    for (block, top) in tops.enumerate() {
        for cell in std::iter::successors(Some(top), |cell| below[*cell]) {
            of[cell] = block;
        }
    }
    of
}

/// Straight links do not cross, so no block can be both left and right of another.
fn sort(blocks: usize, apart: &[(usize, usize, i64)]) -> Vec<usize> {
    let mut waiting = vec![0_usize; blocks];
    let mut after = vec![Vec::new(); blocks];
    for (left, right, _) in apart {
        waiting[*right] += 1;
        after[*left].push(*right);
    }
    let mut sorted: Vec<usize> = (0..blocks).filter(|block| waiting[*block] == 0).collect();
    let mut at = 0;
    while let Some(block) = sorted.get(at).copied() {
        at += 1;
        for right in &after[block] {
            waiting[*right] -= 1;
            if waiting[*right] == 0 {
                sorted.push(*right);
            }
        }
    }
    sorted
}
