//! Who stands beside whom: few crossings, and the main way on the left.
//!
//! Comes in: a grid. Goes out: its rows in a better order. Never: a worse one; the first order stays if none is better.

use super::grid::Grid;

/// How often all rows are gone through.
const SWEEPS: usize = 12;

pub(super) fn arrange(grid: &mut Grid) {
    let near = Neighbours::of(grid);
    let mut rows = grid.rows.clone();
    let (mut best, mut least) = (rows.clone(), crossings(&rows, &near));
    for sweep in 0..SWEEPS {
        if least == 0 {
            break;
        }
        sort_rows(&mut rows, &near, sweep % 2 == 0);
        let now = crossings(&rows, &near);
        if now < least {
            (best, least) = (rows.clone(), now);
        }
    }
    grid.rows = best;
}

/// Cells above and below each cell.
struct Neighbours {
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

impl Neighbours {
    fn of(grid: &Grid) -> Self {
        let none = vec![Vec::new(); grid.cells.len()];
        let mut near = Self { above: none.clone(), below: none };
        for link in &grid.links {
            near.below[link.upper].push(link.lower);
            near.above[link.lower].push(link.upper);
        }
        near
    }
}

/// Each row by the mean place of its neighbours in the row before; who has none stays where it is.
fn sort_rows(rows: &mut [Vec<usize>], near: &Neighbours, down: bool) {
    let mut place = places(rows, near.above.len());
    let order: Vec<usize> = if down { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
    for row in order {
        let sides = if down { &near.above } else { &near.below };
        let mut keyed: Vec<(usize, usize)> =
            rows[row].iter().map(|cell| (mean(&sides[*cell], &place, *cell), *cell)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        rows[row] = keyed.into_iter().map(|(_, cell)| cell).collect();
        for (index, cell) in rows[row].iter().enumerate() {
            place[*cell] = index;
        }
    }
}

fn places(rows: &[Vec<usize>], cells: usize) -> Vec<usize> {
    let mut place = vec![0; cells];
    for (index, cell) in rows.iter().flat_map(|row| row.iter().enumerate()) {
        place[*cell] = index;
    }
    place
}

/// In 256ths, so that it is exact enough and the same everywhere.
fn mean(neighbours: &[usize], place: &[usize], own: usize) -> usize {
    match neighbours.len() {
        0 => place[own] * 256,
        count => neighbours.iter().map(|cell| place[*cell] * 256).sum::<usize>() / count,
    }
}

fn crossings(rows: &[Vec<usize>], near: &Neighbours) -> usize {
    let place = places(rows, near.above.len());
    rows.windows(2).map(|pair| between(&pair[0], pair[1].len(), near, &place)).sum()
}

/// Pairs of links in the wrong order, counted with a tree of sums.
fn between(upper: &[usize], lower: usize, near: &Neighbours, place: &[usize]) -> usize {
    let mut sums = vec![0_usize; lower + 1];
    let (mut total, mut put) = (0, 0);
    for cell in upper {
        let mut ends: Vec<usize> = near.below[*cell].iter().map(|below| place[*below]).collect();
        ends.sort_unstable();
        for end in &ends {
            let mut at = end + 1;
            let mut before = 0;
            while at > 0 {
                before += sums[at];
                at &= at - 1;
            }
            total += put - before;
        }
        for end in ends {
            put += 1;
            let mut at = end + 1;
            while at <= lower {
                sums[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_pairs_in_the_wrong_order() {
        // Cells 0, 1, 2 above 3, 4, 5.
        let near = |links: &[(usize, usize)]| {
            let mut near = Neighbours { above: vec![Vec::new(); 6], below: vec![Vec::new(); 6] };
            for (upper, lower) in links {
                near.below[*upper].push(*lower);
                near.above[*lower].push(*upper);
            }
            near
        };
        let rows = [vec![0, 1, 2], vec![3, 4, 5]];
        assert_eq!(crossings(&rows, &near(&[(0, 3), (1, 4), (2, 5)])), 0);
        assert_eq!(crossings(&rows, &near(&[(0, 5), (1, 4), (2, 3)])), 3);
        assert_eq!(crossings(&rows, &near(&[(0, 4), (0, 5), (1, 3), (1, 5)])), 2);
    }
}
