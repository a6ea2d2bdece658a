//! What the exit code says. The numbers are API: scripts branch on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: as asked. For a run: Success, nothing less.
    Done,
    /// 1: the runbook has errors, cannot run here, or its run did not end in Success.
    NotDone,
    /// 2: the command could not be begun: usage, an unreadable file, no credentials, no consent. Nothing was changed.
    NotBegun,
    /// 3: the run waits for a person. It can be resumed.
    Waits,
    /// 130: left at once by a second Ctrl-C. The run can be resumed.
    Left,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotDone => 1,
            Self::NotBegun => 2,
            Self::Waits => 3,
            Self::Left => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
