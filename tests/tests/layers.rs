//! The plan of the house, held: who may know whom, how a room is furnished, how tall a file may be.
//!
//! Read from `cargo metadata` and the files themselves, so that it fails when the plan is broken, not when it is edited.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these helpers are part of tests, where a look that fails is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::checkout::{cargo_metadata, features, files, folders, text};
use tests::source::shipped;

/// Lines a file may have before its tests.
const TALLEST: usize = 400;
/// Lines that wiring may have.
const WIRING: usize = 40;

/// The arrows of docs/architecture.md, section Rooms. A function may know `shared` and `engine`, never a sibling.
fn may_depend_on(name: &str, functions: &[String]) -> Vec<&'static str> {
    match name {
        "engine" | "aws-api" | "event-pattern" => vec![],
        "shared" => vec!["engine", "aws-api", "event-pattern"],
        "cli" => vec!["shared", "engine", "aws-api"],
        "world" => vec!["engine", "aws-api", "event-pattern"],
        "bench" => vec!["engine", "aws-api", "perf"],
        "perf" => vec!["engine", "aws-api", "shared"],
        name if functions.iter().any(|function| function == name) => vec!["shared", "engine"],
        other => panic!("{other} is not in the plan: add it to docs/architecture.md and here"),
    }
}

fn packages(metadata: &Value) -> Vec<Value> {
    let members: BTreeSet<&str> = strings(&metadata["workspace_members"]).collect();
    let all = metadata["packages"].as_array().unwrap().iter();
    all.filter(|package| members.contains(package["id"].as_str().unwrap())).cloned().collect()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// Packages that `package` needs to be built and run, with everything they need; tests and their helpers left out.
fn needs(metadata: &Value, package: &str) -> BTreeSet<String> {
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let names: BTreeMap<&str, &str> =
        metadata["packages"].as_array().unwrap().iter().map(|p| (p["id"].as_str().unwrap(), name(p))).collect();
    let start = names.iter().find(|(_, name)| **name == package).unwrap().0;
    let (mut open, mut seen) = (vec![*start], BTreeSet::new());
    while let Some(id) = open.pop() {
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let for_real = dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev");
            let id = dependency["pkg"].as_str().unwrap();
            if for_real && seen.insert(id) {
                open.push(id);
            }
        }
    }
    seen.into_iter().map(|id| names[id].to_owned()).collect()
}

#[test]
fn every_crate_knows_only_the_rooms_the_plan_allows() {
    let metadata = cargo_metadata().unwrap();
    let packages = packages(&metadata);
    let rooms: BTreeSet<&str> = packages.iter().map(name).collect();
    let functions = folders("functions").unwrap();
    for package in packages.iter().filter(|package| name(package) != "tests") {
        let allowed = may_depend_on(name(package), &functions);
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        // What only tests need does not ship; any room may be tested in the local world.
        for dependency in dependencies.filter(|dependency| dependency["kind"] != "dev") {
            let to = dependency["name"].as_str().unwrap();
            assert!(!rooms.contains(to) || allowed.contains(&to), "{} must not know {to}", name(package));
        }
    }
}

#[test]
fn nothing_that_ships_needs_the_local_world() {
    let metadata = cargo_metadata().unwrap();
    for package in packages(&metadata).iter().filter(|package| !["world", "tests"].contains(&name(package))) {
        assert!(!needs(&metadata, name(package)).contains("world"), "{} needs world", name(package));
    }
}

#[test]
fn the_engine_knows_no_aws_no_network_and_no_runtime() {
    let metadata = cargo_metadata().unwrap();
    let foreign =
        |name: &str| name.starts_with("aws") || ["tokio", "hyper", "reqwest", "lambda_runtime"].contains(&name);
    let found: Vec<_> = needs(&metadata, "engine").into_iter().filter(|name| foreign(name)).collect();
    assert!(found.is_empty(), "the engine needs {found:?}");
}

#[test]
fn only_resize_on_cpu_alarm_pays_for_the_typed_ec2_crate() {
    let metadata = cargo_metadata().unwrap();
    let with_ec2 =
        packages(&metadata).into_iter().filter(|package| needs(&metadata, name(package)).contains("aws-sdk-ec2"));
    // `bench` measures beside it and never ships.
    let with_ec2 = with_ec2.filter(|package| name(package) != "bench");
    assert_eq!(with_ec2.map(|package| name(&package).to_owned()).collect::<Vec<_>>(), ["resize-on-cpu-alarm"]);
}

/// Else `make test` would compile the AWS SDK once more, with what a test's helper wants of some crate deep below it.
#[test]
fn tests_do_not_change_how_anything_that_ships_is_compiled() {
    let (built, tested) = (features("normal,build").unwrap(), features("normal,build,dev").unwrap());
    let otherwise: Vec<_> = built.difference(&tested).collect();
    assert!(otherwise.is_empty(), "compiled otherwise for tests; see tests/Cargo.toml: {otherwise:?}");
}

#[test]
fn every_crate_takes_versions_and_lints_from_the_workspace() {
    let metadata = cargo_metadata().unwrap();
    for package in packages(&metadata) {
        let manifest = text(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", name(&package));
        let mut section = "";
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            }
            let declares = section.ends_with("dependencies]") && line.contains('=') && !line.starts_with('#');
            let from_workspace = line.contains(".workspace = true") || line.contains("workspace = true");
            assert!(!declares || from_workspace, "{}: {line}: the version belongs into the root", name(&package));
        }
    }
}

#[test]
fn every_function_has_the_same_files_and_its_main_is_wiring() {
    for function in folders("functions").unwrap() {
        if text(format!("functions/{function}/runner.py")).is_ok() {
            // Python, one file; it is what `shared` starts on a laptop.
            continue;
        }
        for file in ["Cargo.toml", "src/lib.rs", "src/main.rs", "src/decide.rs"] {
            let path = format!("functions/{function}/{file}");
            assert!(text(&path).is_ok(), "{path} is missing");
        }
        let main = text(format!("functions/{function}/src/main.rs")).unwrap();
        assert!(main.lines().count() <= WIRING, "functions/{function}/src/main.rs is more than wiring");
    }
}

#[test]
fn every_file_opens_with_its_header_and_stays_short() {
    let mut wrong = vec![];
    for path in files(".", "rs").unwrap() {
        let text = text(&path).unwrap();
        let inner_tests = path.ends_with("tests.rs");
        if !text.starts_with("//!") && !inner_tests {
            wrong.push(format!("{} has no header", path.display()));
        }
        let height = shipped(&text).lines().count();
        let of_tests = path.components().any(|part| part.as_os_str() == "tests");
        if height > TALLEST && !of_tests {
            wrong.push(format!("{} has {height} lines before its tests", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
