//! `kintsugi ticket test`, before a desk that speaks Jira's API and refuses what Jira refuses.

use serde_json::{Value, json};
use world::desk::{self, Custom, DeskConfig, RunningDesk};

use crate::aws::Aws;
use crate::tool::{Desk, Done, finish, tool};

/// A desk for tickets, credentials in Secrets Manager, and whoever looks whether the two fit.
struct Office {
    desk: RunningDesk,
    person: Desk,
    secret: String,
}

impl Office {
    async fn open(aws: &Aws, name: &str, config: DeskConfig) -> Self {
        let credentials = json!({"email": "kintsugi@example.com", "token": "desk-token"}).to_string();
        aws.call("secretsmanager", "CreateSecret", json!({"Name": name, "SecretString": credentials})).await;
        let desk = desk::start(config).await.unwrap();
        Self { desk, person: Desk::on(aws), secret: format!("secretsmanager:{name}") }
    }

    /// The variables of open-ticket; the first of two of one name counts.
    fn variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = [
            ("KINTSUGI_TICKET_PROVIDER", "jira"),
            ("KINTSUGI_TICKET_URL", self.desk.url.as_str()),
            ("KINTSUGI_TICKET_PROJECT", "OPS"),
            ("KINTSUGI_TICKET_CREDENTIALS", self.secret.as_str()),
        ];
        own.iter().chain(more).copied().collect()
    }

    fn test(&self, arguments: &[&str], more: &[(&str, &str)]) -> Done {
        let mut command = self.person.command(tool(), &[&["ticket", "test"], arguments].concat());
        command.envs(self.variables(more));
        finish(command)
    }
}

/// What was said, with the desk at an address that does not change.
fn said(office: &Office, what: &str, done: &Done) -> String {
    let text = format!("# {what}: exit code {}\n{}{}\n", done.code.unwrap_or(-1), done.out, done.err);
    text.replace(&office.desk.url, "http://127.0.0.1:PORT")
}

/// What is so, the variables that make it so, the exit code.
type Case = (&'static str, &'static [(&'static str, &'static str)], i32);

const RULES: &str = "
default: {labels: [sre]}
bindings:
  resize-on-cpu-alarm:
    fields: {customfield_10042: {value: Production}}
  fix-config-drift:
    assignee: kim
    fields: {customfield_10099: x}
";

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_wrong_is_named_with_what_to_correct() {
    let Some(aws) = Aws::start().await else { return };
    let mut told = String::new();
    let office = Office::open(&aws, "looked-at-by-ticket-test", DeskConfig::default()).await;
    let rules = json!({"Name": "/ticket-test/rules", "Type": "String", "Value": RULES});
    aws.call("ssm", "PutParameter", rules).await;
    aws.call("ssm", "PutParameter", json!({"Name": "/ticket-test/odd", "Type": "String", "Value": "lables: []"})).await;
    let unknown =
        json!({"Name": "/ticket-test/unknown", "Type": "String", "Value": "default: {title: 'Oh: {{ acount }}'}"});
    aws.call("ssm", "PutParameter", unknown).await;
    let cases: [Case; 11] = [
        ("all is well", &[], 0),
        ("no such provider", &[("KINTSUGI_TICKET_PROVIDER", "trello")], 2),
        ("no project is set", &[("KINTSUGI_TICKET_PROJECT", "")], 2),
        ("nobody at the address", &[("KINTSUGI_TICKET_URL", "http://127.0.0.1:9")], 1),
        ("an address without TLS", &[("KINTSUGI_TICKET_URL", "http://jira.example.com")], 1),
        ("no such secret", &[("KINTSUGI_TICKET_CREDENTIALS", "secretsmanager:nowhere")], 1),
        ("no such project", &[("KINTSUGI_TICKET_PROJECT", "NOPE")], 1),
        ("no such issue type", &[("KINTSUGI_TICKET_TYPE", "Epic")], 1),
        ("rules with a slip of the pen", &[("KINTSUGI_TICKET_RULES", "/ticket-test/odd")], 1),
        ("rules that name what no ticket has", &[("KINTSUGI_TICKET_RULES", "/ticket-test/unknown")], 1),
        ("no such parameter with rules", &[("KINTSUGI_TICKET_RULES", "/ticket-test/nowhere")], 1),
    ];
    for (what, variables, code) in cases {
        let done = office.test(&[], variables);
        assert_eq!(done.code, Some(code), "{what}: {done:?}");
        told.push_str(&said(&office, what, &done));
    }
    office.desk.rotate("another-token");
    let done = office.test(&[], &[]);
    assert_eq!(done.code, Some(1), "{done:?}");
    told.push_str(&said(&office, "the token is no longer taken", &done));

    let field = Custom { id: "customfield_10042".into(), name: "Environment".into(), required: true };
    let config = DeskConfig { fields: vec![field], ..DeskConfig::default() };
    let strict = Office::open(&aws, "looked-at-with-a-field", config).await;
    let done = strict.test(&[], &[("KINTSUGI_TICKET_RULES", "/ticket-test/rules")]);
    assert_eq!(done.code, Some(1), "{done:?}");
    told.push_str(&said(&strict, "a field that only one binding gives, and one that nobody knows", &done));
    let withheld = ["EDIT_ISSUES", "TRANSITION_ISSUES"].map(str::to_owned).into();
    let config = DeskConfig { withheld, ..DeskConfig::default() };
    let narrow = Office::open(&aws, "looked-at-without-permissions", config).await;
    let done = narrow.test(&[], &[]);
    assert_eq!(done.code, Some(1), "{done:?}");
    told.push_str(&said(&narrow, "a project that lets tickets be opened and not closed", &done));
    assert!(!told.contains("desk-token") && office.desk.issues().is_empty() && strict.desk.issues().is_empty());
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_in_json() {
    let Some(aws) = Aws::start().await else { return };
    let office = Office::open(&aws, "looked-at-by-a-program", DeskConfig::default()).await;
    let done = office.test(&["--json"], &[("KINTSUGI_TICKET_TYPE", "Epic")]);
    let answer: Value = serde_json::from_str(&done.out).unwrap();
    let last = &answer["checks"][answer["checks"].as_array().unwrap().len() - 1];
    assert_eq!(
        (done.code, &answer["ok"], &last["what"], &last["ok"]),
        (Some(1), &json!(false), &json!("issue type"), &json!(false))
    );
    assert!(last["says"].as_str().unwrap().contains("Task, Bug"), "{answer}");
}

/// What the deployed function is told counts, and not what stands in the environment of whoever looks.
#[tokio::test(flavor = "multi_thread")]
async fn the_settings_of_a_deployed_function_are_looked_at() {
    let Some(aws) = Aws::start().await else { return };
    let office = Office::open(&aws, "looked-at-in-a-function", DeskConfig::default()).await;
    let role = json!({"RoleName": "open-ticket", "AssumeRolePolicyDocument": "{}"});
    let role = aws.call("iam", "CreateRole", role).await["Role"]["Arn"].clone();
    let variables: serde_json::Map<String, Value> =
        office.variables(&[]).into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let function = json!({
        "FunctionName": "kintsugi-open-ticket", "Role": role, "Runtime": "provided.al2023", "Handler": "bootstrap",
        "Code": {"ZipFile": {"$base64": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}}, "Environment": {"Variables": variables},
    });
    aws.call("lambda", "CreateFunction", function).await;
    let elsewhere = [("KINTSUGI_TICKET_PROVIDER", "trello")];
    let done = office.test(&["--function", "kintsugi-open-ticket"], &elsewhere);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.out.contains(&format!("Jira Cloud at {}", office.desk.url)), "{}", done.out);
    let done = office.test(&["--function", "no-such-function"], &[]);
    assert!(done.code == Some(2) && done.err.contains("no-such-function cannot be read"), "{done:?}");
}
