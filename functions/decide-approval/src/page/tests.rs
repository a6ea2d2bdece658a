//! What pages show, and that nothing shown can break out of its place.

use serde_json::json;
use shared::approval::{Approval, Change, Decision, State};

use super::*;
use crate::decide::tests::{approval, at};
use crate::decide::{Mistake, word};
use crate::problem::Problem;
use crate::request::Form;

/// An attack on whatever prints it: markup, attributes, a closing tag, a new direction of writing.
const ATTACK: &str = "</code></textarea><script>alert('x')</script>\"onfocus='y'<img src=x>&amp;\u{202e}";

fn full() -> Approval {
    let before = json!({"InstanceType": "m5.large"}).as_object().cloned();
    let input = json!({"InstanceId": "i-0abc", "InstanceType": {"Value": "m5.xlarge"}});
    let api = "ModifyInstanceAttribute".to_owned();
    let write = Change { step: "changeType".into(), service: Some("ec2".into()), api, input, before, when: None };
    let lee = Decision { approver: "lee".into(), approved: true, reason: Some("go".into()), at: at(7) };
    Approval {
        cost: Some("+78.11 USD a month (m5.large 0.107 -> m5.xlarge 0.214 USD an hour)".into()),
        risk_reasons: vec!["stopInstance interrupts what runs there".into()],
        plan: vec!["1  stopInstance  ec2 StopInstances".into()],
        writes: vec![write],
        decisions: vec![lee],
        expires_at: at(12_000 + 100),
        ..approval()
    }
}

fn html(response: Response) -> (u16, String) {
    let answer = response.into_json();
    let status = answer["statusCode"].as_u64().unwrap();
    (u16::try_from(status).unwrap(), answer["body"].as_str().unwrap().to_owned())
}

fn asked(approval: &Approval, wrong: Option<(Mistake, &Form)>) -> (u16, String) {
    html(ask(&Asking { approval, approver: "kim", token: "link-token", page: "page-token", now: at(100), wrong }))
}

/// Every page that shows something of an approval.
fn all_pages(approval: &Approval, approver: &str, reason: &str) -> Vec<(u16, String)> {
    let form = Form { token: reason.into(), page: reason.into(), decision: "reject".into(), reason: reason.into() };
    let word = Decision { approver: approver.into(), approved: false, reason: Some(reason.into()), at: at(1) };
    let asking = Asking {
        approval,
        approver,
        token: reason,
        page: reason,
        now: at(1),
        wrong: Some((Mistake::LongReason, &form)),
    };
    vec![
        html(ask(&asking)),
        html(decided(approval, approver, true, false)),
        html(decided(approval, approver, false, true)),
        html(used(approval, approver, &word)),
        html(settled(approval, State::Void)),
        html(settled(approval, State::Rejected)),
        html(over(approval)),
        html(untold(approval, reason, reason, false)),
    ]
}

#[test]
fn an_approver_sees_what_is_wrong_what_would_change_and_who_decides() {
    let (status, page) = asked(&full(), None);
    assert_eq!(status, 200);
    for shown in [
        "CPU of web is above 80 percent",
        "<strong>m5.large → m5.xlarge</strong>",
        "<td role=\"cell\" class=\"before\">m5.large</td><td role=\"cell\" class=\"after\">m5.xlarge</td>",
        "High risk",
        "stopInstance interrupts what runs there",
        "<li>+78.11 USD a month</li>",
        "<p>+78.11 USD a month (m5.large 0.107 -&gt; m5.xlarge 0.214 USD an hour)</p>",
        "1  stopInstance  ec2 StopInstances",
        "Expires in 3 hours 20 minutes",
        "1 Jan 1970, 03:21 UTC (in 3 hours 20 minutes)",
        "<b>managers</b> 2 of 2 must agree, 1 more needed: kim, lee",
        "<b>lee</b> approved, 1 Jan 1970, 00:00 UTC<blockquote>go</blockquote>",
        "resize-on-cpu-alarm",
        "name=\"token\" value=\"link-token\"",
        "name=\"page\" value=\"page-token\"",
    ] {
        assert!(page.contains(shown), "no {shown} in\n{page}");
    }
    let (_, unknown) = asked(&Approval { cost: None, ..full() }, None);
    assert!(unknown.contains("It is not known what this costs or saves."));
}

#[test]
fn a_mistake_is_told_first_and_at_its_place_and_nothing_typed_is_lost() {
    let form = Form { decision: "reject".into(), reason: " ".into(), ..Form::default() };
    let mistake = word(&form).unwrap_err();
    let (status, page) = asked(&full(), Some((mistake, &form)));
    assert_eq!(status, 422);
    assert!(page.contains("<title>Error: your decision was not taken · Kintsugi</title>"));
    assert!(page.find("role=\"alert\"").unwrap() < page.find("<h1>").unwrap());
    assert!(page.contains("aria-invalid=\"true\" aria-describedby=\"mistake hint\""));
    let long = Form { decision: "approve".into(), reason: "long & winding".into(), ..Form::default() };
    let (_, page) = asked(&full(), Some((Mistake::LongReason, &long)));
    assert!(page.contains("\nlong &amp; winding</textarea>"), "{page}");
}

#[test]
fn a_change_that_may_not_be_made_says_when_it_is() {
    let mut approval = full();
    let only = "{{ lookAfterFirst.State }} StringEquals \"stopped\"";
    approval.writes.push(Change {
        step: "changeToSecond".into(),
        when: Some(only.into()),
        ..approval.writes[0].clone()
    });
    let (_, page) = asked(&approval, None);
    let said = "Only when {{ lookAfterFirst.State }} StringEquals &quot;stopped&quot;</p>";
    assert_eq!(page.matches("Only when").count(), 1, "{page}");
    assert!(page.find("changeToSecond").unwrap() < page.find(said).expect(said), "{page}");
}

#[test]
fn nothing_that_comes_from_outside_is_markup() {
    let hostile = || ATTACK.to_owned();
    let write = Change {
        step: hostile(),
        service: Some(hostile()),
        api: hostile(),
        input: json!({ATTACK: [ATTACK, {"Tag": ATTACK}]}),
        before: json!({ATTACK: ATTACK}).as_object().cloned(),
        when: Some(hostile()),
    };
    let mut approval = full();
    approval.policy.groups[0].name = hostile();
    approval.policy.groups[0].approvers = vec![hostile()];
    approval.resource = Some(shared::incident::Resource { kind: hostile(), id: hostile() });
    let no = Decision { approver: hostile(), approved: false, reason: Some(hostile()), at: at(1) };
    let approval = Approval {
        function: hostile(),
        execution: hostile(),
        summary: hostile(),
        account: hostile(),
        region: hostile(),
        change: hostile(),
        plan: vec![hostile()],
        writes: vec![write],
        plan_hash: hostile(),
        risk_reasons: vec![hostile()],
        cost: Some(hostile()),
        decisions: vec![no],
        ..approval
    };
    for (_, page) in all_pages(&approval, ATTACK, ATTACK) {
        for broken in ["<script", "<img", "alert('x')", "\"onfocus", "'y'", "\u{202e}", "</code></textarea>"] {
            assert!(!page.contains(broken), "{broken} in\n{page}");
        }
        assert!(page.contains("&lt;script&gt;"), "it is shown as what it is:\n{page}");
    }
}

#[test]
fn every_page_has_its_frame_and_the_headers_that_keep_it_to_itself() {
    let problem = problem(Problem::Tampered.told()).into_json();
    let headers = &problem["headers"];
    let policy = headers["content-security-policy"].as_str().unwrap();
    for part in
        ["default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let expected = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("strict-transport-security", "max-age=31536000"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(headers["permissions-policy"].as_str().unwrap().contains("geolocation=()"));
    for (status, page) in all_pages(&full(), "kim", "too dear") {
        assert!(matches!(status, 200 | 410 | 422 | 503), "{status}");
        for part in ["<!doctype html>", "<html lang=\"en\">", "<header ", "<main>", "<footer>", "name=\"viewport\""] {
            assert_eq!(page.matches(part).count(), 1, "{part} in\n{page}");
        }
        assert_eq!(page.matches("<h1>").count(), 1);
        for foreign in ["<script", "http:", "https:", "style=\"", "onclick"] {
            assert!(!page.contains(foreign), "{foreign} in\n{page}");
        }
    }
}

#[test]
fn a_page_is_small() {
    let (_, page) = asked(&full(), None);
    assert!(page.len() < 14 * 1024, "it fits into the first round trip: {} bytes", page.len());
}

#[test]
fn a_problem_tells_its_status_and_when_to_come_back() {
    let of = |problem: Problem| super::problem(problem.told()).into_json();
    assert_eq!(of(Problem::TooMany)["headers"]["retry-after"], "60");
    assert_eq!(of(Problem::Unavailable)["headers"]["retry-after"], "60");
    assert_eq!(of(Problem::Method)["headers"]["allow"], "GET, HEAD, POST");
    assert_eq!(of(Problem::Expired)["statusCode"], 410);
    assert_eq!(of(Problem::Tampered)["statusCode"], 403);
    assert_eq!(of(Problem::Unknown)["statusCode"], 404);
    assert_eq!(super::problem(Problem::Expired.told()).without_page().into_json()["body"], "");
}
