//! Whatever comes in is a request or a problem, and never anything else.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn get(query: &str) -> Value {
    json!({
        "version": "2.0", "rawPath": "/", "rawQueryString": query, "headers": {"host": "x.lambda-url.eu-west-1.on.aws"},
        "requestContext": {
            "domainName": "x.lambda-url.eu-west-1.on.aws", "http": {"method": "GET", "path": "/", "sourceIp": "203.0.113.9"},
        },
    })
}

fn post(body: &str) -> Value {
    let mut event = get("");
    event["requestContext"]["http"]["method"] = json!("POST");
    event["headers"] =
        json!({"content-type": "application/x-www-form-urlencoded", "origin": "null", "sec-fetch-site": "same-origin"});
    event["body"] = json!(STANDARD.encode(body));
    event["isBase64Encoded"] = json!(true);
    event
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

#[test]
fn a_link_is_read_whatever_a_mailer_added_to_it() {
    for query in ["token=abc", "utm_source=mail&token=abc", "token=abc&fbclid=1", "token=%61bc"] {
        let request = read(&get(query)).unwrap();
        assert_eq!(request.asked, Asked::Page { token: "abc".into(), head: false }, "{query}");
        assert_eq!(request.source, "203.0.113.9");
    }
    let head = with(get("token=abc"), "/requestContext/http/method", json!("HEAD"));
    assert_eq!(read(&head).unwrap().asked, Asked::Page { token: "abc".into(), head: true });
}

#[test]
fn a_form_is_read_with_what_the_browser_says_of_its_page() {
    let request = read(&post("token=abc&page=def&reason=zu+teuer%21+%C3%A4&decision=reject")).unwrap();
    let form =
        Form { token: "abc".into(), page: "def".into(), decision: "reject".into(), reason: "zu teuer! ä".into() };
    assert_eq!(request.asked, Asked::Decision(form));
    assert_eq!(request.sent.site.as_deref(), Some("same-origin"));
    assert_eq!(request.sent.host, "x.lambda-url.eu-west-1.on.aws");
    let plain = with(with(post(""), "/body", json!("token=abc")), "/isBase64Encoded", json!(false));
    assert!(matches!(read(&plain).unwrap().asked, Asked::Decision(form) if form.token == "abc"));
}

#[test]
fn what_cannot_be_read_is_told_with_its_own_status() {
    let long = "x".repeat(LONGEST_BODY + 1);
    let method = |name: &str| with(get("token=a"), "/requestContext/http/method", json!(name));
    let cases = [
        (json!(null), Problem::Malformed),
        (json!([1, {"requestContext": 3}]), Problem::Malformed),
        (get(""), Problem::NoLink),
        (get("tokens=a"), Problem::NoLink),
        (get("token="), Problem::Malformed),
        (get("token=a&token=b"), Problem::Malformed),
        (get(&format!("token={}", "a".repeat(LONGEST_QUERY))), Problem::LongAddress),
        (with(get("token=a"), "/rawPath", json!("/favicon.ico")), Problem::NoSuchPage),
        (with(get("token=a"), "/rawPath", json!(null)), Problem::NoSuchPage),
        (method("DELETE"), Problem::Method),
        (method("PUT"), Problem::Method),
        (method("get"), Problem::Method),
        (method("OPTIONS"), Problem::Method),
        (with(post("token=a"), "/headers", json!({})), Problem::MediaType),
        (with(post("token=a"), "/headers", json!({"content-type": "application/json"})), Problem::MediaType),
        (
            with(post("token=a"), "/headers", json!({"content-type": "multipart/form-data; boundary=x"})),
            Problem::MediaType,
        ),
        (with(post("token=a"), "/headers/content-encoding", json!("gzip")), Problem::MediaType),
        (post(&long), Problem::TooLarge),
        (with(with(post(""), "/body", json!(long)), "/isBase64Encoded", json!(false)), Problem::TooLarge),
        (with(post(""), "/body", json!("***")), Problem::Malformed),
        (post(""), Problem::NoLink),
        (post("page=a"), Problem::NoLink),
        (post("token=a&token=a"), Problem::Malformed),
        (post("token=a&decision=approve&decision=reject"), Problem::Malformed),
        (post("token=a&admin=true"), Problem::Malformed),
    ];
    for (event, expected) in cases {
        assert_eq!(read(&event).err(), Some(expected), "{:.300}", event.to_string());
    }
}

#[test]
fn a_sender_cannot_say_who_it_is() {
    let event = with(get("token=a"), "/headers/x-forwarded-for", json!("198.51.100.1"));
    assert_eq!(read(&event).unwrap().source, "203.0.113.9");
}

/// Any JSON, with the names of an event in it often enough to get deep into the reader.
fn any_event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop_oneof![
            "GET",
            "POST",
            "HEAD",
            "/",
            "token=%.{0,8}&",
            "[a-z]{1,5}=[^&]{0,9}",
            "application/x-www-form-urlencoded"
        ]
        .prop_map(Value::from),
    ];
    let names = prop_oneof![
        "requestContext|http|method|rawPath|rawQueryString|headers|body|isBase64Encoded|domainName|sourceIp|content-type",
        ".{0,5}",
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((names.clone(), inner), 0..9).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

/// A request, or a problem whose status is the sender's fault.
fn is_answered(event: &Value) -> Result<(), TestCaseError> {
    if let Err(problem) = read(event) {
        let told = problem.told();
        prop_assert!((400..500).contains(&told.status), "{event}: {problem:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_is_a_request_or_a_problem_of_its_sender(event in any_event()) {
        is_answered(&event)?;
    }

    #[test]
    fn any_bytes_of_a_body_are_a_form_or_a_problem(bytes in vec(any::<u8>(), 0..400), plain in any::<bool>()) {
        let body = if plain { json!(String::from_utf8_lossy(&bytes)) } else { json!(STANDARD.encode(&bytes)) };
        is_answered(&with(with(post(""), "/body", body), "/isBase64Encoded", json!(!plain)))?;
    }

    #[test]
    fn any_query_method_path_and_headers_are_read(
        query in ".{0,60}", method in "GET|POST|HEAD|.{0,9}", path in "/|.{0,9}",
        media in "application/x-www-form-urlencoded|.{0,30}", body in ".{0,60}",
    ) {
        let event = with(with(get(&query), "/rawPath", json!(path)), "/requestContext/http/method", json!(method));
        is_answered(&with(with(event, "/headers", json!({"Content-Type": media})), "/body", json!(body)))?;
    }

    #[test]
    fn a_form_comes_back_as_it_was_sent(token in ".{1,40}", page in ".{0,40}", decision in ".{0,9}", reason in ".{0,200}") {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("token", &token).append_pair("page", &page);
        body.append_pair("decision", &decision).append_pair("reason", &reason);
        let read = read(&post(&body.finish())).unwrap();
        prop_assert_eq!(read.asked, Asked::Decision(Form { token, page, decision, reason }));
    }
}
