//! One pure part, once, for callgrind: what is counted is what happens inside of `measured`.
//!
//! usage: pure PART
//!
//! Comes in: the name of a part. Goes out: a number that depends on its work. Never: preparation inside of `measured`.

use std::hint::black_box;

use perf::pure::{self, Trouble};
use perf::{documents, fleet, root};
use tokio::runtime::Builder;

type Work = Box<dyn FnMut() -> Result<usize, Trouble>>;

/// The parts, by name.
const PARTS: [&str; 9] = [
    "parse-runbooks",
    "parse-50-steps",
    "validate-50-steps",
    "run-50-steps",
    "recognise-100-events",
    "read-bindings",
    "open-models",
    "call-first",
    "call-100-instances",
];

fn main() -> Result<(), Trouble> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(mut work) = work(&name)? else {
        println!("{}", PARTS.join("\n"));
        return Ok(());
    };
    println!("{name}: {}", measured(&mut work)?);
    Ok(())
}

/// callgrind counts from here on, until it returns.
#[inline(never)]
fn measured(work: &mut Work) -> Result<usize, Trouble> {
    black_box(work())
}

fn work(name: &str) -> Result<Option<Work>, Trouble> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let text = documents::document(50);
    let parsed = pure::parse(&text)?;
    Ok(Some(match name {
        "parse-runbooks" => {
            let texts = runbooks()?;
            Box::new(move || texts.iter().map(|text| Ok(pure::parse(text)?.steps.len())).sum())
        }
        "parse-50-steps" => Box::new(move || Ok(pure::parse(&text)?.steps.len())),
        "validate-50-steps" => Box::new(move || Ok(pure::validate(&parsed))),
        "run-50-steps" => Box::new(move || pure::run(&runtime, &parsed)),
        "recognise-100-events" => {
            let (events, bindings) = (fleet::alarms(100), pure::bindings());
            Box::new(move || pure::recognise(&events, &bindings))
        }
        "read-bindings" => Box::new(|| Ok(pure::bindings().len())),
        "open-models" => Box::new(|| pure::client(1).map(|_| 1)),
        "call-first" => {
            let client = pure::client(1)?;
            Box::new(move || pure::call(&runtime, &client))
        }
        "call-100-instances" => {
            let client = pure::client(100)?;
            pure::call(&runtime, &client)?;
            Box::new(move || pure::call(&runtime, &client))
        }
        _ => return Ok(None),
    }))
}

/// All of the catalogue's runbooks.
fn runbooks() -> Result<Vec<String>, Trouble> {
    let mut paths: Vec<_> = std::fs::read_dir(root().join("runbooks"))?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".yaml") && !name.ends_with(".cases.yaml") && name != "bindings.yaml" && name != "resources.yaml"
    });
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read_to_string(path)?)).collect()
}
