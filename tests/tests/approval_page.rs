//! The approval page in a real browser, over the real function, with links as they were sent.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use shared::approval::{Approval, Claims, State, Word, store};
use shared::aws::Services;
use tests::browser::Browser;
use tests::local::{self, Stage, Tested};
use tests::page::{FORM, PAGE, asking, client, page, page_token, send, signed, stored, token};
use tests::sweep::recording::{Step, steps};
use world::gateway::journal::Filter;

fn approve(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

/// The same with a browser, where there is one.
fn browse(test: impl AsyncFnOnce(&Stage<'_>, &mut Browser) -> Tested) -> Tested {
    let Some(mut browser) = Browser::start()? else { return Ok(()) };
    approve(async |stage| test(stage, &mut browser).await)
}

async fn is_open(services: &Services, approval: &Approval) -> bool {
    let found = store::load(services, &approval.id).await.unwrap().unwrap();
    found.state == State::Open && found.decisions.is_empty()
}

#[test]
fn what_is_not_a_person_on_our_page_decides_nothing() -> Tested {
    approve(async |stage| {
        let services = &asking(stage).await?;
        let (approval, link) = stored(stage, services, "CPU is high").await?;
        let scanner = client([127, 0, 0, 30]);
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let answer = scanner.request(method.clone(), &link).send().await?;
            assert_eq!(answer.status(), 200, "{method}");
            assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
            assert_eq!(answer.text().await?.is_empty(), method == Method::HEAD);
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            assert_eq!(scanner.request(method, &link).send().await?.status(), 405);
        }
        let (token, of_page) = (token(&link).to_owned(), page_token(&link).await);
        let form = [("token", token.as_str()), ("page", of_page.as_str()), ("decision", "approve"), ("reason", "")];
        let other = stored(stage, services, "another").await?.1;
        let of_other = page_token(&other).await;
        let without = |name: &'static str| form.into_iter().filter(|(field, _)| *field != name).collect::<Vec<_>>();
        let with = |name: &'static str, value: &'static str| -> Vec<_> {
            form.into_iter().map(|(field, old)| (field, if field == name { value } else { old })).collect()
        };
        let swapped: Vec<_> =
            form.into_iter().map(|(f, old)| (f, if f == "page" { of_other.as_str() } else { old })).collect();
        let as_page: Vec<_> =
            form.into_iter().map(|(f, old)| (f, if f == "token" { of_page.as_str() } else { old })).collect();
        let same = Some("same-origin");
        let cases = [
            ("no word of the browser", form.to_vec(), None, 403),
            ("another site", form.to_vec(), Some("cross-site"), 403),
            ("a site of the same owner", form.to_vec(), Some("same-site"), 403),
            ("no token of the page", without("page"), same, 403),
            ("another page's token", swapped, same, 403),
            ("a made up token of the page", with("page", "AAAA"), same, 403),
            ("the page's token as link", as_page, same, 403),
            ("a made up link", with("token", "AAAA"), same, 403),
            ("no link", without("token"), same, 400),
            ("neither yes nor no", with("decision", "maybe"), same, 422),
        ];
        for (name, fields, site, expected) in cases {
            let (status, text) = send(stage, &fields, site).await;
            assert_eq!(status, expected, "{name}:\n{text}");
            assert!(is_open(services, &approval).await, "{name} decided");
        }
        let shown = scanner.get(format!("{}?token={of_page}", page(stage))).send().await?;
        assert_eq!(shown.status(), 404, "the token of a page opens none");
        let json = scanner.post(page(stage)).header("sec-fetch-site", "same-origin").json(&json!({"token": token}));
        assert_eq!(json.send().await?.status(), 415);
        let large = scanner.post(page(stage)).header("content-type", FORM).body("a".repeat(20_000));
        assert_eq!(large.send().await?.status(), 413);
        assert!(is_open(services, &approval).await);
        assert_eq!(send(stage, &form, same).await.0, 200, "the page itself can");
        assert!(!is_open(services, &approval).await);
        Ok(())
    })
}

#[test]
fn a_link_that_is_no_good_says_so_and_nothing_else() -> Tested {
    approve(async |stage| {
        let services = &asking(stage).await?;
        let (open, link) = stored(stage, services, "secret-of-this-approval").await?;
        let (void, of_void) = stored(stage, services, "void").await?;
        store::void(services, &void.id).await?;
        let mut tampered = link.clone();
        tampered.replace_range(tampered.len() - 3.., "abc");
        let missing = Approval { id: "nowhere".into(), ..open.clone() };
        let changed = Approval { plan_hash: "another".into(), ..open.clone() };
        let cases = [
            ("tampered", tampered, 403, "This link is not valid", true),
            ("expired", signed(stage, services, &open, "kim", -1).await?, 410, "This link has expired", true),
            ("unknown", signed(stage, services, &missing, "kim", 60).await?, 404, "There is nothing to decide", true),
            (
                "of another plan",
                signed(stage, services, &changed, "kim", 60).await?,
                404,
                "There is nothing to decide",
                true,
            ),
            (
                "of a stranger",
                signed(stage, services, &open, "eve", 60).await?,
                404,
                "There is nothing to decide",
                true,
            ),
            ("void", of_void, 410, "This plan does not hold any more", false),
            ("none", page(stage).to_owned(), 400, "There is nothing here without a link", true),
            ("another page", format!("{}favicon.ico", page(stage)), 404, "There is no such page", true),
        ];
        for (name, link, expected, title, silent) in cases {
            let answer = client([127, 0, 0, 32]).get(&link).send().await?;
            let status = answer.status().as_u16();
            assert!(answer.headers()["content-security-policy"].to_str()?.contains("default-src 'none'"), "{name}");
            let text = answer.text().await?;
            assert_eq!(status, expected, "{name}:\n{text}");
            assert!(text.contains(title), "{name}:\n{text}");
            assert!(
                !silent || !["secret-of-this-approval", "m5.large", "kim"].iter().any(|word| text.contains(word)),
                "{name}:\n{text}"
            );
        }
        Ok(())
    })
}

/// A link that is in a log can be used by whoever reads it.
fn no_log_has(stage: &Stage<'_>, token: &str) -> Tested {
    let log = std::fs::read_to_string(stage.stack.log(PAGE))?;
    assert!(log.contains("approved by kim"), "the log is written:\n{log}");
    assert!(!log.contains(token), "the token is in the log:\n{log}");
    let requests = Filter { operation: Some("InvokeFunctionUrl".into()), ..Filter::default() };
    let journal = serde_json::to_string(&stage.stack.journal(&requests))?;
    assert!(journal.contains("\"Method\":\"POST\"") && !journal.contains(token), "{journal}");
    Ok(())
}

#[test]
fn a_decision_counts_once_and_stands() -> Tested {
    approve(async |stage| {
        let services = &asking(stage).await?;
        let (approval, link) = stored(stage, services, "CPU is high").await?;
        let page_token = page_token(&link).await;
        let form = |decision: &'static str| {
            [("token", token(&link)), ("page", page_token.as_str()), ("decision", decision), ("reason", "so it is")]
        };
        let same = Some("same-origin");
        let (status, text) = send(stage, &form("approve"), same).await;
        assert!(status == 200 && text.contains("You approved this") && text.contains("Others have to agree"), "{text}");
        let (status, text) = send(stage, &form("approve"), same).await;
        assert!(status == 200 && text.contains("You had approved this already"), "{text}");
        let (status, text) = send(stage, &form("reject"), same).await;
        assert!(status == 410 && text.contains("You have approved this"), "{text}");
        no_log_has(stage, token(&link))?;
        let stored = store::load(services, &approval.id).await?.unwrap();
        assert_eq!((stored.decisions.len(), stored.state), (1, State::Open));
        // The other approver settles it; nobody waits for the end here, which the page says.
        let claims = Claims {
            approval: approval.id.clone(),
            approver: "lee".into(),
            plan: "c0ffee".into(),
            expires: approval.expires_at,
        };
        let word = Word { approved: false, reason: Some("no".into()) };
        assert!(store::decide(services, &claims, &word).await.is_err(), "there is no such callback");
        let answer = client([127, 0, 0, 33]).get(&link).send().await?;
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str()?), (503, "60"));
        assert!(answer.text().await?.contains("Your decision is stored, but the run has not heard of it"));
        Ok(())
    })
}

/// What may happen to a call and pass. A browser whose page's process died waits as long as it likes: that is not played.
fn disturbances(step: &Step) -> Vec<Value> {
    let fault = json!({"error": {"code": "InternalError", "status": 500}});
    let mut all = vec![json!("throttle"), json!("deny"), fault];
    if step.writes {
        all.extend([json!({"cut": {"performed": true}}), json!("repeat")]);
    }
    all
}

/// An approver presses Approve under these faults, which a new process takes; and once more if told that it did not work.
async fn pressed(
    stage: &Stage<'_>,
    services: &Services,
    rules: Value,
) -> Result<Vec<Step>, Box<dyn std::error::Error>> {
    let (approval, link) = stored(stage, services, "CPU is high").await?;
    let page_token = page_token(&link).await;
    stage.stack.restart_function(PAGE, &BTreeMap::new())?;
    let form = [("token", token(&link)), ("page", page_token.as_str()), ("decision", "approve")];
    let since = stage.stack.journal_end();
    let press = async || Ok(send(stage, &form, Some("same-origin")).await);
    let (status, _) = stage.with_faults(rules, press()).await?;
    let own = Filter { since: Some(since), caller: Some(PAGE.to_owned()), ..Filter::default() };
    let called = steps(&stage.stack.journal(&own));
    if status != 200 {
        let (status, text) = press().await?;
        assert!(status == 200 && text.contains("approved this"), "{status} {text}");
    }
    let stored = store::load(services, &approval.id).await?.ok_or("it is gone")?;
    assert_eq!((stored.decisions.len(), stored.state), (1, State::Open), "two must agree");
    Ok(called)
}

#[test]
fn whatever_happens_to_a_call_of_the_page_a_decision_counts_once() -> Tested {
    approve(async |stage| {
        let services = &asking(stage).await?;
        let called = pressed(stage, services, json!([])).await?;
        assert!(called.len() > 3 && called.iter().any(|step| step.writes), "{called:?}");
        for step in &called {
            for fault in disturbances(step) {
                let Step { service, operation, nth, .. } = step;
                let case = format!("{step} {fault}");
                let rule =
                    json!({"service": service, "operation": operation, "caller": PAGE, "nth": [nth], "fault": fault});
                let came_to =
                    pressed(stage, services, json!([rule])).await.map_err(|error| format!("{case}: {error}"))?;
                assert!(came_to.contains(step), "{case} did not come about");
            }
        }
        Ok(())
    })
}

#[test]
fn other_sites_can_neither_send_the_form_nor_frame_the_page() -> Tested {
    browse(async |stage, browser| {
        let services = &asking(stage).await?;
        let (approval, link) = stored(stage, services, "CPU is high").await?;
        let page_token = page_token(&link).await;
        browser.order("open", json!({}))?;
        let form = format!(
            "<form method=post action='{}'><input name=token value='{}'><input name=page value='{page_token}'>\
             <button name=decision value=approve>Win a prize</button></form>",
            page(stage),
            token(&link)
        );
        // Another site to the browser, and one that may reach this machine.
        browser.order("go", json!({"url": "http://localhost:9/", "html": form}))?;
        assert_eq!(browser.press("Win a prize")?, 403);
        assert!(browser.text()?.contains("This did not come from the approval page"));
        assert!(is_open(services, &approval).await);
        let framing = format!("<h1>Look here</h1><iframe src='{link}'></iframe>");
        browser.order("go", json!({"url": "http://localhost:9/frame", "html": framing}))?;
        let frames = browser.order("frames", json!({}))?;
        assert_eq!(frames.as_array().unwrap().len(), 2, "{frames}");
        assert!(!frames.to_string().contains("Your approval is asked"), "{frames}");
        let framed = frames[1]["url"].as_str().unwrap();
        assert!(framed.starts_with("chrome-error:"), "the browser shows an error in its place: {frames}");
        Ok(())
    })
}

#[test]
fn everybody_can_use_the_page_by_eye_by_ear_and_by_keyboard() -> Tested {
    browse(async |stage, browser| {
        let services = asking(stage).await?;
        let (_, link) = stored(stage, &services, "CPU is high").await?;
        let none = format!("{}?token=none", page(stage));
        for (name, window) in [
            ("light", json!({})),
            ("dark", json!({"dark": true})),
            ("phone", json!({"phone": true, "width": 360, "height": 740})),
            ("phone-dark", json!({"phone": true, "width": 360, "height": 740, "dark": true, "still": true})),
        ] {
            browser.order("open", window)?;
            for (page, address, action) in [
                ("asked", link.as_str(), None),
                ("no-reason", link.as_str(), Some("Reject")),
                ("no-good", none.as_str(), None),
            ] {
                browser.go(address)?;
                action.map(|button| browser.press(button)).transpose()?;
                browser.picture(&format!("approval-{page}-{name}"))?;
                assert_eq!(browser.order("faults", json!({}))?, json!([]), "{page}, {name}");
                assert!(browser.fits()?, "{page} is wider than the screen: {name}");
            }
        }
        browser.order("open", json!({}))?;
        browser.go(&link)?;
        let mut reached = vec![];
        for _ in 0..4 {
            browser.order("press", json!({"key": "Tab"}))?;
            let focused = browser.order("focused", json!({}))?;
            assert!(focused["outline"].as_f64().unwrap() >= 2.0, "the focus is seen: {focused}");
            reached.push(focused["name"].as_str().unwrap().to_owned());
        }
        assert_eq!(reached, ["Go to your decision", "Reason", "Approve", "Reject"]);
        let heard = browser.order("heard", json!({}))?;
        for part in [
            "- banner:",
            "- main:",
            "- contentinfo:",
            "heading \"CPU is high\" [level=1]",
            "textbox \"Reason\"",
            "button \"Approve\"",
        ] {
            assert!(heard.as_str().unwrap().contains(part), "no {part} in\n{}", heard.as_str().unwrap());
        }
        let asks = json!({"script": "[document.documentElement.lang, document.scripts.length, document.querySelectorAll('link,img,iframe').length]"});
        assert_eq!(browser.order("evaluate", asks)?, json!(["en", 0, 0]));
        Ok(())
    })
}

/// Sends until a request is turned away: all before it were answered with `status`, and at least `limit` of them.
async fn flood(address: [u8; 4], url: &str, status: u16, limit: usize) -> Tested {
    let client = client(address);
    for passed in 0.. {
        let answer = client.get(url).send().await?;
        if answer.status() == 429 {
            assert!(passed >= limit, "{passed} passed");
            assert_eq!(answer.headers()["retry-after"], "60");
            break;
        }
        assert_eq!(answer.status(), status);
        // A minute may end meanwhile: then twice as many go through.
        assert!(passed < 2 * 120, "{passed} requests and no end");
    }
    Ok(())
}

#[test]
fn a_flood_is_turned_away_by_link_and_by_sender() -> Tested {
    approve(async |stage| {
        let services = asking(stage).await?;
        let (_, link) = stored(stage, &services, "CPU is high").await?;
        let unknown = format!("{}?token=x", page(stage));
        flood([127, 0, 0, 40], &link, 200, 30).await?;
        flood([127, 0, 0, 41], &unknown, 403, 120).await?;
        // A minute that ends between the two requests frees the link again: then it is exhausted once more.
        let mut elsewhere = 200;
        for _ in 0..3 {
            flood([127, 0, 0, 40], &link, 200, 0).await?;
            elsewhere = client([127, 0, 0, 42]).get(&link).send().await?.status().as_u16();
            if elsewhere == 429 {
                break;
            }
        }
        assert_eq!(elsewhere, 429, "the link itself is exhausted, for every sender");
        let (_, other) = stored(stage, &services, "CPU is high").await?;
        assert_eq!(client([127, 0, 0, 42]).get(&other).send().await?.status(), 200, "others are not");
        Ok(())
    })
}
