//! What is sensitive is in no debug form of anything the crate gives away, and in no error.

use crate::support::{Service, answer, call, chain, client, ok};
use aws_api::{ApiError, AssumeRole};
use serde_json::json;

#[tokio::test]
async fn no_debug_form_and_no_message_has_a_value_of_the_input() {
    let service = Service::answering([answer(400, r#"{"__type":"InvalidRequestException","message":"no"}"#)]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"Name": "n", "SecretString": "hunter2"});
    let refused = call(&client, "secretsmanager", "CreateSecret", input).await.unwrap_err();
    let wrong = json!({"Name": 5, "SecretString": {"hunter2": "hunter2"}});
    let invalid = call(&client, "secretsmanager", "CreateSecret", wrong).await.unwrap_err();
    for error in [&refused, &invalid] {
        for shown in [format!("{error:?}"), chain(error)] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
    assert!(matches!(refused, ApiError::Service(_)));
    assert!(!format!("{client:?}").contains("SECRET"), "{client:?}");
}

#[tokio::test]
async fn a_client_of_another_account_shows_no_credentials() {
    let assumed = "<R><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>hunter2\
        </SecretAccessKey><SessionToken>hunter3</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>\
        </Credentials></AssumeRoleResult></R>";
    let service = Service::answering([ok(assumed), ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    let role = AssumeRole::new("arn:aws:iam::210987654321:role/r", "n").external_id("hunter4");
    let there = client.in_account(&role);
    call(&there, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    let shown = format!("{there:?} {client:?} {role:?}");
    assert!(!["hunter2", "hunter3", "hunter4"].iter().any(|secret| shown.contains(secret)), "{shown}");
}

const SECRET: &str = "correct-horse-battery-staple";

#[tokio::test]
async fn a_secret_is_in_no_error() {
    let refusal = answer(400, &json!({"__type": "InvalidRequestException", "message": "no"}).to_string());
    let service = Service::answering([refusal]).await;
    let Some(client) = client(&service) else { return };
    let refused = call(&client, "secretsmanager", "PutSecretValue", json!({"SecretId": "s", "SecretString": SECRET}));
    let wrong = json!({"SecretId": "s", "SecretStrin": SECRET, "SecretString": [SECRET], "VersionStages": SECRET});
    let (refused, invalid) =
        (refused.await.unwrap_err(), call(&client, "secretsmanager", "PutSecretValue", wrong).await.unwrap_err());
    assert!(matches!((&refused, &invalid), (ApiError::Service(_), ApiError::Invalid(_))));
    for error in [refused, invalid] {
        let said = format!("{error} {error:?}");
        assert!(!said.contains(SECRET), "{said}");
    }
}
