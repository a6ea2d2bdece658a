//! What boto3 does beyond the models, seen from both ends of a call. Rows of docs/aws-api.md that need no call are
//! tested beside their code.

use serde_json::{Value, json};

use crate::support::{Answer, Asked, Service, answer, call, client, ok};

/// One call: what arrived at the service, and what came back.
async fn made(answer: Answer, service: &str, api: &str, input: Value) -> Option<(Asked, Value)> {
    let server = Service::answering([answer]).await;
    let output = call(&client(&server)?, service, api, input).await.unwrap();
    Some((server.only(), output))
}

/// A URL inside a form is encoded twice.
fn decoded(text: &str) -> String {
    let codes = [("%25", "%"), ("%3A", ":"), ("%2F", "/"), ("%3F", "?"), ("%3D", "="), ("%26", "&"), ("%2F", "/")];
    codes.iter().fold(text.to_owned(), |text, (code, letter)| text.replace(code, letter))
}

#[tokio::test]
async fn a_copy_of_an_rds_snapshot_from_another_region_is_asked_for_by_a_signed_url() {
    let input =
        json!({"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": "t", "SourceRegion": "us-east-1"});
    let Some((asked, _)) = made(ok("<R/>"), "rds", "CopyDBSnapshot", input).await else { return };
    let form = asked.form();
    assert!(!form.contains_key("SourceRegion"), "{form:?}");
    let url = decoded(&form["PreSignedUrl"]);
    for part in [
        "/?Action=CopyDBSnapshot&",
        "&DestinationRegion=eu-west-1&",
        "/us-east-1/rds/aws4_request",
        "&X-Amz-Expires=3600",
    ] {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(!url.contains("SourceRegion"), "{url}");
    assert_eq!(asked.signed_for(), "rds/eu-west-1");
}

#[tokio::test]
async fn a_copy_of_an_ebs_snapshot_names_both_regions() {
    let input = json!({"SourceSnapshotId": "snap-1", "SourceRegion": "us-east-1"});
    let Some((asked, _)) = made(ok("<R/>"), "ec2", "CopySnapshot", input).await else { return };
    let form = asked.form();
    assert_eq!((form["SourceRegion"].as_str(), form["DestinationRegion"].as_str()), ("us-east-1", "eu-west-1"));
    let url = decoded(&form["PresignedUrl"]);
    for part in ["&SourceRegion=us-east-1&", "&DestinationRegion=eu-west-1&", "/us-east-1/ec2/aws4_request"] {
        assert!(url.contains(part), "{part}: {url}");
    }
}

#[tokio::test]
async fn a_signed_url_that_the_caller_gives_is_sent_as_it_is() {
    let input = json!({"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": "t",
        "SourceRegion": "us-east-1", "PreSignedUrl": "mine"});
    let Some((asked, _)) = made(ok("<R/>"), "rds", "CopyDBSnapshot", input).await else { return };
    assert_eq!(asked.form()["PreSignedUrl"], "mine");
    assert!(!asked.form().contains_key("SourceRegion"));
}

#[tokio::test]
async fn bytes_travel_as_the_bytes_they_are() {
    let input = json!({"SecretId": "s", "SecretBinary": {"$base64": "AP8="}, "ClientRequestToken": "c".repeat(32)});
    let Some((asked, _)) = made(ok("{}"), "secretsmanager", "PutSecretValue", input).await else { return };
    assert!(asked.body.contains(r#""SecretBinary":"AP8=""#), "{}", asked.body);
}

#[tokio::test]
async fn an_upload_to_glacier_has_its_account_version_and_hashes() {
    let input = json!({"vaultName": "v", "body": "abc"});
    let Some((asked, _)) = made(ok(""), "glacier", "UploadArchive", input).await else { return };
    let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(asked.target, "/-/vaults/v/archives");
    assert_eq!(asked.header("x-amz-glacier-version"), "2012-06-01");
    assert_eq!((asked.header("x-amz-content-sha256"), asked.header("x-amz-sha256-tree-hash")), (sum, sum));
}

#[tokio::test]
async fn an_export_of_an_api_is_accepted_in_the_form_that_was_asked_for() {
    let Some((asked, _)) = made(ok("{}"), "apigateway", "GetRestApis", json!({})).await else { return };
    assert_eq!(asked.header("accept"), "application/json");
    let input = json!({"restApiId": "a", "stageName": "s", "exportType": "oas30", "accepts": "application/yaml"});
    let Some((asked, output)) = made(ok("openapi: 3"), "apigateway", "GetExport", input).await else { return };
    assert_eq!(asked.header("accept"), "application/yaml");
    assert_eq!(output["body"], "b3BlbmFwaTogMw==");
}

#[tokio::test]
async fn a_search_is_posted() {
    let input = json!({"query": "a b", "returnFields": "title"});
    let Some((asked, _)) = made(ok("{}"), "cloudsearchdomain", "Search", input).await else { return };
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/2013-01-01/search"));
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    assert!(asked.body.contains("q=a%20b") && asked.body.contains("return=title"), "{}", asked.body);
    assert_eq!(asked.header("content-length"), asked.body.len().to_string());
}

#[tokio::test]
async fn a_prediction_is_asked_of_the_models_own_endpoint() {
    let (own, elsewhere) = (Service::answering([ok("{}")]).await, Service::answering([ok("{}")]).await);
    let Some(client) = client(&elsewhere) else { return };
    let input = json!({"MLModelId": "m", "Record": {"a": "1"}, "PredictEndpoint": own.url});
    call(&client, "machinelearning", "Predict", input).await.unwrap();
    assert_eq!((own.asked().len(), elsewhere.asked().len()), (1, 0));
}

#[tokio::test]
async fn a_question_for_endpoints_names_the_version_of_the_api() {
    let Some((asked, _)) = made(ok("{}"), "dynamodb", "DescribeEndpoints", json!({})).await else { return };
    assert_eq!(asked.header("x-amz-api-version"), "2012-08-10");
}

#[tokio::test]
async fn an_error_of_oauth_has_the_words_of_its_description() {
    let body = r#"{"error": "authorization_pending", "error_description": "not yet"}"#;
    let pending = answer(400, body).header("x-amzn-ErrorType", "AuthorizationPendingException");
    let server = Service::answering([pending]).await;
    let Some(client) = client(&server) else { return };
    let input = json!({"clientId": "c", "clientSecret": "s", "grantType": "g"});
    let error = call(&client, "sso-oidc", "CreateToken", input).await.unwrap_err();
    let said = "sso-oidc:CreateToken was answered with AuthorizationPendingException (HTTP 400): not yet";
    assert_eq!(error.to_string(), said);
}

/// Method, path, headers and signature are botocore's.
#[tokio::test]
async fn an_arn_in_place_of_an_s3_control_name_says_whose_it_is_and_where() {
    let name = "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/mine";
    let input = json!({"Name": name});
    let Some((asked, _)) = made(ok("<R/>"), "s3control", "GetAccessPoint", input).await else { return };
    let path = name.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(asked.target, format!("/v20180820/accesspoint/{path}"));
    assert_eq!((asked.header("x-amz-account-id"), asked.header("x-amz-outpost-id")), ("123456789012", "op-1"));
    assert_eq!(asked.signed_for(), "s3-outposts/eu-west-1");
}

#[tokio::test]
async fn an_expiry_in_any_words_is_kept_and_does_not_hide_the_object() {
    let words = |words: &str| ok("b").header("Expires", words);
    let get = json!({"Bucket": "my-bucket", "Key": "k"});
    let Some((_, output)) = made(words("never"), "s3", "GetObject", get.clone()).await else { return };
    assert_eq!((&output["ExpiresString"], output.get("Expires")), (&json!("never"), None));
    assert_eq!(output["Body"], "Yg==");
    let time = "Sun, 22 Nov 2026 17:44:05 GMT";
    let Some((_, output)) = made(words(time), "s3", "GetObject", get).await else { return };
    assert_eq!((&output["ExpiresString"], &output["Expires"]), (&json!(time), &json!("2026-11-22T17:44:05Z")));
}

#[tokio::test]
async fn keys_in_a_listing_are_asked_for_encoded_and_given_decoded() {
    let body =
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%0Ab+c</Key></Contents></ListBucketResult>";
    let input = json!({"Bucket": "my-bucket"});
    let Some((asked, output)) = made(ok(body), "s3", "ListObjectsV2", input).await else { return };
    assert!(asked.target.contains("encoding-type=url"), "{}", asked.target);
    assert_eq!(output["Contents"][0]["Key"], "a\nb c");
}

#[tokio::test]
async fn an_empty_document_is_not_sent_where_nothing_of_it_is_given() {
    let input = json!({"ResourceType": "hostedzone", "ResourceId": "Z1"});
    let Some((asked, _)) = made(ok("<R/>"), "route53", "ChangeTagsForResource", input).await else { return };
    assert_eq!((asked.target.as_str(), asked.body.as_str()), ("/2013-04-01/tags/hostedzone/Z1", ""));
}

#[tokio::test]
async fn metadata_beyond_ascii_is_refused_before_sending() {
    let server = Service::answering([ok("")]).await;
    let Some(client) = client(&server) else { return };
    let input = json!({"Bucket": "my-bucket", "Key": "k", "Metadata": {"a": "ü"}});
    let error = call(&client, "s3", "PutObject", input).await.unwrap_err().to_string();
    assert_eq!(error, "the input of s3:PutObject does not fit: Metadata.a must be ASCII, key and value");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn ends_of_lines_in_a_key_survive_xml() {
    let input = json!({"Bucket": "my-bucket", "Delete": {"Objects": [{"Key": "a\r\nb"}]}});
    let Some((asked, _)) = made(ok("<DeleteResult/>"), "s3", "DeleteObjects", input).await else { return };
    assert!(asked.body.contains("<Key>a&#xD;&#xA;b</Key>"), "{}", asked.body);
}

#[tokio::test]
async fn an_id_of_route53_may_be_given_as_it_was_got() {
    let body = "<R><HostedZone><Id>/hostedzone/Z1</Id></HostedZone></R>";
    let Some((asked, _)) = made(ok(body), "route53", "GetHostedZone", json!({"Id": "/hostedzone/Z1"})).await else {
        return;
    };
    assert_eq!(asked.target, "/2013-04-01/hostedzone/Z1");
}

#[tokio::test]
async fn user_data_and_console_output_are_text_to_the_caller_and_base64_on_the_wire() {
    for (service, api, input) in [
        ("ec2", "RunInstances", json!({"MinCount": 1, "MaxCount": 1, "UserData": "echo hi"})),
        ("autoscaling", "CreateLaunchConfiguration", json!({"LaunchConfigurationName": "l", "UserData": "echo hi"})),
    ] {
        let Some((asked, _)) = made(ok("<R/>"), service, api, input).await else { return };
        assert_eq!(decoded(&asked.form()["UserData"]), "ZWNobyBoaQ==", "{service}");
    }
    let answer = ok("<R><output>ZWNobyBoaQ==</output></R>");
    let Some((_, output)) = made(answer, "ec2", "GetConsoleOutput", json!({"InstanceId": "i-1"})).await else { return };
    assert_eq!(output["Output"], "echo hi");
}

#[tokio::test]
async fn a_copy_in_s3_names_its_source_encoded_and_its_keys_with_their_md5() {
    let input = json!({
        "Bucket": "to", "Key": "k", "CopySource": {"Bucket": "from", "Key": "a b", "VersionId": "v"},
        "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "key",
        "CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": "key",
    });
    let Some((asked, _)) = made(ok("<CopyObjectResult/>"), "s3", "CopyObject", input).await else { return };
    assert_eq!(asked.header("x-amz-copy-source"), "from/a%20b?versionId=v");
    for kind in ["server-side-encryption-customer", "copy-source-server-side-encryption-customer"] {
        let header = |end: &str| asked.header(&format!("x-amz-{kind}-{end}"));
        assert_eq!((header("key"), header("key-md5")), ("a2V5", "PG4LipwVIkqCKLmpjKFTHQ=="), "{kind}");
    }
}

#[tokio::test]
async fn who_has_no_credentials_yet_is_not_asked_to_sign() {
    for (service, api, input) in [
        ("cognito-identity", "GetId", json!({"IdentityPoolId": "p"})),
        ("cognito-identity", "GetOpenIdToken", json!({"IdentityId": "i"})),
        ("cognito-identity", "UnlinkIdentity", json!({"IdentityId": "i", "Logins": {}, "LoginsToRemove": []})),
        ("cognito-identity", "GetCredentialsForIdentity", json!({"IdentityId": "i"})),
    ] {
        let Some((asked, _)) = made(ok("{}"), service, api, input).await else { return };
        assert_eq!(asked.header("authorization"), "", "{service}:{api}");
    }
    let saml = json!({"RoleArn": "arn:aws:iam::123456789012:role/r", "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/p",
        "SAMLAssertion": "text"});
    let Some((asked, _)) = made(ok("<R/>"), "sts", "AssumeRoleWithSAML", saml).await else { return };
    assert_eq!(asked.header("authorization"), "");
}

#[tokio::test]
async fn an_alias_is_taken_for_its_name_and_both_at_once_are_refused() {
    let input = json!({"taskName": "t", "logGroupName": "g", "fromTime": 1, "to": 2, "destination": "d"});
    let Some((asked, _)) = made(ok("{}"), "logs", "CreateExportTask", input.clone()).await else { return };
    assert!(asked.body.contains(r#""from":1"#), "{}", asked.body);
    let server = Service::answering([ok("{}")]).await;
    let Some(client) = client(&server) else { return };
    let mut both = input;
    both["from"] = json!(1);
    let error = call(&client, "logs", "CreateExportTask", both).await.unwrap_err().to_string();
    assert!(error.contains("fromTime is not a member"), "{error}");
}

#[tokio::test]
async fn what_streams_events_is_refused_by_name() {
    let server = Service::answering([ok("{}")]).await;
    let Some(client) = client(&server) else { return };
    for (service, api) in [
        ("lexv2-runtime", "StartConversation"),
        ("qbusiness", "Chat"),
        ("polly", "StartSpeechSynthesisStream"),
        ("bedrock-runtime", "InvokeModelWithBidirectionalStream"),
        ("connecthealth", "StartMedicalScribeListeningSession"),
        ("kinesis", "SubscribeToShard"),
    ] {
        let error = call(&client, service, api, json!({})).await.unwrap_err().to_string();
        assert_eq!(error, format!("{service}:{api} is not supported: it streams events"));
    }
    assert!(server.asked().is_empty());
}
