//! The bounds of reading a document, and what lies on both sides of each.

use crate::place::Place;

use super::Draft;

/// Bytes of text. SSM takes 64 KB (a warning of `validate`); four times that is still read so that all findings can
/// be shown. At their worst, checks take time with the square of the number of steps, so not much more.
pub(super) const MAX_TEXT: usize = 256 * 1024;

/// Nesting of lists and mappings. The deepest public runbook has 14; every recursion over a tree relies on it.
pub(super) const MAX_DEPTH: usize = 64;

/// Values in a document after alias expansion. 64 KB of text hold at most some 32,000; without a bound nine
/// lines of nested aliases expand to billions.
pub(super) const MAX_NODES: usize = 100_000;

/// Counts values and levels against the bounds.
#[derive(Debug, Default)]
pub(super) struct Budget {
    nodes: usize,
}

impl Budget {
    pub(super) fn spend(&mut self, nodes: usize, path: &str, place: Place) -> Result<(), Draft> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the document has more than {MAX_NODES} values once its aliases are expanded");
        let mut draft = Draft::error("alias-expansion", path, place, message);
        draft.hint = Some("write out what is meant, without nested aliases".to_owned());
        Err(draft)
    }
}

pub(super) fn check_depth(depth: usize, path: &str, place: Place) -> Result<(), Draft> {
    if depth <= MAX_DEPTH {
        return Ok(());
    }
    Err(Draft::error("nesting", path, place, format!("nested deeper than {MAX_DEPTH} levels")))
}
