//! One child process that cannot outlive us.
//!
//! Comes in: a command and a log file. Goes out: a running [`Process`].
//! Never: a process left behind. Each child runs in a process group of its own under a few lines of shell that hold
//! the read end of a pipe; when our end closes (drop, panic, Ctrl-C, even `kill -9` of ourselves), the shell kills
//! the whole group.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use super::error::StackError;

/// Runs "$@" until it ends or until standard input closes; then the whole process group is killed, this shell
/// included. The command itself sees an empty standard input.
const WATCHDOG: &str = r#"
exec 3<&0 0</dev/null
"$@" 3<&- &
main=$!
{ read -r _ <&3; kill -KILL 0; } &
watch=$!
exec 3<&-
wait "$main"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
"#;

/// How much of a log's end is shown when a process fails.
const TAIL_BYTES: u64 = 4096;
const TAIL_LINES: usize = 15;

/// A child process with its log; killed with everything it started when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts `command` (its program, arguments, environment and folder count) and appends what it prints to `log`.
    pub(crate) fn start(name: &str, command: &Command, log: &Path) -> Result<Self, StackError> {
        Self::spawn(name, watched(command), log)
    }

    /// The same in an empty environment, but for what `command` sets.
    pub(crate) fn start_alone(name: &str, command: &Command, log: &Path) -> Result<Self, StackError> {
        let mut watched = watched(command);
        let set = command.get_envs().filter_map(|(key, value)| Some((key, value?)));
        watched.env_clear().envs(set);
        Self::spawn(name, watched, log)
    }

    fn spawn(name: &str, mut watched: Command, log: &Path) -> Result<Self, StackError> {
        let spawn = |source| StackError::Spawn { name: name.to_owned(), source };
        let out = File::options().create(true).append(true).open(log).map_err(spawn)?;
        let err = out.try_clone().map_err(spawn)?;
        let mut child = watched.stdout(out).stderr(err).spawn().map_err(spawn)?;
        let lifeline = child.stdin.take();
        Ok(Self { name: name.to_owned(), child, lifeline, log: log.to_owned() })
    }

    /// The process's name in the stack.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// An error with the last lines of the log when the process has ended.
    pub(crate) fn check(&mut self) -> Result<(), StackError> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.exited(status)),
            Err(source) => Err(StackError::Spawn { name: self.name.clone(), source }),
        }
    }

    /// SIGKILL to the process and to everything it started; returns when they are gone.
    pub(crate) fn kill(&mut self) {
        self.lifeline = None;
        // The watchdog dies with its group, so this returns at once; an error means that it was gone already.
        let _ended = self.child.wait();
    }

    /// The last lines of the log, indented, for an error message.
    pub(crate) fn tail(&self) -> String {
        read_tail(&self.log).unwrap_or_default()
    }

    fn exited(&self, status: ExitStatus) -> StackError {
        StackError::Exited { name: self.name.clone(), status: status.to_string(), tail: self.tail() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `command` under the watchdog: same arguments, environment and folder.
fn watched(command: &Command) -> Command {
    let mut watched = Command::new("/bin/sh");
    watched.arg("-c").arg(WATCHDOG).arg("watchdog").arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => watched.env(key, value),
            None => watched.env_remove(key),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        watched.current_dir(folder);
    }
    watched.stdin(Stdio::piped()).process_group(0);
    watched
}

fn read_tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)).map(|line| format!("  | {line}"));
    Ok(shown.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// Whether the process runs; one that is dead and only waits to be collected does not.
    fn alive(pid: &str) -> bool {
        let ps = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
        let state = String::from_utf8(ps.stdout).unwrap();
        !state.trim().is_empty() && !state.starts_with('Z')
    }

    fn eventually(mut what: impl FnMut() -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if what() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    #[test]
    fn a_dropped_process_takes_its_own_children_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let process = Process::start("sleeper", &shell("sleep 300 & echo $!; wait"), &log).unwrap();
        assert!(eventually(|| std::fs::read_to_string(&log).is_ok_and(|text| text.ends_with('\n'))));
        let grandchild = std::fs::read_to_string(&log).unwrap().trim().to_owned();
        assert!(alive(&grandchild));
        drop(process);
        assert!(eventually(|| !alive(&grandchild)));
    }

    #[test]
    fn a_process_that_ends_by_itself_is_told_with_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo the port is taken; exit 3";
        let mut process = Process::start("loser", &shell(script), &folder.path().join("log")).unwrap();
        let mut seen = None;
        assert!(eventually(|| {
            seen = process.check().err();
            seen.is_some()
        }));
        let text = seen.unwrap().to_string();
        assert!(text.contains("loser ended by itself (exit status: 3)"), "{text}");
        assert!(text.contains("| the port is taken"), "{text}");
    }

    #[test]
    fn the_command_keeps_its_arguments_environment_and_folder() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = shell("printf '%s/' \"$GREETING\"; basename \"$PWD\"");
        command.env("GREETING", "good day").current_dir(folder.path());
        let _process = Process::start("speaker", &command, &log).unwrap();
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        assert!(eventually(|| std::fs::read_to_string(&log).is_ok_and(|text| text == format!("good day/{name}\n"))));
    }
}
