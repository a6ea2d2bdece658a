//! What of `runbooks/` is part of the binary.
//!
//! Comes in: the files there. Goes out: a list of the runbooks, each in it by being there; and the tables that every start of a
//! function reads, as JSON, which takes it a fraction of the time. Never: an opinion about them; tests have those.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::{fs, io};

use engine::yaml::Yaml;

const TABLES: [&str; 2] = ["bindings", "resources"];
/// Neither a runbook nor read at every start.
const OTHER: &str = "ssm-documents";

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, out) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks"), out()?);
    println!("cargo::rerun-if-changed={}", folder.display());
    fs::write(Path::new(&out).join("runbooks.rs"), list(&folder)?)?;
    for table in TABLES {
        fs::write(Path::new(&out).join(format!("{table}.json")), json(&folder, table)?)?;
    }
    Ok(())
}

/// A list of names and texts, as Rust has it.
fn list(folder: &Path) -> io::Result<String> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(runbook(&entry?.file_name().to_string_lossy())));
    let names: io::Result<BTreeSet<Option<String>>> = names.collect();
    let rows: String = names?.iter().flatten().map(|name| row(name)).collect();
    Ok(format!("&[\n{rows}]\n"))
}

fn runbook(file: &str) -> Option<String> {
    let name = file.strip_suffix(".yaml")?;
    (!name.contains('.') && !TABLES.contains(&name) && name != OTHER).then(|| name.to_owned())
}

fn row(name: &str) -> String {
    format!("    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../runbooks/{name}.yaml\"))),\n")
}

fn json(folder: &Path, table: &str) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join(format!("{table}.yaml")))?;
    let yaml = Yaml::read(&text).map_err(|error| format!("runbooks/{table}.yaml: {error}"))?;
    Ok(yaml.value().to_string())
}

#[expect(clippy::disallowed_methods, reason = "cargo says it this way only")]
fn out() -> io::Result<String> {
    std::env::var("OUT_DIR").map_err(io::Error::other)
}
