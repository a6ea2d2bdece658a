//! A webhook called for real: a parameter store that answers as AWS's does, and a server that writes down what it got.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ssm::config::{Credentials, SharedCredentialsProvider};
use engine::{FaultKind, WebhookRequest};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::settings::Settings;

type Got = Arc<Mutex<Vec<String>>>;

/// A server that gives the same answer to everything.
async fn serve(status: &'static str, answer: String) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let got = Got::default();
    let kept = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while !complete(&bytes) {
                let mut chunk = [0; 4096];
                match stream.read(&mut chunk).await {
                    Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
                    _ => break,
                }
            }
            kept.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nlocation: /other\r\nconnection: close\r\n\r\n",
                answer.len()
            );
            // Who asked may not want all of it.
            let _ = stream.write_all(format!("{head}{answer}").as_bytes()).await;
        }
    });
    (url, got)
}

/// Whether a request is there with its whole body.
fn complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// Services whose parameter store has one integration. `None` without models.
async fn services(integration: Value) -> Option<Services> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack");
    if !models.exists() {
        eprintln!("SKIPPED: no service models at {}: `make models` makes them", models.display());
        return None;
    }
    let parameter = json!({"Parameter": {"Type": "SecureString", "Value": integration.to_string()}});
    let (store, _) = serve("200 OK", parameter.to_string()).await;
    let credentials = Credentials::new("a", "b", None, None, "tests");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(store)
        .build();
    let settings = Settings { webhooks_to_loopback: true, ..Settings::of_operator(&models).unwrap() };
    Some(Services::over(sdk, settings).unwrap())
}

fn request(body: Option<&str>) -> WebhookRequest {
    let timeout = Duration::from_secs(5);
    WebhookRequest { integration: "chat".into(), body: body.map(str::to_owned), timeout }
}

#[tokio::test]
async fn a_webhook_is_called_with_what_only_the_host_knows() {
    let (url, got) = serve("202 Accepted", "thanks, Bearer s3cr3t-token".into()).await;
    let headers = json!({"Authorization": "Bearer s3cr3t-token"});
    let integration = json!({"url": format!("{url}/hook"), "headers": headers, "payload": "{\"a\":1}"});
    let Some(services) = services(integration).await else { return };
    let answer = send(services.clone(), request(None)).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (202, "thanks, ***"));
    send(services, request(Some("{\"b\":2}"))).await.unwrap();
    let got = got.lock().unwrap().clone();
    assert!(got[0].starts_with("POST /hook HTTP/1.1\r\n"), "{}", got[0]);
    assert!(got[0].contains("authorization: Bearer s3cr3t-token") && got[0].contains("content-type: application/json"));
    assert!(got[0].ends_with("{\"a\":1}") && got[1].ends_with("{\"b\":2}"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_a_long_answer_is_cut() {
    let (url, got) = serve("302 Found", "x".repeat(200_000)).await;
    let Some(services) = services(json!({ "url": url })).await else { return };
    let answer = send(services, request(None)).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (302, LARGEST_ANSWER));
    assert_eq!(got.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_there_is_no_answer_and_the_message_does_not_say_where() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/s3cr3t-path", listener.local_addr().unwrap());
    drop(listener);
    let Some(services) = services(json!({ "url": url })).await else { return };
    let fault = send(services, request(None)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NoAnswer);
    assert!(!fault.to_string().contains("s3cr3t"), "{fault}");
}

#[tokio::test]
async fn plain_http_and_metadata_addresses_are_never_called() {
    for url in ["http://example.com/s3cr3t", "https://169.254.169.254/s3cr3t"] {
        let Some(services) = services(json!({ "url": url })).await else { return };
        let fault = send(services, request(None)).await.unwrap_err();
        assert_eq!((fault.kind, fault.code.as_str()), (FaultKind::InvalidInput, "InvalidIntegration"));
        assert!(!fault.to_string().contains("s3cr3t"), "{fault}");
    }
}
