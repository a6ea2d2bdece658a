//! The checkout's files, and Cargo's view of its crates.
//!
//! Comes in: paths relative to the checkout's root. Goes out: text, lists of files, `cargo metadata` as JSON.
//! Never: a network call; Cargo is asked offline.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The checkout's root folder.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The text of one file.
///
/// # Errors
/// It cannot be read; the message names it.
pub fn text(path: impl AsRef<Path>) -> io::Result<String> {
    let path = root().join(path);
    std::fs::read_to_string(&path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// Names of the folders directly below `folder`, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn folders(folder: &str) -> io::Result<Vec<String>> {
    let mut names = vec![];
    for entry in std::fs::read_dir(root().join(folder))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Every file below `folder` whose name ends in `.ext`, relative to the root, sorted. Folders that hold no source of
/// ours (`target`, those that begin with a dot) are left out.
///
/// # Errors
/// A folder cannot be read.
pub fn files(folder: &str, ext: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![];
    collect(&root().join(folder), ext, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, ext: &str, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, ext, found)?;
            }
        } else if path.extension().is_some_and(|found| found == ext) {
            found.push(path.strip_prefix(root()).map(Path::to_owned).unwrap_or(path));
        }
    }
    Ok(())
}

/// What Cargo knows of the workspace's crates and of all they depend on.
///
/// # Errors
/// Cargo does not run, or its answer is not JSON; the message holds what it said.
pub fn cargo_metadata() -> io::Result<Value> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--offline", "--locked"]).current_dir(root());
    let answer = command.output()?;
    if !answer.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&answer.stderr).into_owned()));
    }
    serde_json::from_slice(&answer.stdout).map_err(io::Error::other)
}

/// Each package with its version and the features it is compiled with, when dependencies over these `edges` count
/// (`normal,build`, or with `,dev` as for tests).
///
/// # Errors
/// Cargo does not run; the message holds what it said.
pub fn features(edges: &str) -> io::Result<BTreeSet<String>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["tree", "--workspace", "--offline", "--locked", "--prefix", "none"]);
    let answer = command.args(["--edges", edges, "--format", "{p} {f}"]).current_dir(root()).output()?;
    if !answer.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&answer.stderr).into_owned()));
    }
    let lines = String::from_utf8_lossy(&answer.stdout).into_owned();
    Ok(lines.lines().map(|line| line.trim_end_matches(" (*)").trim().to_owned()).collect())
}
