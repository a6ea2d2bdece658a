//! On which track each net runs level through a gap: as few crossings as can be had cheaply.
//!
//! Comes in: the nets of one gap with the places above and below. Goes out: a track for each, and how many there are.
//! Never: two nets on one track where they would meet.

/// A net in one gap.
#[derive(Debug, Default, Clone)]
pub(super) struct Run {
    /// Places at the foot of the row above.
    pub(super) above: Vec<i64>,
    /// Places at the top of the row below.
    pub(super) below: Vec<i64>,
}

/// Beyond this, tracks are in order of their left ends.
const MOST: usize = 120;
/// What two lines on top of each other cost, in crossings.
const COVERS: usize = 1000;
/// Lines nearer than this look like one.
const NEAR: i64 = 5;

impl Run {
    fn all(&self) -> impl Iterator<Item = i64> {
        self.above.iter().chain(&self.below).copied()
    }

    fn left(&self) -> i64 {
        self.all().min().unwrap_or(0)
    }

    fn right(&self) -> i64 {
        self.all().max().unwrap_or(0)
    }

    /// Whether it goes straight through and needs no track.
    pub(super) fn straight(&self) -> bool {
        self.left() == self.right() && !self.above.is_empty() && !self.below.is_empty()
    }

    fn spans(&self, x: i64) -> bool {
        self.left() - NEAR < x && x < self.right() + NEAR
    }

    /// What it costs if this one's track is above the other's.
    fn above_costs(&self, other: &Self) -> usize {
        let crossed = other.above.iter().filter(|x| self.spans(**x)).count();
        let crossing = self.below.iter().filter(|x| other.spans(**x)).count();
        let covered = other.above.iter().filter(|x| self.below.iter().any(|own| (own - **x).abs() < NEAR)).count();
        crossed + crossing + covered * COVERS
    }
}

/// The track of each run, from the top; none for straight ones. Then the number of tracks.
pub(super) fn assign(runs: &[Run]) -> (Vec<Option<usize>>, usize) {
    let mut order: Vec<usize> = (0..runs.len()).filter(|run| !runs[*run].straight()).collect();
    order.sort_by_key(|run| (runs[*run].left(), runs[*run].right()));
    if order.len() <= MOST {
        order = sorted(runs, &order);
    }
    let mut tracks: Vec<Option<usize>> = vec![None; runs.len()];
    let mut most = 0;
    for (index, run) in order.iter().enumerate() {
        let meets = |other: &&usize| {
            runs[**other].left() - 12 < runs[*run].right() && runs[*run].left() - 12 < runs[**other].right()
        };
        let above = order[..index].iter().filter(meets).filter_map(|other| tracks[*other]).max();
        let track = above.map_or(0, |above| above + 1);
        most = most.max(track + 1);
        tracks[*run] = Some(track);
    }
    (tracks, most)
}

/// Each put where it costs least among those before it.
fn sorted(runs: &[Run], order: &[usize]) -> Vec<usize> {
    let mut sorted: Vec<usize> = Vec::with_capacity(order.len());
    for run in order {
        let own = &runs[*run];
        // At the top it is above all of them; each place further down exchanges one.
        let mut cost: i64 = sorted.iter().map(|other| signed(own.above_costs(&runs[*other]))).sum();
        let (mut best, mut least) = (0, cost);
        for (place, other) in sorted.iter().enumerate() {
            cost += signed(runs[*other].above_costs(own)) - signed(own.above_costs(&runs[*other]));
            if cost < least {
                (best, least) = (place + 1, cost);
            }
        }
        sorted.insert(best, *run);
    }
    sorted
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(above: &[i64], below: &[i64]) -> Run {
        Run { above: above.to_vec(), below: below.to_vec() }
    }

    #[test]
    fn two_that_go_the_same_way_do_not_cross() {
        let (tracks, most) = assign(&[run(&[0], &[100]), run(&[50], &[150])]);
        assert_eq!((tracks, most), (vec![Some(1), Some(0)], 2));
        let (tracks, _) = assign(&[run(&[100], &[0]), run(&[150], &[50])]);
        assert_eq!(tracks, [Some(0), Some(1)]);
    }

    #[test]
    fn what_is_straight_needs_no_track_and_what_is_apart_shares_one() {
        let (tracks, most) = assign(&[run(&[10], &[10]), run(&[0], &[40]), run(&[100], &[140])]);
        assert_eq!((tracks, most), (vec![None, Some(0), Some(0)], 1));
    }

    #[test]
    fn no_line_covers_another_where_that_can_be_helped() {
        let (tracks, _) = assign(&[run(&[0], &[100]), run(&[100], &[200])]);
        assert!(tracks[1] < tracks[0], "the one that comes from 100 turns away before the other arrives");
    }
}
