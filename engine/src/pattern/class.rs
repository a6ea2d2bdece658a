//! Where in a character class a pattern is, and what a hyphen means there.
//!
//! Comes in: the class's parts, in order. Goes out: the same class in our spelling.
//! Never: the meaning of an escape.

/// Where in a character class we are.
#[derive(Debug, Default)]
pub(super) struct Class {
    pub(super) depth: usize,
    /// Nothing but `[` or `[^` yet.
    pub(super) fresh: bool,
    /// What stands before can begin a range.
    can_begin: bool,
    /// A range's hyphen has just been written.
    in_range: bool,
}

impl Class {
    pub(super) fn open(&mut self, out: &mut String) {
        out.push('[');
        *self = Self { depth: self.depth + 1, fresh: true, ..Self::default() };
    }

    pub(super) fn close(&mut self, out: &mut String) {
        out.push(']');
        *self = Self { depth: self.depth - 1, ..Self::default() };
    }

    pub(super) fn plain(&mut self, text: &str, out: &mut String) {
        out.push_str(text);
        self.can_begin = !self.in_range;
        self.in_range = false;
        self.fresh = false;
    }

    pub(super) fn set(&mut self, text: &str, out: &mut String) {
        out.push_str(text);
        self.can_begin = false;
        self.in_range = false;
        self.fresh = false;
    }

    pub(super) fn hyphen(&mut self, out: &mut String, next: Option<char>, after: Option<char>) {
        let set_follows = next == Some('\\') && after.is_some_and(|c| "wWdDsShHvVpP".contains(c));
        if self.can_begin && !matches!(next, None | Some(']' | '[')) && !set_follows {
            out.push('-');
            self.in_range = true;
            self.can_begin = false;
        } else {
            self.plain(r"\-", out);
        }
    }
}
