//! What the demo writes: calm lines of at most a hundred columns.
//!
//! Comes in: words and where they belong. Goes out: text on standard output, coloured only for a person at a terminal
//! who has not set NO_COLOR. Never: a cursor movement; the output reads the same in a file.

use std::io::{IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

/// The widest line.
pub(crate) const WIDTH: usize = 100;
/// Where the text of a narrated line begins: two blanks, time, execution, phase.
const INDENT: usize = 29;

/// How a word looks to those who see colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// The name of the thing, and what was mended.
    Gold,
    /// Headings.
    Bold,
    /// What may be skipped.
    Dim,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gold => "38;5;178",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Bad => "31",
        }
    }
}

/// One line of what happens: when, in which execution, which phase, and the words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// Seconds since the event.
    pub(crate) at: f64,
    /// Which of several executions of the same event, from 1; nothing for what no function did.
    pub(crate) execution: Option<usize>,
    pub(crate) phase: String,
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// Where the demo writes.
pub(crate) struct Screen {
    out: Mutex<Box<dyn Write + Send>>,
    colour: bool,
}

impl Screen {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        #[expect(clippy::disallowed_methods, reason = "NO_COLOR is a convention of terminals, not a setting of ours")]
        let refused = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
        let colour = std::io::stdout().is_terminal() && !refused;
        Self { out: Mutex::new(Box::new(std::io::stdout())), colour }
    }

    /// An empty line.
    pub(crate) fn gap(&self) {
        self.write("");
    }

    /// The name of it all.
    pub(crate) fn title(&self, name: &str, rest: &str) {
        let name_painted = self.paint(Style::Gold, name);
        let rest = self.paint(Style::Dim, &pad_left(rest, WIDTH.saturating_sub(name.chars().count())));
        self.write(&format!("{name_painted}{rest}"));
    }

    /// The beginning of a part.
    pub(crate) fn heading(&self, text: &str) {
        self.gap();
        self.write(&self.paint(Style::Bold, text));
    }

    /// Words of explanation.
    pub(crate) fn say(&self, style: Style, text: &str) {
        for line in wrap(text, WIDTH - 2) {
            self.write(&format!("  {}", self.paint(style, &line)));
        }
    }

    /// One line of what happens; long words go on below, aligned.
    pub(crate) fn tell(&self, told: &Told) {
        let execution = told.execution.map(|number| format!("#{number}")).unwrap_or_default();
        let head = format!("  {:>7.2}  {execution:<3} {:<12}", told.at, told.phase);
        let head = format!("{head:<INDENT$}");
        let lines = told.text.lines().flat_map(|line| wrap(line, WIDTH - INDENT));
        for (index, line) in lines.enumerate() {
            let head = if index == 0 { self.paint(Style::Dim, &head) } else { " ".repeat(INDENT) };
            self.write(&format!("{head}{}", self.paint(told.style, &line)));
        }
    }

    /// A plan's lines, their columns kept; what is too long goes on below its last column.
    pub(crate) fn plan(&self, lines: &[String]) {
        for line in lines {
            let hang = last_column(line);
            for (index, part) in broken(line, WIDTH - 2, hang).iter().enumerate() {
                self.write(&format!("  {}{part}", " ".repeat(if index == 0 { 0 } else { hang })));
            }
        }
    }

    /// Whether something that was claimed is so.
    pub(crate) fn check(&self, held: bool, text: &str) {
        let (mark, style) = if held { ("ok ", Style::Good) } else { ("NOT", Style::Bad) };
        for (index, line) in wrap(text, WIDTH - 7).iter().enumerate() {
            let mark = if index == 0 { self.paint(style, mark) } else { "   ".to_owned() };
            self.write(&format!("  {mark}  {line}"));
        }
    }

    /// A table; every column as wide as its widest cell, and when that is too wide, the widest columns cut.
    pub(crate) fn table(&self, rows: &[Vec<String>]) {
        let widths = widths(rows);
        for (index, row) in rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{:<width$}", cut(cell, *width)));
            let line = cells.collect::<Vec<_>>().join("  ");
            let style = if index == 0 { Style::Dim } else { Style::Plain };
            self.write(&format!("  {}", self.paint(style, line.trim_end())));
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour && style != Style::Plain {
            format!("\u{1b}[{}m{text}\u{1b}[0m", style.code())
        } else {
            text.to_owned()
        }
    }

    fn write(&self, line: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever closed our output (`| head`) does not want to read more; the account is checked all the same.
        let _closed = writeln!(out, "{}", line.trim_end()).and_then(|()| out.flush());
    }
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or_default()).collect();
    // Two blanks before every column.
    while widths.iter().map(|width| width + 2).sum::<usize>() > WIDTH {
        let Some(widest) = widths.iter_mut().max() else { break };
        *widest = widest.saturating_sub(1);
    }
    widths
}

/// Where a plan's fourth column begins (number, step, kind, call); its third where the step has no number.
fn last_column(line: &str) -> usize {
    let mut starts = Vec::new();
    let mut blanks = 2;
    for (at, character) in line.chars().enumerate() {
        if character == ' ' {
            blanks += 1;
            continue;
        }
        // A number may have four digits: one blank is enough behind it.
        let after_number = starts.len() == 1 && blanks > 0 && line.starts_with(|c: char| c.is_ascii_digit());
        if blanks >= 2 || after_number {
            starts.push(at);
        }
        blanks = 0;
    }
    let column = if line.starts_with(|c: char| c.is_ascii_digit()) { 3 } else { 2 };
    starts.get(column).copied().unwrap_or(4)
}

/// A line in parts, broken at blanks; every part after the first has `hang` columns less.
fn broken(line: &str, width: usize, hang: usize) -> Vec<String> {
    let mut rest: Vec<char> = line.chars().collect();
    let mut parts = Vec::new();
    let mut room = width;
    while rest.len() > room {
        let at = rest[..=room].iter().rposition(|c| *c == ' ').filter(|at| *at > hang.min(room / 2)).unwrap_or(room);
        let tail = rest.split_off(at);
        parts.push(rest.into_iter().collect::<String>().trim_end().to_owned());
        rest = tail.into_iter().skip_while(|c| *c == ' ').collect();
        room = width.saturating_sub(hang).max(20);
    }
    parts.push(rest.into_iter().collect());
    parts
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

/// At most `width` characters; an ellipsis says that there was more.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Lines of at most `width` characters, broken between words; a longer word is cut. What fits stays as it is.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word = cut(word, width);
        let Some(line) = lines.last_mut() else { break };
        let needed = line.chars().count() + usize::from(!line.is_empty()) + word.chars().count();
        if needed > width {
            lines.push(word);
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, mpsc};

    struct Pipe(mpsc::Sender<u8>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            bytes.iter().for_each(|byte| self.0.send(*byte).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(colour: bool, act: impl FnOnce(&Screen)) -> String {
        let (sender, receiver) = mpsc::channel();
        let screen = Arc::new(Screen { out: Mutex::new(Box::new(Pipe(sender))), colour });
        act(&screen);
        drop(screen);
        String::from_utf8(receiver.iter().collect()).unwrap()
    }

    fn told(text: &str) -> Told {
        Told { at: 1.234, execution: Some(1), phase: "guard".into(), text: text.into(), style: Style::Good }
    }

    #[test]
    fn a_long_line_goes_on_below_its_own_text() {
        let text = written(false, |screen| screen.tell(&told(&"word ".repeat(30))));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(lines[0].starts_with("     1.23  #1  guard"), "{text}");
        assert_eq!(lines[1].find("word"), Some(INDENT));
    }

    #[test]
    fn a_plans_columns_stay_and_what_is_too_long_goes_on_below_the_last() {
        let call = format!("ec2:StopInstances  {}", "InstanceIds i-0 ".repeat(6));
        let plan = [format!("3   stopInstance  write   {call}"), format!("    restoreType   write   {call}")];
        let text = written(false, |screen| screen.plan(&plan));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(lines[0].find("ec2:"), lines[1].find("InstanceIds"));
        assert_eq!(lines[2].find("ec2:"), lines[3].find("InstanceIds"));
    }

    #[test]
    fn colour_is_only_for_those_who_want_it() {
        assert!(!written(false, |screen| screen.tell(&told("yes"))).contains('\u{1b}'));
        assert!(written(true, |screen| screen.tell(&told("yes"))).contains("\u{1b}[32myes\u{1b}[0m"));
    }

    #[test]
    fn a_tables_columns_line_up_and_the_widest_is_cut() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["what", "done", "took"]), row(["a longer one", &"x".repeat(200), "1 s"])];
        let text = written(false, |screen| screen.table(&rows));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  what          done"), "{text}");
        assert!(lines[1].ends_with("…  1 s"), "{text}");
        assert_eq!(lines[0].chars().count(), WIDTH);
    }
}
