//! Approvals in a real table: many who decide at once, and words that do not count.

use std::error::Error;

use serde_json::json;
use shared::approval::{Approval, Claims, NotDecided, State, Word, store};
use tests::local::{self, People, Stage, Tested};

const PLAN: &str = "c0ffee";

fn world(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

/// An approval of one group. Its callback is nobody's: whom it settles is not told.
fn approval(id: &str, minimum: u32, approvers: &[String], expires: &str) -> Result<Approval, Box<dyn Error>> {
    let group = json!({"name": "all", "minimum": minimum, "approvers": approvers});
    Ok(serde_json::from_value(json!({
        "id": id, "function": "f", "execution": "e", "summary": "s", "resource": null, "account": "123456789012",
        "region": "eu-west-1", "change": "c", "plan": [], "writes": [], "planHash": PLAN, "risk": "low",
        "riskReasons": [], "cost": null, "policy": {"groups": [group], "within": 60, "onTimeout": "deny"},
        "decisions": [], "state": "open", "askedAt": "2026-01-01T00:00:00Z", "expiresAt": expires,
        "callback": "bm9ib2R5", "told": false,
    }))?)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("approver-{number}")).collect()
}

fn claims(approval: &Approval, approver: &str) -> Claims {
    let (id, plan, expires) = (approval.id.clone(), approval.plan_hash.clone(), approval.expires_at);
    Claims { approval: id, approver: approver.to_owned(), plan, expires }
}

fn yes() -> Word {
    Word { approved: true, reason: None }
}

/// The words for it, of everybody at the same moment.
async fn race(people: &People<'_>, approval: &Approval, approvers: &[String]) -> Vec<Result<bool, NotDecided>> {
    let mut racing = tokio::task::JoinSet::new();
    for approver in approvers {
        let (services, claims) = (people.services().clone(), claims(approval, approver));
        racing.spawn(async move { store::decide(&services, &claims, &yes()).await.map(|decided| decided.repeated) });
    }
    racing.join_all().await
}

#[test]
fn of_twenty_decisions_at_once_just_as_many_count_as_are_needed() -> Tested {
    world(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let approvers = names(20);
        let asked = approval(&stage.name("race"), 10, &approvers, "2999-01-01T00:00:00Z")?;
        store::create(people.services(), &asked).await?;
        let said = race(&people, &asked, &approvers).await;
        let count = |wanted: fn(&Result<bool, NotDecided>) -> bool| said.iter().filter(|said| wanted(said)).count();
        assert_eq!(count(|said| matches!(said, Ok(false))), 9, "{said:?}");
        assert_eq!(count(|said| matches!(said, Err(NotDecided::NotTold { .. }))), 1, "{said:?}");
        assert_eq!(count(|said| matches!(said, Err(NotDecided::Settled { state: State::Approved }))), 10, "{said:?}");
        let stored = store::load(people.services(), &asked.id).await?.ok_or("it is stored")?;
        assert_eq!((stored.decisions.len(), stored.state, stored.told), (10, State::Approved, false));
        Ok(())
    })
}

#[test]
fn one_approver_who_clicks_twenty_times_at_once_decides_once() -> Tested {
    world(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let asked = approval(&stage.name("race"), 2, &names(2), "2999-01-01T00:00:00Z")?;
        store::create(people.services(), &asked).await?;
        let said = race(&people, &asked, &vec![names(1)[0].clone(); 20]).await;
        assert_eq!(said.iter().filter(|said| matches!(said, Ok(false))).count(), 1, "{said:?}");
        assert_eq!(said.iter().filter(|said| matches!(said, Ok(true))).count(), 19, "{said:?}");
        let stored = store::load(people.services(), &asked.id).await?.ok_or("it is stored")?;
        assert_eq!((stored.decisions.len(), stored.state), (1, State::Open));
        Ok(())
    })
}

#[test]
fn words_that_do_not_count_leave_no_trace() -> Tested {
    world(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let services = people.services();
        let open = approval(&stage.name("words"), 1, &names(1), "2999-01-01T00:00:00Z")?;
        let late = approval(&stage.name("words"), 1, &names(1), "2026-01-02T00:00:00Z")?;
        for asked in [&open, &late] {
            store::create(services, asked).await?;
        }
        let mut other_plan = claims(&open, "approver-0");
        other_plan.plan = "another".to_owned();
        let mut unknown = claims(&open, "approver-0");
        unknown.approval = stage.name("unknown");
        let decide = async |claims: Claims| store::decide(services, &claims, &yes()).await.err();
        assert!(matches!(decide(other_plan).await, Some(NotDecided::OtherPlan)));
        assert!(matches!(decide(unknown).await, Some(NotDecided::Unknown)));
        assert!(matches!(decide(claims(&open, "eve")).await, Some(NotDecided::NotAnApprover { .. })));
        assert!(matches!(decide(claims(&late, "approver-0")).await, Some(NotDecided::Expired)));
        for asked in [&open, &late] {
            assert_eq!(store::load(services, &asked.id).await?.as_ref(), Some(asked));
        }
        Ok(())
    })
}

#[test]
fn a_question_stored_twice_keeps_what_was_said_and_another_one_never_takes_its_place() -> Tested {
    world(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let services = people.services();
        let asked = approval(&stage.name("twice"), 2, &names(2), "2999-01-01T00:00:00Z")?;
        store::create(services, &asked).await?;
        store::decide(services, &claims(&asked, "approver-0"), &yes()).await?;
        store::create(services, &asked).await?;
        let stored = store::load(services, &asked.id).await?.ok_or("it is stored")?;
        assert_eq!(stored.decisions.len(), 1);
        let another = Approval { callback: "b3RoZXI=".to_owned(), ..asked };
        assert!(store::create(services, &another).await.is_err());
        Ok(())
    })
}

#[test]
fn what_was_settled_before_its_time_was_over_stays_settled() -> Tested {
    world(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let services = people.services();
        let asked = approval(&stage.name("settled"), 1, &names(1), "2999-01-01T00:00:00Z")?;
        store::create(services, &asked).await?;
        let said = store::decide(services, &claims(&asked, "approver-0"), &yes()).await;
        assert!(matches!(said, Err(NotDecided::NotTold { .. })), "{said:?}");
        let after = store::settle_open(services, &asked.id, State::Expired).await?.ok_or("it is stored")?;
        assert_eq!(after.state, State::Approved, "the run that waits sees the yes, although nobody woke it");
        assert_eq!(store::void(services, &asked.id).await?.map(|now| now.state), Some(State::Void));
        Ok(())
    })
}
