//! Lambda's runtime API, by cargo-lambda: where function binaries fetch their invocations.
//!
//! Comes in: the functions' names. Goes out: a folder that cargo-lambda accepts as a package, and its arguments.
//! Never: a build. cargo-lambda only serves names that are binaries of the package it stands in, so it is given
//! a package that names them and is never compiled.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::StackError;

/// Writes the package and completes the command.
pub(crate) fn prepare(command: &mut Command, port: u16, names: &[String], run: &Path) -> Result<(), StackError> {
    let folder = run.join("runtime-api");
    write(&folder.join("src"), "main.rs", "fn main() {}\n")?;
    write(&folder, "Cargo.toml", &manifest(names))?;
    command.args(["watch", "--only-lambda-apis", "--ignore-changes", "--color", "never"]);
    command.args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    // Should cargo-lambda ever run cargo after all, it must not overwrite binaries in the user's target folder.
    command.env("CARGO_TARGET_DIR", folder.join("target"));
    command.current_dir(folder);
    Ok(())
}

fn manifest(names: &[String]) -> String {
    let package = "[package]\nname = \"functions\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    let bins = names.iter().map(|name| format!("\n[[bin]]\nname = \"{name}\"\npath = \"src/main.rs\"\n"));
    std::iter::once(package.to_owned()).chain(bins).collect()
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), StackError> {
    let path: PathBuf = folder.join(name);
    let fault = |source| StackError::File { path: path.clone(), source };
    std::fs::create_dir_all(folder).map_err(fault)?;
    std::fs::write(&path, text).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_names_every_function_as_a_binary() {
        let text = manifest(&["resize".to_owned(), "ticket".to_owned()]);
        assert_eq!(text.matches("[[bin]]").count(), 2);
        assert!(text.contains("name = \"resize\"") && text.contains("name = \"ticket\""), "{text}");
    }
}
