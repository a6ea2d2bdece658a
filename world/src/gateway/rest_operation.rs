//! The operations of REST services that functions and scenes call, by method and path.
//!
//! Comes in: service, method, path. Goes out: the operation, and what the path says of its input; `None` for what is not
//! in the table. Never: a guess; such a call is named by its method and path.

use axum::http::Method;
use serde_json::{Map, Value};

use super::form;

/// Service, method, path, operation. What stands in braces is a member of the input.
const OPERATIONS: [(&str, &str, &str, &str); 11] = [
    ("lambda", "GET", "/2015-03-31/functions/{FunctionName}/policy", "GetPolicy"),
    ("lambda", "POST", "/2015-03-31/functions/{FunctionName}/policy", "AddPermission"),
    ("lambda", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", "RemovePermission"),
    ("lambda", "GET", "/2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration"),
    ("lambda", "GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency"),
    ("lambda", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency"),
    ("lambda", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency"),
    ("lambda", "GET", "/2017-03-31/tags/{Resource}", "ListTags"),
    ("securityhub", "GET", "/accounts", "DescribeHub"),
    ("securityhub", "POST", "/accounts", "EnableSecurityHub"),
    ("securityhub", "DELETE", "/accounts", "DisableSecurityHub"),
];

/// Names a call.
pub(super) fn name(service: &str, method: &Method, path: &str) -> Option<(&'static str, Map<String, Value>)> {
    let of = OPERATIONS.iter().filter(|(of, by, ..)| *of == service && method.as_str() == *by);
    of.into_iter().find_map(|(_, _, pattern, operation)| Some((*operation, members(pattern, path)?)))
}

fn members(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (parts(pattern), parts(path));
    let mut members = Map::new();
    for (wanted, given) in pattern.iter().zip(&path) {
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(member) => drop(members.insert(member.to_owned(), form::decode(given).into())),
            None if wanted == given => {}
            None => return None,
        }
    }
    (pattern.len() == path.len()).then_some(members)
}

fn parts(path: &str) -> Vec<&str> {
    path.trim_end_matches('/').split('/').collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_tells_its_operation_and_what_it_is_about() {
        let (operation, input) =
            name("lambda", &Method::DELETE, "/2015-03-31/functions/orders/policy/every%20body").unwrap();
        assert_eq!(
            (operation, Value::Object(input)),
            ("RemovePermission", json!({"FunctionName": "orders", "StatementId": "every body"}))
        );
        assert_eq!(name("lambda", &Method::GET, "/2015-03-31/functions/orders"), None);
        assert_eq!(name("securityhub", &Method::PUT, "/accounts"), None);
    }
}
