//! Follows the functions' logs while they are written.
//!
//! Comes in: log files, some of which may not be there yet. Goes out: Kintsugi's lines in the order of their times.
//! Never: half a line; what has no end yet waits for its end.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use super::line::Line;

/// Files and how far each was read.
#[derive(Debug)]
pub(crate) struct Follower {
    logs: Vec<(PathBuf, u64)>,
}

impl Follower {
    /// From the end of what is written by now.
    pub(crate) fn from_now(logs: impl IntoIterator<Item = PathBuf>) -> Self {
        let length = |log: &PathBuf| log.metadata().map_or(0, |metadata| metadata.len());
        Self { logs: logs.into_iter().map(|log| (log.clone(), length(&log))).collect() }
    }

    /// What was written since the last look, oldest first.
    pub(crate) fn lines(&mut self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for (log, read) in &mut self.logs {
            let text = whole_lines(log, *read).unwrap_or_default();
            *read += text.len() as u64;
            lines.extend(String::from_utf8_lossy(&text).lines().filter_map(Line::read));
        }
        lines.sort_by_key(|line| line.timestamp);
        lines
    }
}

fn whole_lines(log: &PathBuf, from: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    text.truncate(end);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn line(time: &str, message: &str) -> String {
        format!(
            r#"{{"timestamp":"2026-11-22T10:00:{time}Z","message":"{message}","phase":"guard","target":"kintsugi"}}"#
        )
    }

    #[test]
    fn lines_of_two_logs_come_in_the_order_of_their_times_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let logs = ["a", "b"].map(|name| folder.path().join(name));
        std::fs::write(&logs[0], format!("{}\n", line("00", "before"))).unwrap();
        let mut follower = Follower::from_now(logs.clone());
        let mut a = File::options().append(true).open(&logs[0]).unwrap();
        let mut b = File::create(&logs[1]).unwrap();
        writeln!(a, "{}", line("02", "second")).unwrap();
        writeln!(b, "noise\n{}", line("01", "first")).unwrap();
        let half = line("03", "third");
        write!(b, "{}", &half[..20]).unwrap();
        let said = |lines: Vec<Line>| lines.into_iter().map(|line| line.message).collect::<Vec<_>>();
        assert_eq!(said(follower.lines()), ["first", "second"]);
        writeln!(b, "{}", &half[20..]).unwrap();
        assert_eq!(said(follower.lines()), ["third"]);
        assert!(follower.lines().is_empty());
    }
}
