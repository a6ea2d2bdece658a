//! `\p{…}`: Java's names of sets of characters.
//!
//! Comes in: a name. Goes out: the set. Never: Java's own character methods (`\p{javaMirrored}`).

/// The set as a class of its own.
pub(super) fn set(name: &str, not: bool) -> Result<String, String> {
    let not_mark = if not { "^" } else { "" };
    if let Some(members) = posix(name) {
        return Ok(format!("[{not_mark}{members}]"));
    }
    if name.starts_with("java") || name.is_empty() {
        return Err(format!("the property {name} is not known"));
    }
    let letter = if not { 'P' } else { 'p' };
    let bare = name.strip_prefix("Is").or_else(|| name.strip_prefix("In")).unwrap_or(name);
    Ok(format!(r"\{letter}{{{bare}}}"))
}

/// ASCII only, as in Java.
fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "A-Za-z",
        "Digit" => "0-9",
        "Alnum" => "A-Za-z0-9",
        "Punct" => r"!-/:-@\[-`{-\x7E",
        "Graph" => "!-\\x7E",
        "Print" => " -\\x7E",
        "Blank" => r" \t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9A-Fa-f",
        "Space" => r" \t\n\x0B\x0C\r",
        _ => return None,
    })
}
