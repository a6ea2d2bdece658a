//! Numbers arrive as they are, and secrets nowhere but on the wire.

use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_api::ApiError;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::{Service, answer, call, client, ok};

#[tokio::test]
async fn whole_numbers_beyond_what_a_double_holds_arrive_unchanged() {
    let groups = r#"{"logGroups": [{"storedBytes": 9007199254740993, "creationTime": -9223372036854775808}]}"#;
    let service = Service::answering([ok(r#"{"events": []}"#), ok(groups)]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"logGroupName": "g", "startTime": 9_223_372_036_854_775_807_i64});
    call(&client, "logs", "FilterLogEvents", input).await.unwrap();
    let sent = service.asked()[0].body.clone();
    assert!(sent.contains(r#""startTime":9223372036854775807"#), "{sent}");
    let output = call(&client, "logs", "DescribeLogGroups", json!({})).await.unwrap();
    let group = json!({"storedBytes": 9_007_199_254_740_993_i64, "creationTime": i64::MIN});
    assert_eq!(output, json!({"logGroups": [group]}));
}

#[tokio::test]
async fn fractions_are_written_and_read_to_the_last_digit() {
    let numbers = [0.1, 1e22, 1.797_693_134_862_315_7e308, 5e-324, -2.5];
    let values = json!({"MetricDataResults": [{"Values": numbers}]});
    let service = Service::answering([ok("{}"), ok(&values.to_string())]).await;
    let Some(client) = client(&service) else { return };
    let data = json!([{"MetricName": "m", "Values": numbers}]);
    call(&client, "cloudwatch", "PutMetricData", json!({"Namespace": "n", "MetricData": data})).await.unwrap();
    let sent: serde_json::Value = serde_json::from_str(&service.asked()[0].body).unwrap();
    assert_eq!(sent["MetricData"][0]["Values"], json!(numbers));
    let input = json!({"MetricDataQueries": [], "StartTime": 0, "EndTime": 1});
    assert_eq!(call(&client, "cloudwatch", "GetMetricData", input).await.unwrap(), values);
}

/// All that the process logs, whatever the level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, words: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(words);
        Ok(words.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const SECRET: &str = "correct-horse-battery-staple";

#[tokio::test]
async fn a_secret_is_in_no_log_at_any_level() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    let _guard = subscriber.with_writer(log.clone()).set_default();
    let service = Service::answering([ok(&json!({"SecretString": SECRET}).to_string())]).await;
    let Some(client) = client(&service) else { return };
    let put = json!({"SecretId": "s", "SecretString": SECRET});
    call(&client, "secretsmanager", "PutSecretValue", put).await.unwrap();
    let output = call(&client, "secretsmanager", "GetSecretValue", json!({"SecretId": "s"})).await.unwrap();
    assert_eq!(output["SecretString"], SECRET);
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("orchestrator"), "nothing was logged at all");
    let leaks: Vec<&str> = said.lines().filter(|line| line.contains(SECRET)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

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
