//! Numbered lines in blocks: the operations or the shapes of one service.
//!
//! Comes in: where the blocks lie, and what reads them.
//! Goes out: single lines; a block is read when a line of it is first wanted, and kept.
//! Never: a block that nobody asked for.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

/// Where an entry of the pack lies.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) length: usize,
    pub(crate) size: usize,
}

/// What reads the entries of a pack.
pub(crate) trait Entries: fmt::Debug + Send + Sync {
    /// The entry's text, inflated.
    fn text(&self, place: Place) -> io::Result<String>;
}

/// Some lines that follow each other.
#[derive(Debug, Deserialize)]
pub(crate) struct Block {
    first: usize,
    place: Place,
    #[serde(skip)]
    text: OnceLock<Text>,
}

/// An inflated block and where its lines begin.
#[derive(Debug)]
struct Text {
    text: String,
    starts: Vec<u32>,
}

/// All lines of one kind.
#[derive(Debug)]
pub(crate) struct Lines {
    entries: Arc<dyn Entries>,
    blocks: Vec<Block>,
}

impl Lines {
    pub(crate) fn new(entries: Arc<dyn Entries>, blocks: Vec<Block>) -> Self {
        Self { entries, blocks }
    }

    /// The line of this number; empty if there is none.
    pub(crate) fn line(&self, number: usize) -> io::Result<&str> {
        let after = self.blocks.partition_point(|block| block.first <= number);
        let Some(block) = after.checked_sub(1).and_then(|at| self.blocks.get(at)) else { return Ok("") };
        let text = match block.text.get() {
            Some(text) => text,
            None => {
                let text = Text::new(self.entries.text(block.place)?);
                block.text.get_or_init(|| text)
            }
        };
        Ok(text.line(number - block.first))
    }
}

impl Text {
    fn new(text: String) -> Self {
        // Blocks are some 64 KB long, and a first call reads twenty: this looks at words, not at bytes.
        let ends = text.match_indices('\n');
        let starts = std::iter::once(0).chain(ends.map(|(end, _)| u32::try_from(end + 1).unwrap_or(u32::MAX)));
        Self { starts: starts.collect(), text }
    }

    fn line(&self, number: usize) -> &str {
        let start = |number: usize| self.starts.get(number).map(|start| *start as usize);
        let Some(from) = start(number) else { return "" };
        let to = start(number + 1).map_or(self.text.len(), |next| next - 1);
        self.text.get(from..to).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Three blocks of two lines, and which of them were read.
    #[derive(Debug, Default)]
    struct Three(Mutex<Vec<u64>>);

    impl Entries for Three {
        fn text(&self, place: Place) -> io::Result<String> {
            self.0.lock().unwrap().push(place.at);
            Ok(format!("{}a\n{}b", place.at, place.at))
        }
    }

    #[test]
    fn a_line_is_found_in_its_block_and_the_block_is_read_once() {
        let entries = Arc::new(Three::default());
        let blocks = (0..3).map(|at| Block {
            first: at * 2,
            place: Place { at: at as u64, length: 0, size: 0 },
            text: OnceLock::new(),
        });
        let lines = Lines::new(entries.clone(), blocks.collect());
        for (number, line) in [(4, "2a"), (5, "2b"), (0, "0a"), (1, "0b"), (6, ""), (4, "2a")] {
            assert_eq!(lines.line(number).unwrap(), line);
        }
        assert_eq!(*entries.0.lock().unwrap(), [2, 0], "the block in the middle was not wanted");
    }
}
