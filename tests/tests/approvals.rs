//! Mode approve, end to end: real functions ask, approvers answer by the links they were sent.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use serde_json::json;
use shared::approval::{NotDecided, State, store};
use shared::outcome::Outcome;
use shared::ticket::Filed;
use tests::local::{self, Delivery, Happened, People, Stage, Tested, alarm_event};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use world::operator::make::{Machine, NO_OPEN_SSH, OFFICE};
use world::stack::StackConfig;

const RESIZE: &str = "resize-on-cpu-alarm";
const RESIZED: [&str; 3] = ["StopInstances", "ModifyInstanceAttribute", "StartInstances"];
const PAGE: &str = "https://approvals.example.com/";
const PEOPLE: &str = "approvers: {managers: [kim, lee], finance: [pat], owners: [sam]}";

fn approve(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(approving, test)
}

fn approving(config: StackConfig) -> StackConfig {
    let config = config.with_parameter("Mode", "approve").with_setting("KINTSUGI_APPROVAL_URL", PAGE);
    config.with_setting("KINTSUGI_TEST_WEBHOOKS_TO_LOOPBACK", "true")
}

/// Approvers by these rules for every binding.
async fn people<'a>(stage: &'a Stage<'a>, rules: &str) -> Result<People<'a>, Box<dyn Error>> {
    People::with(stage, &format!("{PEOPLE}\ndefault: {rules}")).await
}

/// The alarm of the machine by EventBridge, and what people do meanwhile.
async fn alarm(
    stage: &Stage<'_>,
    machine: &Machine,
    meanwhile: impl AsyncFnOnce() -> Tested,
) -> Result<Happened, Box<dyn Error>> {
    stage
        .consequences(async {
            stage.stack.invoke(RESIZE, &alarm_event(Delivery::EventBridge, machine)?).await?;
            meanwhile().await
        })
        .await
}

fn reason(happened: &Happened) -> String {
    let reasons = happened.outcomes().into_iter().filter_map(|outcome| match outcome {
        Outcome::Refused { guard, reason } if guard != "duplicate" => Some(reason),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn a_yes_heals_and_the_ticket_that_told_of_the_question_tells_what_came_of_it() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let (kim, lee) = (people.mailbox("kim").await?, people.mailbox("lee").await?);
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened = alarm(stage, &machine, async || {
            let message = people.message(&kim).await?;
            for word in [&machine.instance, "m5.large -> m5.xlarge", "Risk            high", "+78.11 USD a month"] {
                assert!(message.contains(word), "no {word} in\n{message}");
            }
            // The same fault in another shape, while people think.
            stage.stack.invoke(RESIZE, &alarm_event(Delivery::Sns, &machine)?).await?;
            people.answer(&lee, true, None).await.map(drop)
        })
        .await?;
        assert_eq!(happened.statuses(), ["Refused", "Remediated"], "{}", happened.story());
        assert_eq!(happened.refusals(), ["duplicate"], "{}", happened.story());
        assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        let told: Vec<Filed> = happened.told().iter().map(|ticket| ticket.filed).collect();
        let well = [Filed::Closed, Filed::Commented];
        assert_eq!(told[0], Filed::Commented, "the ticket of the first refusal: {}", happened.story());
        assert!(told.contains(&Filed::Closed) && told.iter().all(|filed| well.contains(filed)), "{}", happened.story());
        let asked = happened.records().into_iter().find_map(|record| record.approval).ok_or("nobody was asked")?;
        assert_eq!((asked.state, asked.decisions[0].approver.as_str()), (State::Approved, "lee"));
        Ok(())
    })
}

#[test]
fn a_no_changes_nothing_and_its_reason_is_in_the_ticket() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 2}, within: 120}").await?;
        let kim = people.mailbox("kim").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened =
            alarm(stage, &machine, async || people.answer(&kim, false, Some("not on a <b>Friday</b>")).await.map(drop))
                .await?;
        assert_eq!(happened.refusals(), ["approval"], "{}", happened.story());
        assert_eq!(reason(&happened), "kim said no: not on a <b>Friday</b>");
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(happened.told().len(), 2, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.large, running, alarm ALARM");
        Ok(())
    })
}

#[test]
fn without_an_answer_nothing_is_changed_and_a_late_word_is_told_that_it_is_late() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 3}").await?;
        let kim = people.mailbox("kim").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened = alarm(stage, &machine, async || Ok(())).await?;
        assert_eq!(happened.refusals(), ["approval"], "{}", happened.story());
        assert!(reason(&happened).starts_with("no answer of 1 of managers (kim, lee)"), "{}", happened.story());
        assert!(reason(&happened).ends_with("send the event again"), "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        let late = people.link(&kim).await?;
        assert!(people.claims(&late).await.is_err(), "the link has expired too");
        Ok(())
    })
}

#[test]
fn where_the_rules_say_so_no_answer_means_go_ahead() -> Tested {
    approve(async |stage| {
        let _people = people(stage, "{groups: {managers: 1}, within: 2, onTimeout: proceed}").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened = alarm(stage, &machine, async || Ok(())).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn without_an_answer_the_next_group_is_asked() -> Tested {
    approve(async |stage| {
        let rules =
            "{groups: {managers: 1}, within: 3, onTimeout: escalate, escalateTo: {owners: 1}, escalateWithin: 90}";
        let people = people(stage, rules).await?;
        let (kim, sam) = (people.mailbox("kim").await?, people.mailbox("sam").await?);
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened = alarm(stage, &machine, async || {
            let message = people.message(&kim).await?;
            assert!(message.contains("then owners are asked"), "{message}");
            people.answer(&sam, true, None).await.map(drop)
        })
        .await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
        let told: Vec<Filed> = happened.told().iter().map(|ticket| ticket.filed).collect();
        assert_eq!(told[..2], [Filed::Commented; 2], "two questions: {}", happened.story());
        assert!(told[2..].contains(&Filed::Closed), "one end: {}", happened.story());
        Ok(())
    })
}

#[test]
fn of_two_groups_each_must_agree_and_a_word_counts_once() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1, finance: 1}, within: 120}").await?;
        let (kim, lee, pat) =
            (people.mailbox("kim").await?, people.mailbox("lee").await?, people.mailbox("pat").await?);
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened = alarm(stage, &machine, async || {
            let link = people.link(&kim).await?;
            let first = people.decide(&link, true, None).await??;
            assert_eq!((first.approval.state, first.repeated), (State::Open, false));
            let again = people.decide(&link, true, None).await??;
            assert_eq!((again.approval.decisions.len(), again.repeated), (1, true));
            assert!(matches!(people.decide(&link, false, None).await?, Err(NotDecided::Otherwise)));
            assert_eq!(people.answer(&lee, true, None).await?.approval.state, State::Open, "finance has not agreed");
            let last = people.link(&pat).await?;
            // The word is stored when the durable service is away, and told when it is said again.
            let cut_off = people.cut_off().await?.decide(&last, true, None).await?;
            assert!(matches!(cut_off, Err(NotDecided::NotTold { .. })), "{cut_off:?}");
            let told = people.decide(&last, true, None).await??;
            assert_eq!((told.approval.state, told.repeated, told.approval.told), (State::Approved, true, true));
            assert!(matches!(people.decide(&last, false, None).await?, Err(NotDecided::Otherwise)));
            Ok(())
        })
        .await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn a_world_that_changed_meanwhile_voids_the_approval_and_the_new_plan_is_asked_for() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let kim = people.mailbox("kim").await?;
        let mut group = String::new();
        let happened = stage
            .consequences(async {
                stage.operator.switch_on(NO_OPEN_SSH).await?;
                group = stage.operator.open_group(&stage.name("door")).await?;
                let first = people.link(&kim).await?;
                let wider =
                    json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]});
                let open = json!({"GroupId": group, "IpPermissions": [wider]});
                stage.operator.call("ec2", "AuthorizeSecurityGroupIngress", open).await?;
                people.decide(&first, true, None).await??;
                let second = people.link(&kim).await?;
                let (old, new) = (people.claims(&first).await?, people.claims(&second).await?);
                assert!(old.plan != new.plan && old.approval != new.approval, "{old:?} {new:?}");
                let stored = store::load(people.services(), &old.approval).await?.ok_or("it is stored")?;
                assert_eq!(stored.state, State::Void);
                people.decide(&second, true, None).await??;
                Ok(())
            })
            .await?;
        let statuses = happened.statuses();
        assert!(statuses.contains(&"Remediated"), "{}", happened.story());
        assert_eq!(happened.changed(), ["RevokeSecurityGroupIngress"], "{}", happened.story());
        let kept = [format!("22 from {OFFICE}"), "443 from 0.0.0.0/0".to_owned()];
        assert_eq!(stage.operator.see_ingress(&group).await?, kept);
        Ok(())
    })
}

#[test]
fn what_changes_each_time_people_decide_on_it_is_left_alone_after_three_questions() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let kim = people.mailbox("kim").await?;
        let happened = stage
            .consequences(async {
                stage.operator.switch_on(NO_OPEN_SSH).await?;
                let group = stage.operator.open_group(&stage.name("door")).await?;
                let wider =
                    json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]});
                let door = json!({"GroupId": group, "IpPermissions": [wider]});
                for change in ["Authorize", "Revoke", "Authorize"] {
                    let link = people.link(&kim).await?;
                    let change = format!("{change}SecurityGroupIngress");
                    stage.operator.call("ec2", &change, door.clone()).await?;
                    people.decide(&link, true, None).await??;
                }
                Ok(())
            })
            .await?;
        assert!(reason(&happened).contains("changed 3 times while people decided"), "{}", happened.story());
        assert!(happened.changes.is_empty() && happened.tickets.len() == 1, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn a_stop_while_people_decide_is_heard_after_their_yes() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let kim = people.mailbox("kim").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let switch =
            |value: &str| json!({"Name": "/kintsugi/stop", "Value": value, "Type": "String", "Overwrite": true});
        let happened = alarm(stage, &machine, async || {
            let link = people.link(&kim).await?;
            stage.operator.call("ssm", "PutParameter", switch("stop")).await?;
            people.decide(&link, true, None).await??;
            Ok(())
        })
        .await;
        stage.operator.call("ssm", "PutParameter", switch("run")).await?;
        let happened = happened?;
        assert_eq!(happened.refusals(), ["stop"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        Ok(())
    })
}

#[test]
fn a_key_rotated_between_question_and_answer_still_verifies_and_two_rotations_later_it_does_not() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let kim = people.mailbox("kim").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let rotate = async |letter: &str| {
            let input = json!({"SecretId": "kintsugi-ApprovalKey", "SecretString": letter.repeat(64)});
            stage.operator.call("secretsmanager", "PutSecretValue", input).await
        };
        let mut link = String::new();
        let happened = alarm(stage, &machine, async || {
            link = people.link(&kim).await?;
            rotate("r").await?;
            people.elsewhere().await?.decide(&link, true, None).await??;
            Ok(())
        })
        .await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        rotate("s").await?;
        let error = people.elsewhere().await?.claims(&link).await.err().ok_or("a key of before is still good")?;
        assert_eq!(error.to_string(), "the link is not valid");
        Ok(())
    })
}

#[test]
fn where_nobody_can_be_asked_nothing_is_changed_and_a_ticket_says_why() -> Tested {
    approve(async |stage| {
        let _nobody = People::with(stage, "approvers: {}").await?;
        let machine = stage.busy_machine("m5.large").await?;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        assert_eq!(happened.refusals(), ["approval"], "{}", happened.story());
        assert!(reason(&happened).contains("not said which groups must agree"), "{}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn while_people_decide_the_fault_is_claimed_longer_than_any_lease() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let kim = people.mailbox("kim").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let lease = |seconds: &str| BTreeMap::from([("KINTSUGI_LOCK_LEASE_SECONDS".to_owned(), seconds.to_owned())]);
        stage.stack.restart_function(RESIZE, &lease("1"))?;
        let happened = alarm(stage, &machine, async || {
            let link = people.link(&kim).await?;
            tokio::time::sleep(Duration::from_millis(2500)).await;
            stage.stack.invoke(RESIZE, &alarm_event(Delivery::AlarmAction, &machine)?).await?;
            people.decide(&link, false, None).await??;
            Ok(())
        })
        .await;
        stage.stack.restart_function(RESIZE, &lease("25200"))?;
        let happened = happened?;
        assert_eq!(happened.refusals(), ["approval", "duplicate"], "{}", happened.story());
        Ok(())
    })
}

/// Takes so many requests, and gives what was sent.
async fn requests(listener: &TcpListener, count: usize) -> Result<Vec<String>, Box<dyn Error>> {
    let mut bodies = Vec::new();
    while bodies.len() < count {
        let (mut connection, _) = listener.accept().await?;
        let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
        while !whole(&read) {
            let length = connection.read(&mut chunk).await?;
            read.extend_from_slice(&chunk[..length]);
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await?;
        bodies.push(String::from_utf8(read)?);
    }
    Ok(bodies)
}

/// Whether a request has all of its body.
fn whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

#[test]
fn a_webhook_of_one_s_own_gets_one_s_link_and_a_room_of_many_gets_none() -> Tested {
    approve(async |stage| {
        let people = people(stage, "{groups: {managers: 1}, within: 120}").await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = |path: &str| {
            format!("http://{}/{path}", listener.local_addr().map(|at| at.to_string()).unwrap_or_default())
        };
        let addresses = json!({"lee": at("lee"), "*": at("room")}).to_string();
        let keep = async |text: &str| {
            let secret = json!({"SecretId": "kintsugi-ApprovalWebhooks", "SecretString": text});
            stage.operator.call("secretsmanager", "PutSecretValue", secret).await
        };
        keep(&addresses).await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let mut sent = Vec::new();
        let happened = alarm(stage, &machine, async || {
            sent = requests(&listener, 2).await?;
            let own = sent.iter().find(|body| body.starts_with("POST /lee ")).ok_or("lee got none")?;
            let token = own.split_once("/?token=").and_then(|(_, rest)| rest.split('"').next()).ok_or("no link")?;
            assert_eq!(people.claims(token).await?.approver, "lee");
            people.decide(token, true, None).await??;
            Ok(())
        })
        .await;
        keep("{}").await?;
        let happened = happened?;
        let room = sent.iter().find(|body| body.starts_with("POST /room ")).ok_or("the room got none")?;
        assert!(room.contains("m5.large") && !room.contains("token"), "{room}");
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        Ok(())
    })
}
