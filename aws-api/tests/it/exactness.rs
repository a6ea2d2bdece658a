//! Numbers arrive as they are.

use serde_json::json;

use crate::support::{Service, call, client, ok};

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
