//! Tickets end to end: events on the bus, the template's rules, the real function, told where tickets go.
//!
//! Comes in: a stage, alarms, seconds of their life. Goes out: what came of each event.
//! Never: a look at the desk, which is the test's.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

use serde_json::{Value, json};
use world::clock::alarm_time;
use world::desk::{self, DeskConfig, Flavour, RunningDesk};
use world::gateway::ACCOUNT;

use super::{Stage, Tested, example, test};

/// The function that opens tickets.
pub const TICKET: &str = "open-ticket";
/// When the first alarm rang, in seconds since 1970.
const BEGUN: i64 = 1_790_000_000;

/// Why a helper could not.
pub type Failed = Box<dyn Error>;

/// Runs a test in a world whose every alarm is told of, with room for ten tickets at once.
///
/// # Errors
/// The test's own.
pub fn world(body: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    test(
        |mut config| {
            config.instances.insert(TICKET.to_owned(), 10);
            config.with_parameter("TicketAlarmNames", "*").with_setting("KINTSUGI_TEST_WEBHOOKS_TO_LOOPBACK", "true")
        },
        body,
    )
}

/// Starts the function anew with these settings.
///
/// # Errors
/// It does not start.
pub fn told(stage: &Stage<'_>, settings: &[(&str, &str)]) -> Tested {
    let settings: BTreeMap<_, _> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    stage.stack.restart_function(TICKET, &settings)?;
    Ok(())
}

/// Puts credentials into Secrets Manager. What `KINTSUGI_TICKET_CREDENTIALS` says of them.
async fn secret(stage: &Stage<'_>, credentials: &Value) -> Result<String, Failed> {
    let name = stage.name("kintsugi/ticket");
    let secret = json!({ "Name": name, "SecretString": credentials.to_string() });
    stage.operator.call("secretsmanager", "CreateSecret", secret).await?;
    Ok(format!("secretsmanager:{name}"))
}

/// Starts the function anew with a provider, where it is, and its credentials, which go into Secrets Manager.
///
/// # Errors
/// It does not start.
pub async fn to(stage: &Stage<'_>, provider: &str, settings: &[(&str, &str)], credentials: Value) -> Tested {
    let credentials = secret(stage, &credentials).await?;
    let own = [("KINTSUGI_TICKET_PROVIDER", provider), ("KINTSUGI_TICKET_CREDENTIALS", credentials.as_str())];
    told(stage, &[own.as_slice(), settings].concat())
}

/// A Jira of either kind, and the function told of it.
///
/// # Errors
/// It does not start.
pub async fn jira(stage: &Stage<'_>, config: DeskConfig) -> Result<RunningDesk, Failed> {
    let (provider, credentials) = match config.flavour {
        Flavour::Cloud => ("jira", json!({ "email": config.email, "token": config.token })),
        Flavour::DataCenter => ("jira-data-center", json!({ "token": config.token })),
    };
    let project = config.project.clone();
    let desk = desk::start(config).await?;
    let settings = [("KINTSUGI_TICKET_URL", desk.url.as_str()), ("KINTSUGI_TICKET_PROJECT", project.as_str())];
    to(stage, provider, &settings, credentials).await?;
    Ok(desk)
}

/// The alarm's state at one second of its life, as CloudWatch says it.
///
/// # Errors
/// There is no example of it.
pub fn state_change(alarm: &str, state: &str, second: i64) -> Result<Value, Failed> {
    let mut event: Value = serde_json::from_str(&example("cloudwatch/alarm-unbound.json")?)?;
    event["resources"] = json!([format!("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{alarm}")]);
    event["id"] = json!(format!("{alarm} {state} {second}"));
    event["detail"]["alarmName"] = json!(alarm);
    let at = jiff::Timestamp::from_second(BEGUN + second)?;
    event["detail"]["state"] = json!({ "value": state, "reason": "crossed", "timestamp": alarm_time(at) });
    Ok(event)
}

/// Puts events on the bus, all at once, and waits until what comes of them is over. What each came to, sorted.
///
/// # Errors
/// An execution does not end.
pub async fn emit(stage: &Stage<'_>, events: Vec<Value>) -> Result<Vec<String>, Failed> {
    let happened = stage.consequences(async {
        events.into_iter().for_each(|event| stage.stack.gateway().cloud().bus.emit("default", event));
        Ok(())
    });
    let happened = happened.await?;
    let results = happened.executions.iter().filter_map(|(_, execution)| execution.result.as_ref());
    let filed = results.map(|result| match result["ticket"]["filed"].as_str() {
        Some(filed) => filed.to_owned(),
        None => result["status"].as_str().unwrap_or("?").to_owned(),
    });
    let mut filed: Vec<String> = filed.collect();
    filed.sort();
    Ok(filed)
}

/// Rings once at each second, ten at a time. What each came to, sorted.
///
/// # Errors
/// As [`emit`].
pub async fn rings(stage: &Stage<'_>, alarm: &str, seconds: Range<i64>) -> Result<Vec<String>, Failed> {
    let events: Result<Vec<Value>, Failed> = seconds.map(|second| state_change(alarm, "ALARM", second)).collect();
    let mut filed = Vec::new();
    for some in events?.chunks(10) {
        filed.extend(emit(stage, some.to_vec()).await?);
    }
    filed.sort();
    Ok(filed)
}

/// Is OK again. What it came to.
///
/// # Errors
/// As [`emit`].
pub async fn is_ok(stage: &Stage<'_>, alarm: &str, second: i64) -> Result<Vec<String>, Failed> {
    emit(stage, vec![state_change(alarm, "OK", second)?]).await
}

/// Five in full, four counts, and the rest only counted.
#[must_use]
pub fn a_hundred_repeats() -> Vec<String> {
    let told = std::iter::repeat_n("Commented", 9).chain(std::iter::repeat_n("Counted", 91));
    told.map(str::to_owned).collect()
}
