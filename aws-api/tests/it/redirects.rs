//! Buckets that lie in another Region than the configuration says.

use crate::support::{Answer, Service, answer, call, client, ok};
use aws_api::ApiError;
use serde_json::json;

const LOCATION: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
    </PublicAccessBlockConfiguration>";

fn moved(status: u16, code: &str, region: &str) -> Answer {
    let body = format!("<Error><Code>{code}</Code><Message>elsewhere</Message></Error>");
    answer(status, &body).header("x-amz-bucket-region", region)
}

#[tokio::test]
async fn a_bucket_of_another_region_is_asked_there_and_from_then_on_at_once() {
    let malformed = answer(
        400,
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-central-1</Region></Error>",
    );
    let refusals = [
        moved(301, "PermanentRedirect", "eu-central-1"),
        moved(307, "TemporaryRedirect", "eu-central-1"),
        moved(400, "IllegalLocationConstraintException", "eu-central-1"),
        malformed,
    ];
    for refusal in refusals {
        let service = Service::answering([refusal, ok(LOCATION)]).await;
        let Some(client) = client(&service) else { return };
        for _ in 0..2 {
            let output = call(&client, "s3", "GetPublicAccessBlock", json!({"Bucket": "my-bucket"})).await.unwrap();
            assert_eq!(output["PublicAccessBlockConfiguration"]["BlockPublicAcls"], true);
        }
        let signed: Vec<String> = service.asked().iter().map(crate::support::Asked::signed_for).collect();
        assert_eq!(signed, ["s3/eu-west-1", "s3/eu-central-1", "s3/eu-central-1"]);
    }
}

#[tokio::test]
async fn a_bucket_whose_region_refuses_too_is_asked_twice_and_no_more() {
    let service = Service::answering([moved(301, "PermanentRedirect", "eu-central-1")]).await;
    let Some(client) = client(&service) else { return };
    let error = call(&client, "s3", "GetPublicAccessBlock", json!({"Bucket": "my-bucket"})).await.unwrap_err();
    assert!(matches!(error, ApiError::Service(said) if said.code == "PermanentRedirect"));
    assert_eq!(service.asked().len(), 2);
}

#[tokio::test]
async fn an_answer_that_names_no_region_or_none_that_can_be_is_the_answer() {
    for region in ["", "evil.example.com/"] {
        let service = Service::answering([moved(301, "PermanentRedirect", region)]).await;
        let Some(client) = client(&service) else { return };
        call(&client, "s3", "GetPublicAccessBlock", json!({"Bucket": "my-bucket"})).await.unwrap_err();
        assert_eq!(service.asked().len(), 1, "{region:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_another_kind_is_not_asked_again_though_it_names_the_region() {
    let service = Service::answering([moved(403, "AccessDenied", "eu-central-1")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "s3", "GetPublicAccessBlock", json!({"Bucket": "my-bucket"})).await.unwrap_err();
    assert_eq!(service.asked().len(), 1);
}
