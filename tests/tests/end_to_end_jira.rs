//! Tickets in Jira: the real function against a desk that speaks Jira's API, with credentials where they belong.

use std::collections::BTreeMap;

use serde_json::json;
use tests::local::{self, Stage, Tested, example};
use world::desk::{self, DeskConfig, RunningDesk};

const TICKET: &str = "open-ticket";
const SECRET: &str = "kintsugi/jira";

fn world(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

/// A desk, its credentials in Secrets Manager, and the function told where both are.
async fn jira(stage: &Stage<'_>) -> Result<RunningDesk, Box<dyn std::error::Error>> {
    let config = DeskConfig::default();
    let credentials = json!({ "email": config.email, "token": config.token }).to_string();
    let desk = desk::start(config).await?;
    let secret = json!({ "Name": SECRET, "SecretString": credentials });
    stage.operator.call("secretsmanager", "CreateSecret", secret).await?;
    let settings = [
        ("KINTSUGI_TICKET_PROVIDER", "jira".to_owned()),
        ("KINTSUGI_JIRA_URL", desk.url.clone()),
        ("KINTSUGI_JIRA_PROJECT", "OPS".to_owned()),
        ("KINTSUGI_JIRA_CREDENTIALS", format!("secretsmanager:{SECRET}")),
    ];
    let settings: BTreeMap<_, _> = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    stage.stack.restart_function(TICKET, &settings)?;
    Ok(desk)
}

#[test]
fn one_fault_is_one_issue_and_the_token_is_nowhere_but_in_its_header() -> Tested {
    world(async |stage| {
        let desk = jira(stage).await?;
        let event = example("ssm/automation-failed.json")?;
        let first = stage.deliver(TICKET, &event).await?;
        assert_eq!(first.told().len(), 1, "{}", first.story());
        let second = stage.deliver(TICKET, &event).await?;
        assert!(second.told().is_empty(), "{}", second.story());

        let issues = desk.issues();
        assert_eq!(issues.len(), 1, "{issues:?}");
        assert_eq!((issues[0].key.as_str(), issues[0].issue_type.as_str()), ("OPS-1", "Task"));
        assert!(issues[0].summary.contains("shop-restart"), "{}", issues[0].summary);
        assert!(first.tickets.is_empty(), "no OpsItem besides: {:?}", first.tickets);

        let log = std::fs::read_to_string(stage.stack.log(TICKET))?;
        let token = DeskConfig::default().token;
        assert!(!log.contains(&token), "the token is in the function's log");
        assert!(desk.seen().iter().all(|seen| !seen.body.to_string().contains(&token)));
        Ok(())
    })
}
