//! What approvers read, in full: golden files.

use insta::{assert_json_snapshot, assert_snapshot};

use super::super::policy::{Group, OnTimeout};
use super::super::request::Approval;
use super::super::request::tests::{approval, group};
use super::{enough, mail, slack};

const LINK: &str = "https://page.example.com/?token=SIGNED";

fn asked() -> Approval {
    let groups = vec![group("finance", 1, &["pat"]), group("managers", 2, &["kim", "lee", "max"])];
    let plan = [
        "1   stopInstance    write   ec2:StopInstances  InstanceIds i-0abc  until stopped",
        "2   changeType      write   ec2:ModifyInstanceAttribute  InstanceType m5.large -> m5.xlarge",
    ];
    Approval {
        plan: plan.map(str::to_owned).to_vec(),
        risk_reasons: vec!["stopInstance: ec2:StopInstances interrupts".into()],
        cost: Some("+78.11 USD a month".into()),
        ..approval(groups)
    }
}

/// Words of others that try to be more than words.
fn hostile() -> Approval {
    let mut asked = asked();
    asked.summary = "<!channel> *bold* \u{202e}gnorw\r\nFrom: ceo & <https://evil.example.com|click>".into();
    asked.change = "password=hunter2 grüße\u{7}".into();
    asked.plan = vec!["```<@U1> secret: hunter2```".into()];
    asked.cost = None;
    asked.policy.on_timeout = OnTimeout::Escalate { groups: vec![group("owners", 1, &["sam"])], within: 60 };
    asked
}

#[test]
fn an_approver_reads_everything_that_is_decided_on_and_one_link() {
    assert_snapshot!(format!("{}\n\n{}", mail::subject(&asked()), mail::text(&asked(), "kim", LINK)));
}

#[test]
fn words_of_others_stay_words_in_a_mail() {
    assert_snapshot!(format!("{}\n\n{}", mail::subject(&hostile()), mail::text(&hostile(), "kim", LINK)));
}

#[test]
fn an_approver_s_own_webhook_has_the_approver_s_link() {
    assert_json_snapshot!(slack::message(&asked(), Some(LINK)));
}

#[test]
fn a_room_of_many_has_no_link_and_nobody_s_markup() {
    let message = slack::message(&hostile(), None);
    assert!(!message.to_string().contains("token"), "{message}");
    assert_json_snapshot!(message);
}

#[test]
fn no_message_is_longer_than_slack_takes() {
    let mut long = asked();
    long.plan = vec!["<&>".repeat(300); 500];
    long.summary = "&".repeat(5000);
    let message = slack::message(&long, Some(LINK));
    let texts = message["blocks"].as_array().unwrap().iter().flat_map(|block| {
        block["fields"].as_array().cloned().unwrap_or_default().into_iter().chain([block["text"].clone()])
    });
    for text in texts.filter_map(|text| text["text"].as_str().map(str::to_owned)) {
        assert!(text.chars().count() <= 3000, "{}", text.len());
        assert!(!text.ends_with("&am…"), "{text}");
    }
    assert!(mail::text(&long, "kim", LINK).len() < 64 * 1024);
}

#[test]
fn a_subject_is_what_sns_takes() {
    let mut long = asked();
    long.change = "ü\n".repeat(200);
    let subject = mail::subject(&long);
    assert!(subject.len() <= 100 && subject.bytes().all(|b| (b' '..=b'~').contains(&b)), "{subject}");
}

#[test]
fn a_group_of_which_too_few_know_cannot_agree() {
    let told = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let asked = asked();
    for (names, expected) in [
        (vec!["pat", "kim", "max"], Ok(())),
        (vec!["pat", "kim"], Err("managers")),
        (vec!["kim", "lee", "max"], Err("finance")),
    ] {
        assert_eq!(enough(&asked, &told(&names)), expected, "{names:?}");
    }
    let nobody: Vec<Group> = vec![];
    assert_eq!(enough(&approval(nobody), &[]), Ok(()));
}
