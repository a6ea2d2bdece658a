//! The lines themselves, and how far apart the layers are.
//!
//! Comes in: a grid and its columns. Goes out: lines of level and upright parts, and the height of everything.
//! Never: a part of a line drawn twice, which would spoil dashes; it ends where it joins another of its net.

use std::collections::BTreeMap;

use super::grid::{Grid, Net};
use super::pin::{Hop, Pin, pins};
use super::scope::What;
use super::track::{self, Run};
use super::{End, Line, Point};

/// Between tracks.
const TRACK: i64 = 10;
/// Above the first track, and below the last: room for a corner and a head.
const OVER: i64 = 14;
const UNDER: i64 = 18;
/// Radius of a corner; a line that joins goes this far along.
pub(in crate::draw) const CORNER: i64 = 6;

/// Lines, and where rows are.
pub(super) struct Routed {
    pub(super) lines: Vec<Line>,
    /// Top of each row.
    pub(super) tops: Vec<i64>,
    /// What is added to columns, so that nothing is left of 0.
    pub(super) left: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

pub(super) fn route(grid: &Grid, columns: &[i64]) -> Routed {
    let (hops, places) = pins(grid, columns);
    let gaps = Gaps::new(grid, &hops, &places);
    let mut router = Router { grid, gaps: &gaps, places: &places, drawn: BTreeMap::new() };
    let mut lines: Vec<Line> = Vec::new();
    for (chain, hops) in grid.chains.iter().zip(&hops) {
        let (mut points, joins) = router.points(hops);
        let end = match &grid.cells[chain.wire.to].what {
            _ if joins => End::Line,
            What::Node { .. } => End::Node,
            What::Exit(_) => End::Border,
            What::Label { .. } | What::Entry | What::Bend => End::Label,
        };
        if let Some(last) = points.last_mut().filter(|_| end == End::Border) {
            last.1 = gaps.height;
        }
        lines.push(Line { edges: chain.wire.edges.clone(), points, end });
    }
    let lowest = columns.iter().zip(&grid.cells).map(|(x, cell)| x - (cell.w + 1) / 2).min().unwrap_or(0);
    let highest = columns.iter().zip(&grid.cells).map(|(x, cell)| x + (cell.w + 1) / 2).max().unwrap_or(0);
    for point in lines.iter_mut().flat_map(|line| &mut line.points) {
        point.0 -= lowest;
    }
    Routed { lines, left: -lowest, width: highest - lowest, height: gaps.height, tops: gaps.tops }
}

/// The spaces above, between and below rows.
struct Gaps {
    /// Level of a net in a gap; absent where it goes straight.
    levels: BTreeMap<(usize, Net), i64>,
    tops: Vec<i64>,
    height: i64,
}

impl Gaps {
    fn new(grid: &Grid, hops: &[Vec<Hop>], places: &BTreeMap<Pin, i64>) -> Self {
        let mut runs: Vec<BTreeMap<Net, Run>> = vec![BTreeMap::new(); grid.rows.len() + 1];
        for (chain, hops) in grid.chains.iter().zip(hops) {
            for hop in hops {
                let run = runs[hop.gap].entry(chain.net).or_default();
                for pin in [hop.from, hop.to] {
                    if pin.foot { run.above.push(places[&pin]) } else { run.below.push(places[&pin]) }
                }
            }
        }
        let mut gaps = Self { levels: BTreeMap::new(), tops: Vec::new(), height: 0 };
        for (gap, runs) in runs.iter().enumerate() {
            gaps.add(gap, runs, grid);
        }
        gaps
    }

    fn add(&mut self, gap: usize, runs: &BTreeMap<Net, Run>, grid: &Grid) {
        let list: Vec<Run> = runs.values().cloned().collect();
        let (tracks, most) = track::assign(&list);
        for (net, track) in runs.keys().zip(tracks) {
            if let Some(track) = track {
                self.levels.insert((gap, *net), self.height + OVER + as_length(track) * TRACK);
            }
        }
        let outside = gap == 0 || gap == grid.rows.len();
        self.height += match (most, outside) {
            (0, true) => 0,
            (0, false) => OVER + UNDER,
            (most, _) => OVER + UNDER + as_length(most - 1) * TRACK,
        };
        if let Some(row) = grid.rows.get(gap) {
            self.tops.push(self.height);
            self.height += row.iter().map(|cell| grid.cells[*cell].h).max().unwrap_or(0);
        }
    }
}

struct Router<'a> {
    grid: &'a Grid,
    gaps: &'a Gaps,
    places: &'a BTreeMap<Pin, i64>,
    /// How far each net's level part reaches in each gap.
    drawn: BTreeMap<(usize, Net), (i64, i64)>,
}

impl Router<'_> {
    /// The corners of a chain's line, and whether it ends at another line.
    fn points(&mut self, hops: &[Hop]) -> (Vec<Point>, bool) {
        let mut points = Vec::new();
        for hop in hops {
            points.push(self.at(hop.from));
            if self.joins(hop, &mut points) {
                return (simple(points), true);
            }
            points.push(self.at(hop.to));
        }
        (simple(points), false)
    }

    fn at(&self, pin: Pin) -> Point {
        let top = self.gaps.tops[self.grid.layer[pin.cell]];
        let height = match self.grid.is_bend(pin.cell) {
            true => {
                self.grid.rows[self.grid.layer[pin.cell]].iter().map(|cell| self.grid.cells[*cell].h).max().unwrap_or(0)
            }
            false => self.grid.cells[pin.cell].h,
        };
        (self.places[&pin], if pin.foot { top + height } else { top })
    }

    /// The level part of a hop; true if it ends at what is drawn of its net already.
    fn joins(&mut self, hop: &Hop, points: &mut Vec<Point>) -> bool {
        let (from, to) = (self.places[&hop.from], self.places[&hop.to]);
        let key = (hop.gap, hop.to.net());
        let level = self.gaps.levels.get(&key).copied();
        let Some((left, right)) = self.drawn.get(&key).copied() else {
            self.drawn.insert(key, (from.min(to), from.max(to)));
            points.extend(level.map(|level| (from, level)));
            points.extend(level.map(|level| (to, level)));
            return false;
        };
        let Some(level) = level else { return true };
        self.drawn.insert(key, (left.min(from), right.max(from)));
        points.push((from, level));
        let meets = from.clamp(left, right);
        if meets == to {
            points.push((to, level));
            points.push((to, if hop.to.foot { level - CORNER } else { level + CORNER }));
        } else {
            let along = CORNER.min((to - meets).abs());
            points.push((meets + along * (to - meets).signum(), level));
        }
        true
    }
}

/// Without points that change nothing.
fn simple(points: Vec<Point>) -> Vec<Point> {
    let mut list: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if list.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = list.as_slice() {
            let level = before.1 == last.1 && last.1 == point.1;
            let upright = before.0 == last.0 && last.0 == point.0;
            if level || upright {
                list.pop();
            }
        }
        list.push(point);
    }
    list
}

fn as_length(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
