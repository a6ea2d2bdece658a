//! The demo as a person runs it: it ends well, it fits a screen, and Ctrl-C leaves nothing behind.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tests::local::{Tested, with_counterparts};

fn demo() -> Result<Option<Command>, Box<dyn Error>> {
    Ok(with_counterparts("demo")?.map(|(demo, folder)| {
        let mut command = Command::new(demo);
        command.arg("--binaries").arg(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }))
}

#[test]
fn the_demo_ends_well_and_every_line_fits_a_hundred_columns() -> Tested {
    let Some(mut command) = demo()? else { return Ok(()) };
    let run = command.output()?;
    let text = String::from_utf8(run.stdout)?;
    assert!(run.status.success(), "{text}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(text.contains("Everything is as claimed"), "{text}");
    assert!(!text.contains('\u{1b}'), "colours in a pipe\n{text}");
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    Ok(())
}

/// A demo that has come to its first act, everything that runs for it, and its folder.
struct Shown {
    demo: Child,
    descendants: BTreeSet<u32>,
    folder: PathBuf,
}

fn until_the_first_act(mut command: Command) -> Result<Shown, Box<dyn Error>> {
    let mut demo = command.spawn()?;
    let out = demo.stdout.take().ok_or("no output")?;
    let mut folder = None;
    for line in BufReader::new(out).lines() {
        let line = line?;
        folder = folder.or(line.split_once("logs while it runs: ").map(|(_, path)| PathBuf::from(path)));
        if line.starts_with("1  Observe") {
            let descendants = descendants(demo.id())?;
            return Ok(Shown { demo, descendants, folder: folder.ok_or("no folder was named")? });
        }
    }
    Err("the demo ended before its first act".into())
}

/// Pid, parent and state of every process; one that is dead and only waits to be collected is not counted.
fn processes() -> Result<Vec<(u32, u32)>, Box<dyn Error>> {
    let ps = Command::new("ps").args(["-e", "-o", "pid=,ppid=,stat="]).output()?;
    let mut processes = Vec::new();
    for line in String::from_utf8(ps.stdout)?.lines() {
        let mut words = line.split_whitespace();
        let (Some(pid), Some(parent), Some(state)) = (words.next(), words.next(), words.next()) else { continue };
        if !state.starts_with('Z') {
            processes.push((pid.parse()?, parent.parse()?));
        }
    }
    Ok(processes)
}

fn descendants(of: u32) -> Result<BTreeSet<u32>, Box<dyn Error>> {
    let all = processes()?;
    let mut found = BTreeSet::from([of]);
    loop {
        let before = found.len();
        found.extend(all.iter().filter(|(_, parent)| found.contains(parent)).map(|(pid, _)| *pid).collect::<Vec<_>>());
        if found.len() == before {
            found.remove(&of);
            return Ok(found);
        }
    }
}

fn left_after(shown: &Shown, patience: Duration) -> Result<Vec<u32>, Box<dyn Error>> {
    let end = Instant::now() + patience;
    loop {
        let running: BTreeSet<u32> = processes()?.into_iter().map(|(pid, _)| pid).collect();
        let left: Vec<u32> = shown.descendants.intersection(&running).copied().collect();
        if left.is_empty() || Instant::now() > end {
            return Ok(left);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn signal(name: &str, demo: &Child) -> Tested {
    let sent = Command::new("kill").args([format!("-{name}"), demo.id().to_string()]).status()?;
    if sent.success() { Ok(()) } else { Err(format!("cannot send {name}").into()) }
}

#[test]
fn ctrl_c_leaves_nothing_running_and_no_folder() -> Tested {
    let Some(command) = demo()? else { return Ok(()) };
    let mut shown = until_the_first_act(command)?;
    // moto, the durable runner, the runtime API, the functions, and the shell that watches over each.
    assert!(shown.descendants.len() >= 12, "{:?}", shown.descendants);
    signal("INT", &shown.demo)?;
    assert_eq!(shown.demo.wait()?.code(), Some(130));
    assert_eq!(left_after(&shown, Duration::from_secs(5))?, <[u32; 0]>::default());
    assert!(!Path::new(&shown.folder).exists(), "{} is left", shown.folder.display());
    Ok(())
}

#[test]
fn even_a_demo_that_is_killed_leaves_nothing_running() -> Tested {
    let Some(command) = demo()? else { return Ok(()) };
    let mut shown = until_the_first_act(command)?;
    signal("KILL", &shown.demo)?;
    shown.demo.wait()?;
    let left = left_after(&shown, Duration::from_secs(5))?;
    // The next run sweeps up after one that was killed, and may have been faster.
    match std::fs::remove_dir_all(&shown.folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    assert_eq!(left, <[u32; 0]>::default());
    Ok(())
}
