//! Commands that every machine has.
//!
//! Comes in: a name, arguments, what is piped in. Goes out: what it says, or what it asks of the shell; `None` where it is
//! none of these. Never: a look at a file.

use super::Said;

/// What came of a command.
pub(super) enum Builtin {
    Said(Said),
    Exit(i32),
    /// Options of `set`, on or off.
    Set(Vec<(char, bool)>),
}

/// Calls a command; `status` is that of the command before it.
pub(super) fn called(name: &str, arguments: &[String], input: String, status: i32) -> Option<Builtin> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let code = |code: i32| Said { code, ..Said::default() };
    let out = |out: String| Said { out, ..Said::default() };
    Some(match name {
        "true" | ":" => Builtin::Said(code(0)),
        "false" => Builtin::Said(code(1)),
        "exit" => Builtin::Exit(arguments.first().map_or(status, |code| code.parse().unwrap_or(2))),
        "set" => options(&arguments).map_or_else(Builtin::Said, Builtin::Set),
        "echo" => Builtin::Said(out(echo(&arguments))),
        "printf" => Builtin::Said(out(printf(&arguments))),
        "test" => Builtin::Said(tested(&arguments)),
        "[" => match arguments.split_last() {
            Some((&"]", arguments)) => Builtin::Said(tested(arguments)),
            _ => Builtin::Said(wrong("[", "a ] is missing")),
        },
        "tr" => Builtin::Said(tr(&arguments, &input)),
        _ => return None,
    })
}

fn wrong(name: &str, why: &str) -> Said {
    Said { code: 2, out: String::new(), err: format!("sh: {name}: {why}\n") }
}

fn options(arguments: &[&str]) -> Result<Vec<(char, bool)>, Said> {
    let mut options = vec![];
    for argument in arguments {
        let on = argument.starts_with('-');
        match argument.strip_prefix(['-', '+']) {
            Some(letters) if letters.chars().all(|one| "eu".contains(one)) => {
                options.extend(letters.chars().map(|one| (one, on)));
            }
            _ => return Err(wrong("set", &format!("{argument} is not known; -e and -u are"))),
        }
    }
    Ok(options)
}

fn echo(arguments: &[&str]) -> String {
    match arguments.split_first() {
        Some((&"-n", rest)) => rest.join(" "),
        _ => format!("{}\n", arguments.join(" ")),
    }
}

/// `%s` and `%d` take the next argument; `\n`, `\t` and `\\` are what they are.
fn printf(arguments: &[&str]) -> String {
    let Some((format, rest)) = arguments.split_first() else { return String::new() };
    let (mut out, mut rest, mut format) = (String::new(), rest.iter(), format.chars());
    while let Some(one) = format.next() {
        match one {
            '%' => match format.next() {
                Some('s' | 'd') => out.push_str(rest.next().copied().unwrap_or_default()),
                Some(other) => out.push(other),
                None => out.push('%'),
            },
            '\\' => match format.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            _ => out.push(one),
        }
    }
    out
}

fn tested(arguments: &[&str]) -> Said {
    let number = |text: &str| text.parse::<i64>().map_err(|_| wrong("test", &format!("{text} is no whole number")));
    let compared = |left: &str, how: fn(&i64, &i64) -> bool, right: &str| Ok(how(&number(left)?, &number(right)?));
    let holds = match arguments {
        [] => Ok(false),
        [text] => Ok(!text.is_empty()),
        ["!", rest @ ..] => return Said { code: i32::from(tested(rest).code == 0), ..tested(rest) },
        ["-n", text] => Ok(!text.is_empty()),
        ["-z", text] => Ok(text.is_empty()),
        [left, "=" | "==", right] => Ok(left == right),
        [left, "!=", right] => Ok(left != right),
        [left, "-eq", right] => compared(left, i64::eq, right),
        [left, "-ne", right] => compared(left, i64::ne, right),
        [left, "-lt", right] => compared(left, i64::lt, right),
        [left, "-le", right] => compared(left, i64::le, right),
        [left, "-gt", right] => compared(left, i64::gt, right),
        [left, "-ge", right] => compared(left, i64::ge, right),
        other => Err(wrong("test", &format!("{} is not known", other.join(" ")))),
    };
    holds.map_or_else(|said| said, |holds| Said { code: i32::from(!holds), ..Said::default() })
}

/// Deletes characters; it does nothing else here.
fn tr(arguments: &[&str], input: &str) -> Said {
    match arguments {
        ["-d", set] => Said { out: input.chars().filter(|one| !set.contains(*one)).collect(), ..Said::default() },
        _ => wrong("tr", "only -d CHARACTERS is known"),
    }
}
