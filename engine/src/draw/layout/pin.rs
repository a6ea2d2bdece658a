//! Where lines touch boxes.
//!
//! Comes in: a grid and its columns. Goes out: for each chain a list of hops, one for each gap it goes through, with the
//! places it comes from and goes to. Never: two nets at one place of a box.

use std::collections::BTreeMap;

use super::grid::{Chain, Grid, Net};
use super::scope::What;

/// Between two pins of one side.
const BELOW: i64 = 16;
/// Another measure, so that pins above and below a gap seldom meet.
const ABOVE: i64 = 20;
/// From a box's corner.
const CORNER: i64 = 14;

/// Where a line leaves or meets a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pin {
    pub(super) cell: usize,
    /// At its foot, else at its top.
    pub(super) foot: bool,
    net: Net,
    fixed: Option<i64>,
}

impl Pin {
    pub(super) fn net(&self) -> Net {
        self.net
    }
}

/// A chain's way through one gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hop {
    /// The gap above the row of this number.
    pub(super) gap: usize,
    pub(super) from: Pin,
    pub(super) to: Pin,
}

/// The hops of each chain, and where all pins are.
pub(super) fn pins(grid: &Grid, columns: &[i64]) -> (Vec<Vec<Hop>>, BTreeMap<Pin, i64>) {
    let hops: Vec<Vec<Hop>> = grid.chains.iter().map(|chain| hops(grid, chain)).collect();
    // What each net touches in each gap.
    let mut touched: BTreeMap<(usize, Net), BTreeMap<Pin, i64>> = BTreeMap::new();
    for hop in hops.iter().flatten() {
        let touched = touched.entry((hop.gap, hop.to.net)).or_default();
        for pin in [hop.from, hop.to] {
            touched.insert(pin, columns[pin.cell] + pin.fixed.unwrap_or(0));
        }
    }
    // By cell and side: each pin with what it leads to.
    let mut sides: BTreeMap<(usize, bool), BTreeMap<Pin, Vec<i64>>> = BTreeMap::new();
    for touched in touched.values() {
        for pin in touched.keys() {
            let others = touched.iter().filter(|(other, _)| *other != pin).map(|(_, column)| *column).collect();
            sides.entry((pin.cell, pin.foot)).or_default().insert(*pin, others);
        }
    }
    let mut places = BTreeMap::new();
    for ((cell, foot), pins) in sides {
        spread(grid, columns[cell], (cell, foot), pins, &mut places);
    }
    (hops, places)
}

fn hops(grid: &Grid, chain: &Chain) -> Vec<Hop> {
    let net = chain.net;
    let pin = |cell, foot| Pin { cell, foot, net, fixed: None };
    let last = chain.path.len() - 2;
    let hop = |(index, pair): (usize, &[usize])| {
        let (from, to) = (pair[0], pair[1]);
        match (net.2, index) {
            (false, _) => Hop { gap: grid.layer[to], from: pin(from, true), to: pin(to, false) },
            (true, 0) => Hop { gap: grid.layer[from] + 1, from: pin(from, true), to: pin(to, true) },
            (true, _) if index == last => Hop { gap: grid.layer[to], from: pin(from, false), to: pin(to, false) },
            (true, _) => Hop { gap: grid.layer[from], from: pin(from, false), to: pin(to, true) },
        }
    };
    let mut hops: Vec<Hop> = chain.path.windows(2).enumerate().map(hop).collect();
    if let Some(first) = hops.first_mut() {
        first.from.fixed = chain.wire.pin;
    }
    hops
}

/// The pins of one side of a cell: the straight one in the middle, others to the side of where they lead.
fn spread(
    grid: &Grid,
    middle: i64,
    (cell, foot): (usize, bool),
    pins: BTreeMap<Pin, Vec<i64>>,
    places: &mut BTreeMap<Pin, i64>,
) {
    let (fixed, free): (Vec<_>, Vec<_>) = pins.into_iter().partition(|(pin, _)| pin.fixed.is_some());
    let taken: Vec<i64> = fixed.iter().map(|(pin, _)| pin.fixed.unwrap_or(0)).collect();
    for (pin, _) in fixed {
        places.insert(pin, middle + pin.fixed.unwrap_or(0));
    }
    let ahead = free.iter().filter(|(_, far)| far.contains(&middle)).map(|(pin, _)| *pin).min_by_key(|pin| pin.net.1);
    // The straight one stands in the middle of the others, wherever else its net goes.
    let mean =
        |pin: &Pin, far: &[i64]| if Some(*pin) == ahead { middle } else { far.iter().sum::<i64>() / count(far.len()) };
    let mut free: Vec<(i64, bool, Pin)> =
        free.into_iter().map(|(pin, far)| (mean(&pin, &far), Some(pin) != ahead, pin)).collect();
    free.sort_unstable();
    let one_place =
        grid.is_bend(cell) || matches!(grid.cells[cell].what, What::Label { .. } | What::Entry | What::Exit(_));
    let straight = free.iter().position(|(_, other, _)| !other);
    let left = straight.unwrap_or_else(|| free.partition_point(|(far, ..)| *far < middle));
    let right = free.len() - left - usize::from(straight.is_some());
    let half = grid.cells[cell].w / 2 - CORNER;
    let step = (half / count(left.max(right).max(1))).min(if foot { BELOW } else { ABOVE }).max(1);
    let alone = one_place || free.len() == 1;
    for (index, (.., pin)) in free.iter().enumerate() {
        let offset = match straight {
            _ if alone => 0,
            Some(_) => (count(index) - count(left)) * step,
            // Half steps keep an even number of them around the middle.
            None => (2 * count(index) - count(free.len() - 1)) * step / 2,
        };
        places.insert(*pin, middle + beside(offset, &taken));
    }
}

/// The nearest place that no fixed pin has.
fn beside(offset: i64, taken: &[i64]) -> i64 {
    let free = |at: &i64| taken.iter().all(|other| (other - at).abs() >= 10);
    (0..40).flat_map(|step| [offset - step * 6, offset + step * 6]).find(free).unwrap_or(offset)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
