//! Which files are meant: names, folders, and globs that no shell has expanded.
//!
//! Comes in: arguments. Goes out: files in a fixed order, each once.
//! Never: a hidden folder, or a link that leads round in a circle.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::CliError;

/// A file to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum File {
    /// Standard input.
    Input,
    /// Named, or meant by a glob.
    Named(PathBuf),
    /// Found in a folder, where other files are as well.
    Found(PathBuf),
}

/// Deeper folders are not looked into.
const DEEPEST: usize = 32;

/// The files, and an error for each argument that means none.
pub(super) fn expand(arguments: &[String]) -> (Vec<File>, Vec<CliError>) {
    let (mut files, mut missing, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    for argument in arguments {
        let path = Path::new(argument);
        let found = if argument == "-" {
            vec![File::Input]
        } else if path.is_dir() {
            inside(path, 0).into_iter().map(File::Found).collect()
        } else if !path.exists() && argument.contains(['*', '?']) {
            glob(argument).into_iter().map(File::Named).collect()
        } else {
            vec![File::Named(path.to_owned())]
        };
        if found.is_empty() {
            missing.push(CliError::NoFile { pattern: argument.clone() });
        }
        found.into_iter().for_each(|file| put(file, &mut files, &mut seen));
    }
    (files, missing)
}

/// Each file once, however often and in however many spellings it is meant; what was named stays named.
fn put(file: File, files: &mut Vec<File>, seen: &mut BTreeMap<PathBuf, usize>) {
    let same = match &file {
        File::Input => PathBuf::from("-"),
        File::Named(path) | File::Found(path) => path.canonicalize().unwrap_or_else(|_| path.clone()),
    };
    let place = *seen.entry(same).or_insert(files.len());
    match files.get_mut(place) {
        Some(found @ File::Found(_)) if matches!(file, File::Named(_)) => *found = file,
        Some(_) => {}
        None => files.push(file),
    }
}

/// Whether a file found in a folder means to be a runbook: bindings, cases and templates lie there too.
pub(super) fn is_runbook(text: &str) -> bool {
    text.contains("mainSteps") && text.contains("schemaVersion")
}

/// All files of a folder that may be runbooks, in order of their names.
fn inside(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.is_dir() && !path.is_symlink() && depth < DEEPEST {
            files.extend(inside(&path, depth + 1));
        } else if path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml" || kind == "json") {
            files.push(path);
        }
    }
    files
}

/// What is not hidden in a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let read = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.path()).filter(|path| !hidden(path)).collect();
    paths.sort();
    paths
}

/// `*` and `?` within a name, `**` for any folders.
fn glob(pattern: &str) -> Vec<PathBuf> {
    let start = if pattern.starts_with('/') { Path::new("/") } else { Path::new("") };
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    walk(start, &parts, 0, &mut found);
    found
}

fn walk(at: &Path, parts: &[&str], depth: usize, found: &mut Vec<PathBuf>) {
    let Some((part, rest)) = parts.split_first() else {
        found.extend(at.is_file().then(|| at.to_owned()));
        return;
    };
    if depth > DEEPEST {
        return;
    }
    if *part == "**" {
        walk(at, rest, depth, found);
    }
    if *part != "**" && !part.contains(['*', '?']) {
        return walk(&at.join(part), rest, depth + 1, found);
    }
    let here = if at.as_os_str().is_empty() { Path::new(".") } else { at };
    for path in entries(here) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if *part == "**" && path.is_dir() && !path.is_symlink() {
            walk(&at.join(&name), parts, depth + 1, found);
        } else if *part != "**" && fits(part.as_bytes(), name.as_bytes()) {
            walk(&at.join(&name), rest, depth + 1, found);
        }
    }
}

/// Whether a name fits a pattern of `*` and `?`; looks back to the last `*` only, so in time of the lengths' product.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    (p, n) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_fit_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a.yml", false),
            ("a?c*", "abcd", true),
            ("*a*b*", "xxaxxbx", true),
            ("*a*b", "xxaxxbx", false),
            ("a", "a", true),
            ("", "a", false),
            ("***", "", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_glob_and_a_folder_give_each_file_once_in_order() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/c/z.yaml", "b/y.json", "a.yaml", "b/.hidden/x.yaml", "b/c/n.txt"] {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "schemaVersion mainSteps").unwrap();
        }
        let names = |argument: &str| {
            let (files, missing) = expand(&[root.path().join(argument).to_string_lossy().into_owned()]);
            let names = files.iter().map(|file| match file {
                File::Named(path) | File::Found(path) => path.strip_prefix(root.path()).unwrap().display().to_string(),
                File::Input => "-".to_owned(),
            });
            (names.collect::<Vec<_>>(), missing.len())
        };
        assert_eq!(names("**/*.yaml").0, ["a.yaml", "b/c/z.yaml"]);
        assert_eq!(names("b/*/*").0, ["b/c/n.txt", "b/c/z.yaml"]);
        assert_eq!(names("").0, ["a.yaml", "b/c/z.yaml", "b/y.json"]);
        assert_eq!(names("no*"), (vec![], 1));
    }

    #[test]
    fn a_file_in_several_spellings_is_one_file() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("b")).unwrap();
        std::fs::write(root.path().join("a.yaml"), "").unwrap();
        let spell = |spelling: &str| format!("{}/{spelling}", root.path().display());
        let path = |spelling: &str| PathBuf::from(spell(spelling));
        for (spellings, expected) in [
            (&["a.yaml", "./a.yaml", "b/../a.yaml", "*.yaml"][..], vec![File::Named(path("a.yaml"))]),
            (&["", "a.yaml"], vec![File::Named(path("a.yaml"))]),
            (&["a.yaml", ""], vec![File::Named(path("a.yaml"))]),
            (&["none.yaml", "none.yaml"], vec![File::Named(path("none.yaml"))]),
        ] {
            let spellings: Vec<String> = spellings.iter().map(|spelling| spell(spelling)).collect();
            assert_eq!(expand(&spellings).0, expected, "{spellings:?}");
        }
        assert_eq!(expand(&["-".to_owned(), "-".to_owned()]).0, [File::Input]);
    }
}
