//! What the pages say is so: targets exist, links lead somewhere, settings are those of the code.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tests::checkout::{files, root, text};
use tests::template::Template;

fn pages() -> Vec<(PathBuf, String)> {
    files(".", "md").unwrap().into_iter().map(|path| (path.clone(), text(&path).unwrap())).collect()
}

/// Targets of the Makefile: what stands before the first colon of a rule.
fn targets() -> BTreeSet<String> {
    let makefile = text("Makefile").unwrap();
    let rules = makefile.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    rules.filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// What follows `make ` where it is code: in a fence, or right behind a backtick.
fn targets_named(page: &str) -> Vec<String> {
    let mut in_fence = false;
    let mut named = vec![];
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        let fenced = line.trim_start().strip_prefix("make ").filter(|_| in_fence);
        let inline = line.split("`make ").skip(1);
        let words = fenced
            .into_iter()
            .chain(inline)
            .filter_map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next());
        named.extend(
            words
                .filter(|word| !word.is_empty() && word.starts_with(|c: char| c.is_ascii_lowercase()))
                .map(str::to_owned),
        );
    }
    named
}

#[test]
fn every_make_target_a_page_names_exists() {
    let targets = targets();
    assert!(targets.contains("demo"), "{targets:?}");
    for (path, page) in pages() {
        for name in targets_named(&page) {
            assert!(targets.contains(&name), "{}: there is no `make {name}`", path.display());
        }
    }
}

#[test]
fn every_target_for_people_says_what_it_does() {
    let makefile = text("Makefile").unwrap();
    let helped =
        makefile.lines().filter(|line| line.contains(":") && line.contains(" ## ") && !line.starts_with('\t')).count();
    assert!(helped >= 12, "only {helped} targets are in `make help`");
}

/// Targets of `[..](..)` in a page, code left out.
fn links(page: &str) -> Vec<String> {
    let mut in_fence = false;
    let mut found = vec![];
    for line in page.lines() {
        in_fence ^= line.trim_start().starts_with("```");
        let inline = line.split('`').step_by(2).collect::<String>();
        let rest = if in_fence { String::new() } else { inline };
        found.extend(rest.split("](").skip(1).filter_map(|tail| tail.split(')').next()).map(str::to_owned));
    }
    found
}

/// The anchors a page offers, as GitHub makes them from its headings.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings.map(anchor).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
    kept.replace(' ', "-")
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut broken = vec![];
    for (path, page) in pages() {
        let folder = path.parent().unwrap_or(Path::new(""));
        for link in links(&page).iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (file, heading) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = if file.is_empty() { path.clone() } else { folder.join(file) };
            let there = root().join(&target).exists();
            let heading_there =
                heading.is_empty() || there && anchors(&text(&target).unwrap()).iter().any(|found| found == heading);
            if !there || !heading_there {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

/// Every name that begins with KINTSUGI_, each once.
fn variables(text: &str) -> BTreeSet<String> {
    let names = text.split("KINTSUGI_").skip(1);
    let names =
        names.map(|rest| rest.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).next().unwrap_or_default());
    names
        .map(|name| name.trim_end_matches('_'))
        .filter(|name| !name.is_empty())
        .map(|name| format!("KINTSUGI_{name}"))
        .collect()
}

/// Settings of the operator's command and of tests alone: no function has them.
const OF_OPERATORS: [&str; 2] = ["KINTSUGI_PYTHON", "KINTSUGI_TEST_WEBHOOKS_TO_LOOPBACK"];

/// What is read: by the settings of Rust, and by functions of another language.
fn read() -> BTreeSet<String> {
    let others = files("functions", "py").unwrap();
    let others: String = others.iter().map(|path| text(path).unwrap()).collect();
    let parts = ["limits", "approvals", "doors", "tickets"];
    let parts = parts.map(|part| text(format!("shared/src/settings/{part}.rs")).unwrap()).concat();
    variables(&(text("shared/src/settings.rs").unwrap() + &parts + &others))
}

#[test]
fn the_template_sets_exactly_what_the_settings_read() {
    let read: BTreeSet<String> = read().into_iter().filter(|name| !OF_OPERATORS.contains(&name.as_str())).collect();
    let template = Template::read().unwrap();
    let environments =
        template.blocks().into_iter().map(|block| block.resource["Properties"]["Environment"]["Variables"].clone());
    let set: BTreeSet<String> =
        environments.flat_map(|variables| variables.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect();
    assert_eq!(set, read);
}

#[test]
fn every_parameter_of_the_template_is_explained_on_the_page_about_deploying() {
    let page = text("docs/deploy.md").unwrap();
    for (name, parameter) in Template::read().unwrap().section("Parameters") {
        assert!(page.contains(&format!("`{name}`")), "docs/deploy.md does not mention {name}");
        assert!(parameter["Description"].is_string(), "{name} has no description");
    }
}

#[test]
fn every_guard_and_every_word_of_a_binding_s_guards_is_on_the_page_about_them() {
    let page = text("docs/guards.md").unwrap();
    for name in shared::guard::NAMES {
        let row = page.lines().any(|line| {
            line.starts_with("| `") && line.split(" | ").next().is_some_and(|cell| cell.contains(&format!("`{name}`")))
        });
        assert!(row, "docs/guards.md has no row for {name}");
    }
    let limits = text("shared/src/guard/limits.rs").unwrap();
    let block = limits.split("pub struct Limits {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let fields =
        block.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':')).map(|(name, _)| camel(name));
    for field in fields {
        assert!(page.contains(&format!("`{field}")), "docs/guards.md does not mention {field}");
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn no_page_names_a_setting_that_is_not_read() {
    let read = read();
    let of = |folder| -> String { files(folder, "rs").unwrap().iter().map(|path| text(path).unwrap()).collect() };
    // The local world, and tests that can be told to try more.
    let world =
        variables(&[of("world/src"), of("aws-api/src/identity"), of("aws-api/tests"), of("tests/tests")].concat());
    for (path, page) in pages() {
        for name in variables(&page) {
            assert!(read.contains(&name) || world.contains(&name), "{}: nobody reads {name}", path.display());
        }
    }
}

/// `make bless` writes the table; INSTA_UPDATE is what it says that by.
#[test]
fn the_catalogue_is_what_the_bindings_and_runbooks_say() {
    const MARK: &str = "<!-- table -->\n";
    let page = text("docs/catalogue.md").unwrap();
    let (head, table) = page.split_once(MARK).unwrap();
    let expected = tests::catalogue_page::table().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a setting of tests, not of ours")]
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        return std::fs::write(root().join("docs/catalogue.md"), format!("{head}{MARK}{expected}")).unwrap();
    }
    assert_eq!(table, expected, "docs/catalogue.md is not what the bindings say; run `make bless`");
}
