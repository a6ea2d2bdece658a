//! API Gateway, whose actions are HTTP methods (`apigateway:GET`).
//!
//! Comes in: an operation. Goes out: its method. Never: a path; that is the policy's resource.

/// Methods that the operation's first word does not tell: `(boto3 client, operation, method)`.
const OTHERS: &[(&str, &str, &str)] = &[
    ("apigateway", "FlushStageAuthorizersCache", "DELETE"),
    ("apigateway", "FlushStageCache", "DELETE"),
    ("apigateway", "ImportDocumentationParts", "PUT"),
    ("apigateway", "TagResource", "PUT"),
    ("apigateway", "UntagResource", "DELETE"),
    ("apigatewayv2", "DisablePortal", "DELETE"),
    ("apigatewayv2", "ImportApi", "PUT"),
    ("apigatewayv2", "ReimportApi", "PUT"),
    ("apigatewayv2", "ResetAuthorizersCache", "DELETE"),
    ("apigatewayv2", "UntagResource", "DELETE"),
];

const WORDS: &[(&str, &str)] =
    &[("Delete", "DELETE"), ("Export", "GET"), ("Get", "GET"), ("List", "GET"), ("Put", "PUT"), ("Update", "PATCH")];

pub(super) fn verb(service: &str, api: &str) -> &'static str {
    let other = OTHERS.iter().find(|(client, name, _)| *client == service && *name == api).map(|(.., verb)| *verb);
    let by_word = || WORDS.iter().find(|(word, _)| api.starts_with(word)).map(|(_, verb)| *verb);
    other.or_else(by_word).unwrap_or("POST")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_is_the_one_of_the_model() {
        let Some(models) = crate::testing::models() else { return };
        for service in ["apigateway", "apigatewayv2"] {
            for api in models.operations(service).unwrap() {
                let operation = models.operation(service, api.as_str()).unwrap();
                assert_eq!(verb(service, api.as_str()), operation.model.http.method, "{service}:{api}");
            }
        }
    }

    #[test]
    fn every_listed_operation_exists() {
        let Some(models) = crate::testing::models() else { return };
        for (service, api, _) in OTHERS {
            let (_, name) = models.resolve(service, api).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(name.as_str(), *api);
        }
    }
}
