//! Documents that mean harm, or were never documents: a clear error with its place, soon.

use std::time::{Duration, Instant};

use engine::{Findings, Severity};

use crate::validate::check;

/// Far more than any takes on a busy machine without optimisation, far less than what grows without bound.
const SOON: Duration = Duration::from_secs(20);

/// The findings, in time.
fn soon(text: &str) -> Findings {
    let begun = Instant::now();
    let findings = check(text);
    assert!(begun.elapsed() < SOON, "{:?} for {} bytes", begun.elapsed(), text.len());
    findings
}

fn first(text: &str) -> (&'static str, u32, u32) {
    let findings = soon(text);
    let finding = findings.iter().find(|finding| finding.severity == Severity::Error);
    finding.map(|finding| (finding.rule, finding.line, finding.column)).unwrap_or_else(|| panic!("nothing found"))
}

#[test]
fn a_billion_laughs_end_where_they_are_too_many() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..10 {
        let of = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{of}]\n"));
    }
    assert_eq!(first(&text).0, "alias-expansion");
    assert_eq!(first("a: &a {b: *a}\n"), ("alias-cycle", 1, 11));
    assert_eq!(first("a: *b\nb: &b 1\n").0, "syntax");
}

#[test]
fn nesting_of_every_kind_is_bounded() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("{\"a\":", "}")] {
        for depth in [65, 10_000, 40_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(["nesting", "syntax", "document-too-large"].contains(&first(&text).0), "{open} {depth}");
        }
    }
    let block: String = (0..300).map(|level| format!("{}- \n", " ".repeat(level))).collect();
    assert_eq!(first(&block).0, "nesting");
    let condition = format!("{}{{Variable: a, StringEquals: b}}{}", "{Not: ".repeat(50), "}".repeat(50));
    let text = format!(
        "schemaVersion: '0.3'\nmainSteps:\n- {{name: a, action: 'aws:branch', inputs: {{Choices: [{condition}]}}}}\n"
    );
    assert!(soon(&text).has_errors());
}

#[test]
fn sixty_four_kilobytes_are_read_and_ten_megabytes_are_not() {
    let step = |number: usize| format!("- {{name: s{number}, action: 'aws:sleep', inputs: {{Duration: PT1S}}}}\n");
    let large: String = (0..1000).map(step).collect();
    let text = format!("schemaVersion: '0.3'\nmainSteps:\n{large}");
    assert!(text.len() > 50_000 && text.len() < 65_536);
    assert!(soon(&text).is_empty());
    let huge = format!("schemaVersion: '0.3'\ndescription: {}\n", "x".repeat(10 * 1024 * 1024));
    assert_eq!(first(&huge), ("document-too-large", 1, 1));
    let wide = format!("{{\"schemaVersion\": \"0.3\", \"a\": [{}1]}}", "1,".repeat(120_000));
    assert!(["alias-expansion", "unknown-key"].contains(&first(&wide).0));
}

#[test]
fn references_without_end_are_found_in_time() {
    let all = "{{ A }}".repeat(20_000);
    let step = format!("- {{name: a, action: 'aws:executeAwsApi', inputs: {{Service: s, Api: a, X: '{all}'}}}}");
    assert!(soon(&format!("schemaVersion: '0.3'\nmainSteps:\n{step}\n")).has_errors());
    let braces = "{{".repeat(60_000);
    soon(&format!("schemaVersion: '0.3'\ndescription: '{braces}'\nassumeRole: '{braces}'\nmainSteps: []\n"));
}

#[test]
fn a_pattern_that_would_need_gigabytes_is_a_warning() {
    let text = "schemaVersion: '0.3'\nparameters: {A: {type: String, allowedPattern: '(((a{1000}){1000}){1000}){1000}'}}\nmainSteps:\n- {name: a, action: 'aws:pause', inputs: {}}\n";
    let rules: Vec<&str> = soon(text).iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["pattern"]);
}

#[test]
fn odd_characters_are_text_or_an_error_and_places_count_characters() {
    for odd in ["\0", "\u{7}", "\u{feff}", "\u{202e}", "\u{2028}", "é\u{301}", "😀", "\r", "\t"] {
        soon(&format!("schemaVersion: '0.3'\ndescription: a{odd}b\nmainSteps: []\n"));
        soon(&format!("{{\"schemaVersion\": \"0.3\", \"a{odd}\": 1}}"));
        soon(odd);
    }
    assert_eq!(first("\u{feff}schemaVersion: '0.3'\nmainSteps: {😀: 1, é: &x [*x]}\n"), ("alias-cycle", 2, 26));
}

#[test]
fn numbers_beyond_every_type_are_read_or_refused() {
    for number in
        ["9223372036854775808", "-99999999999999999999999", "1e999", "0x123456789012345678901", &"9".repeat(5000)]
    {
        let parameter = format!("parameters: {{A: {{type: Integer, default: {number}}}}}");
        let text = format!(
            "schemaVersion: '0.3'\n{parameter}\nmainSteps:\n- {{name: a, action: 'aws:pause', inputs: {{}}}}\n"
        );
        assert!(soon(&text).errors().any(|finding| finding.rule == "default-type"), "{number}");
        let timeout = format!(
            "schemaVersion: '0.3'\nmainSteps:\n- {{name: a, action: 'aws:pause', timeoutSeconds: {number}, inputs: {{}}}}\n"
        );
        assert!(soon(&timeout).has_errors(), "{number}");
    }
}
