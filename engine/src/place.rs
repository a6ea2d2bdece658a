//! Where in the text each part of a document stands.
//!
//! Comes in: JSON pointers with line and column, from the parsers. Goes out: the place of a pointer.
//! Never: the parts themselves; the tree is plain JSON and this is the index beside it.

use std::collections::BTreeMap;

/// A position in the document's text, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Place {
    /// The very beginning.
    pub const START: Self = Self { line: 1, column: 1 };

    pub(crate) fn from_zero_based_column(line: usize, column: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: clamp(line.max(1)), column: clamp(column.saturating_add(1)) }
    }
}

/// The places of all values and of all mapping keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    values: BTreeMap<String, Place>,
    keys: BTreeMap<String, Place>,
}

impl Places {
    pub(crate) fn put_value(&mut self, pointer: &str, place: Place) {
        self.values.insert(pointer.to_owned(), place);
    }

    pub(crate) fn put_key(&mut self, pointer: &str, place: Place) {
        self.keys.insert(pointer.to_owned(), place);
    }

    pub(crate) fn move_all(&mut self, to: &impl Fn(Place) -> Place) {
        for place in self.values.values_mut().chain(self.keys.values_mut()) {
            *place = to(*place);
        }
    }

    /// The place of a value; of the nearest enclosing one if it has none (it came from an alias).
    pub(crate) fn value(&self, pointer: &str) -> Place {
        let mut rest = pointer;
        loop {
            if let Some(place) = self.values.get(rest) {
                return *place;
            }
            match rest.rfind('/') {
                Some(cut) => rest = &rest[..cut],
                None => return Place::START,
            }
        }
    }

    /// The place of a mapping's key; of its value if it has none.
    pub(crate) fn key(&self, pointer: &str) -> Place {
        self.keys.get(pointer).copied().unwrap_or_else(|| self.value(pointer))
    }
}

/// `parent` with one more segment, escaped as RFC 6901 says.
pub(crate) fn child(parent: &str, segment: &str) -> String {
    format!("{parent}/{}", segment.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_without_a_place_takes_its_nearest_ancestors() {
        let mut places = Places::default();
        places.put_value("/a", Place { line: 3, column: 5 });
        assert_eq!(places.value("/a/b/0"), Place { line: 3, column: 5 });
        assert_eq!(places.value("/z"), Place::START);
    }

    #[test]
    fn a_slash_in_a_key_is_escaped() {
        assert_eq!(child("/a", "b/c~d"), "/a/b~1c~0d");
    }
}
