//! cloudsearchdomain: a search may be longer than a URL, so it is sent as a form.
//!
//! Comes in: a request. Goes out: the same as POST. Never: a change of what is searched.

use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;

pub(super) fn post(request: &mut Request) {
    let Some((path, query)) = request.uri().split_once('?') else { return };
    let (path, query) = (path.to_owned(), query.to_owned());
    // Both are parts of a request that is valid already.
    if request.set_uri(path).is_ok() && request.set_method("POST").is_ok() {
        let headers = request.headers_mut();
        headers.insert("Content-Type", "application/x-www-form-urlencoded");
        headers.insert("Content-Length", query.len().to_string());
        *request.body_mut() = SdkBody::from(query);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_becomes_the_body() {
        let mut request = Request::new(SdkBody::empty());
        request.set_method("GET").unwrap();
        request.set_uri("/2013-01-01/search?format=sdk&pretty=true&q=a%20b").unwrap();
        post(&mut request);
        assert_eq!((request.method(), request.uri()), ("POST", "/2013-01-01/search"));
        assert_eq!(request.body().bytes(), Some(b"format=sdk&pretty=true&q=a%20b".as_slice()));
        assert_eq!(request.headers().get("Content-Type"), Some("application/x-www-form-urlencoded"));
    }
}
