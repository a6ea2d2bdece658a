//! Who may decide, on what, and what a form says.

use shared::approval::{Group, OnTimeout, Policy, Risk};

use super::*;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn approval() -> Approval {
    let group = Group { name: "managers".into(), minimum: 2, approvers: vec!["kim".into(), "lee".into()] };
    Approval {
        id: "0a1b".into(),
        function: "resize-on-cpu-alarm".into(),
        execution: "an-execution".into(),
        summary: "CPU of web is above 80 percent".into(),
        resource: None,
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        change: "m5.large -> m5.xlarge".into(),
        plan: vec![],
        writes: vec![],
        plan_hash: "c0ffee".into(),
        risk: Risk::High,
        risk_reasons: vec![],
        cost: None,
        policy: Policy { groups: vec![group], within: 100, on_timeout: OnTimeout::Deny },
        decisions: vec![],
        state: State::Open,
        asked_at: at(0),
        expires_at: at(100),
        callback: "a-callback".into(),
        told: false,
    }
}

fn claims(approver: &str, plan: &str) -> Claims {
    Claims { approval: "0a1b".into(), approver: approver.into(), plan: plan.into(), expires: at(100) }
}

#[test]
fn a_link_is_for_one_approver_one_plan_and_a_time() {
    let open = approval();
    let yes = Decision { approver: "kim".into(), approved: true, reason: None, at: at(5) };
    let by_kim = Approval { decisions: vec![yes.clone()], ..open.clone() };
    let state = |state| Approval { state, ..open.clone() };
    let cases = [
        (&open, claims("kim", "c0ffee"), 99, Standing::Open),
        (&open, claims("kim", "c0ffee"), 100, Standing::Expired),
        (&open, claims("eve", "c0ffee"), 1, Standing::NotFor),
        (&open, claims("kim", "another"), 1, Standing::NotFor),
        (&open, Claims { approval: "other".into(), ..claims("kim", "c0ffee") }, 1, Standing::NotFor),
        (&by_kim, claims("kim", "c0ffee"), 1, Standing::Used(yes.clone())),
        (&by_kim, claims("lee", "c0ffee"), 1, Standing::Open),
        (&state(State::Approved), claims("kim", "c0ffee"), 1, Standing::Settled(State::Approved)),
        (&state(State::Rejected), claims("kim", "c0ffee"), 1, Standing::Settled(State::Rejected)),
        (&state(State::Void), claims("kim", "c0ffee"), 1, Standing::Settled(State::Void)),
        (&state(State::Expired), claims("kim", "c0ffee"), 1, Standing::Expired),
    ];
    for (approval, claims, second, expected) in cases {
        assert_eq!(standing(approval, &claims, at(second)), expected, "{claims:?} at {second}");
    }
}

#[test]
fn a_no_needs_a_reason_and_a_yes_may_have_one() {
    let long = "ä".repeat(LONGEST_REASON + 1);
    let most = &long[..LONGEST_REASON * 2];
    let cases = [
        ("approve", "", Ok((true, None))),
        ("approve", " fine ", Ok((true, Some("fine")))),
        ("reject", "too dear", Ok((false, Some("too dear")))),
        ("reject", most, Ok((false, Some(most)))),
        ("reject", "", Err(Mistake::NoReason)),
        ("reject", " \r\n\t ", Err(Mistake::NoReason)),
        ("reject", long.as_str(), Err(Mistake::LongReason)),
        ("approve", long.as_str(), Err(Mistake::LongReason)),
        ("", "why", Err(Mistake::NoDecision)),
        ("Approve", "why", Err(Mistake::NoDecision)),
    ];
    for (decision, reason, expected) in cases {
        let form = Form { decision: decision.into(), reason: reason.into(), ..Form::default() };
        let expected = expected.map(|(approved, reason)| Word { approved, reason: reason.map(str::to_owned) });
        assert_eq!(word(&form), expected, "{decision} {reason}");
    }
}

#[test]
fn only_our_own_page_may_send_a_decision() {
    let here = "https://x.lambda-url.eu-west-1.on.aws";
    let cases = [
        (Some("same-origin"), Some("null"), true),
        (Some("same-origin"), Some(here), true),
        (Some("same-origin"), None, true),
        (None, Some(here), true),
        (Some("same-origin"), Some("https://evil.example"), false),
        (Some("cross-site"), Some("null"), false),
        (Some("cross-site"), Some(here), false),
        (Some("same-site"), Some(here), false),
        (Some("none"), None, false),
        (Some(""), None, false),
        (None, Some("null"), false),
        (None, Some("https://evil.example"), false),
        (None, Some("https://x.lambda-url.eu-west-1.on.aws.evil.example"), false),
        (None, None, false),
    ];
    for (site, origin, expected) in cases {
        let host = here.trim_start_matches("https://").to_owned();
        let sent = Sent { site: site.map(str::to_owned), origin: origin.map(str::to_owned), host };
        assert_eq!(from_our_page(&sent), expected, "{sent:?}");
        let nowhere = Sent { host: String::new(), site: None, origin: Some("https://".into()) };
        assert!(!from_our_page(&nowhere));
    }
}
