//! Calls in another account, as a role there; and endpoints that name the account.

use std::time::Duration;

use crate::support::{Addresses, Service, answer, builder, call, chain, client, models, now, ok};
use aws_api::{ApiError, AssumeRole, Client, NoAnswer};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::endpoint_config::AccountIdEndpointMode;
use serde_json::json;

const ROLE: &str = "arn:aws:iam::210987654321:role/remediator";

fn assumed(key: &str, lasts: Duration) -> String {
    let end = DateTime::from(now() + lasts).fmt(Format::DateTime).unwrap();
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>sess</SessionToken><Expiration>{end}</Expiration>\
         </Credentials><AssumedRoleUser><Arn>arn:aws:sts::210987654321:assumed-role/remediator/n</Arn>\
         <AssumedRoleId>A:n</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    )
}

fn role() -> AssumeRole {
    AssumeRole::new(ROLE, "kintsugi: incident 7f3a")
        .external_id("ext")
        .tag("kintsugi:incident", "7f3a")
        .duration(Duration::from_secs(900))
}

#[tokio::test]
async fn the_session_names_the_incident_and_signs_the_call() {
    let service = Service::answering([ok(&assumed("ROLEKEY", Duration::from_secs(3600))), ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    call(&client.in_account(&role()), "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    let asked = service.asked();
    let form = asked[0].form();
    assert_eq!(form["RoleArn"], "arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fremediator");
    assert_eq!((form["RoleSessionName"].as_str(), form["ExternalId"].as_str()), ("kintsugi--incident-7f3a", "ext"));
    assert_eq!(
        (form["Tags.member.1.Key"].as_str(), form["Tags.member.1.Value"].as_str()),
        ("kintsugi%3Aincident", "7f3a")
    );
    assert_eq!(form["DurationSeconds"], "900");
    assert!(asked[0].header("authorization").contains("Credential=AKID/"));
    assert!(asked[1].header("authorization").contains("Credential=ROLEKEY/"));
    assert_eq!(asked[1].header("x-amz-security-token"), "sess");
}

#[tokio::test]
async fn however_many_calls_wait_sts_is_asked_once() {
    let assumed = ok(&assumed("ROLEKEY", Duration::from_secs(3600))).after(Duration::from_millis(200));
    let service = Service::answering([assumed, ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                call(&client.in_account(&role()), "ssm", "GetParameter", json!({"Name": "/a"})).await.map(|_| ())
            })
        })
        .collect();
    for one in calls {
        one.await.unwrap().unwrap();
    }
    let of_sts = service.asked().iter().filter(|asked| asked.body.contains("Action=AssumeRole")).count();
    assert_eq!((of_sts, service.asked().len()), (1, 21));
}

#[tokio::test]
async fn credentials_are_renewed_before_they_end() {
    let first = ok(&assumed("FIRST", Duration::from_secs(5)));
    let answers = [first, ok("{}"), ok(&assumed("SECOND", Duration::from_secs(3600))), ok("{}"), ok("{}")];
    let service = Service::answering(answers).await;
    let Some(client) = client(&service) else { return };
    for _ in 0..3 {
        call(&client.in_account(&role()), "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    }
    let signed: Vec<bool> =
        service.asked().iter().map(|asked| asked.header("authorization").contains("Credential=SECOND/")).collect();
    assert_eq!(signed, [false, false, false, true, true], "five seconds are too few to begin a call with");
}

#[tokio::test]
async fn another_session_is_another_client() {
    let service = Service::answering([ok(&assumed("ROLEKEY", Duration::from_secs(3600)))]).await;
    let Some(client) = client(&service) else { return };
    for name in ["one", "two", "one"] {
        let client = client.in_account(&AssumeRole::new(ROLE, name));
        // The body of AssumeRole is no answer of ssm; only who asks counts here.
        let _ = call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await;
    }
    let of_sts = service.asked().iter().filter(|asked| asked.body.contains("Action=AssumeRole")).count();
    assert_eq!(of_sts, 2);
}

#[tokio::test]
async fn a_role_that_is_refused_is_said_with_the_words_of_sts() {
    let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
    let service = Service::answering([answer(403, body)]).await;
    let Some(client) = client(&service) else { return };
    let error = call(&client.in_account(&role()), "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap_err();
    let ApiError::NoAnswer(NoAnswer::Role { role_arn, source, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(role_arn, ROLE);
    assert!(matches!(source.as_ref(), ApiError::Service(refused) if refused.code == "AccessDenied"));
    assert_eq!(
        chain(&error),
        format!(
            "ssm:GetParameter was not sent: the role {ROLE} could not be assumed\n\
             sts:AssumeRole was answered with AccessDenied (HTTP 403): not you"
        )
    );
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn sts_is_asked_in_the_region() {
    let Some(models) = models() else { return };
    let addresses = Addresses::default();
    let client = Client::new(models, builder().http_client(addresses.client()).build());
    let _ = call(&client.in_account(&role()), "ssm", "GetParameter", json!({"Name": "/a"})).await;
    assert_eq!(addresses.last(), "https://sts.eu-west-1.amazonaws.com/");
}

fn of_account(addresses: &Addresses, account: Option<&str>, mode: Option<AccountIdEndpointMode>) -> Option<Client> {
    let mut credentials = Credentials::builder().access_key_id("AKID").secret_access_key("S").provider_name("test");
    if let Some(account) = account {
        credentials = credentials.account_id(account);
    }
    let mut sdk = builder().http_client(addresses.client());
    sdk = sdk.credentials_provider(SharedCredentialsProvider::new(credentials.build()));
    sdk.set_account_id_endpoint_mode(mode);
    Some(Client::new(models()?, sdk.build()))
}

#[tokio::test]
async fn a_service_with_endpoints_by_account_is_called_on_the_callers() {
    use AccountIdEndpointMode::{Disabled, Preferred, Required};
    let own = "https://123456789012.ddb.eu-west-1.amazonaws.com/";
    let shared = "https://dynamodb.eu-west-1.amazonaws.com/";
    for (account, mode, address) in [
        (Some("123456789012"), None, own),
        (Some("123456789012"), Some(Preferred), own),
        (Some("123456789012"), Some(Required), own),
        (Some("123456789012"), Some(Disabled), shared),
        (None, Some(Preferred), shared),
    ] {
        let addresses = Addresses::default();
        let Some(client) = of_account(&addresses, account, mode) else { return };
        call(&client, "dynamodb", "GetItem", json!({"TableName": "t", "Key": {"k": {"S": "a"}}})).await.unwrap();
        assert_eq!(addresses.last(), address, "{account:?}");
    }
}

#[tokio::test]
async fn the_account_of_a_tables_arn_is_the_one_that_is_called() {
    let addresses = Addresses::default();
    let Some(client) = of_account(&addresses, Some("123456789012"), None) else { return };
    let arn = "arn:aws:dynamodb:eu-west-1:210987654321:table/t";
    let get = json!({"Get": {"TableName": arn, "Key": {"k": {"S": "a"}}}});
    call(&client, "dynamodb", "TransactGetItems", json!({"TransactItems": [get]})).await.unwrap();
    assert_eq!(addresses.last(), "https://210987654321.ddb.eu-west-1.amazonaws.com/");
}

#[tokio::test]
async fn an_account_that_is_required_and_not_known_is_said() {
    let addresses = Addresses::default();
    let Some(client) = of_account(&addresses, None, Some(AccountIdEndpointMode::Required)) else { return };
    let error = call(&client, "dynamodb", "ListTables", json!({})).await.unwrap_err();
    assert_eq!(
        chain(&error),
        "there is no endpoint for dynamodb:ListTables in eu-west-1\n\
         AccountIdEndpointMode is required but no AccountID was provided or able to be loaded"
    );
    assert_eq!(addresses.last(), "");
}
