//! Results as JUnit XML, which CI systems show.
//!
//! Comes in: what came of the cases. Goes out: one file. Never: a character that XML does not have.

use super::Tested;

/// The whole file.
pub(super) fn xml(all: &[Tested]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for tested in all {
        let failed = tested.ran.iter().filter(|ran| !ran.passed()).count();
        let name = escaped(&tested.cases.to_string_lossy());
        xml.push_str(&format!("  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\">\n", tested.ran.len()));
        for ran in &tested.ran {
            let case = format!("    <testcase classname=\"{name}\" name=\"{}\"", escaped(&ran.name));
            match ran.problems.split_first() {
                None => xml.push_str(&format!("{case}/>\n")),
                Some((first, _)) => {
                    let message = escaped(first.lines().next().unwrap_or_default());
                    let text = escaped(&ran.problems.join("\n"));
                    xml.push_str(&format!(
                        "{case}>\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>\n"
                    ));
                }
            }
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn escaped(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n') || !c.is_control();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(allowed) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_xml_is_escaped() {
        assert_eq!(escaped("a<b> & \"c\"\u{1b}[31m"), "a&lt;b&gt; &amp; &quot;c&quot;[31m");
    }
}
