//! Which IAM actions a call needs.
//!
//! Comes in: a boto3 client name and an operation.
//! Goes out: actions as policies name them (`ec2:StopInstances`).
//! Never: a wildcard; nor what only the input decides (`iam:PassRole` for a role it names, `ec2:CreateTags` for
//! tags it gives, KMS keys, the `...Version` actions of S3's versioned reads).

mod apigateway;
mod different;
mod prefixes;

use crate::names::service_key;

/// The actions a caller of the operation needs, as far as its name tells. No model is needed.
///
/// `service` is a boto3 client name, `api` the operation in any spelling boto3 or SSM takes. A service or an
/// operation that does not exist gives an action that does not exist: [`crate::Models::iam_actions`] checks first.
pub fn actions(service: &str, api: &str) -> Vec<String> {
    let (service, api) = (service_key(service), pascal(api));
    if matches!(service.as_str(), "apigateway" | "apigatewayv2") {
        return vec![format!("apigateway:{}", apigateway::verb(&service, &api))];
    }
    match different::actions(&service, &api) {
        Some(actions) => actions.iter().map(|action| (*action).to_owned()).collect(),
        None => vec![format!("{}:{api}", prefixes::prefix(&service))],
    }
}

/// `stop_instances` and `stopInstances` as `StopInstances`. Abbreviations keep what they had: IAM does not tell
/// capitals apart.
fn pascal(api: &str) -> String {
    let words = api.trim().split(['_', '-']);
    words.flat_map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_actions_are_the_service_and_the_operation() {
        assert_eq!(actions("ec2", "StopInstances"), ["ec2:StopInstances"]);
        assert_eq!(actions("EC2 ", "stop_instances"), ["ec2:StopInstances"]);
        assert_eq!(actions("config", "startConfigRulesEvaluation"), ["config:StartConfigRulesEvaluation"]);
        assert_eq!(actions("cloudwatch", "DescribeAlarms"), ["cloudwatch:DescribeAlarms"]);
    }

    #[test]
    fn some_services_have_another_prefix() {
        assert_eq!(actions("elbv2", "DescribeLoadBalancers"), ["elasticloadbalancing:DescribeLoadBalancers"]);
        assert_eq!(actions("stepfunctions", "StartExecution"), ["states:StartExecution"]);
        assert_eq!(actions("resourcegroupstaggingapi", "GetResources"), ["tag:GetResources"]);
    }

    #[test]
    fn some_operations_have_another_action_or_several() {
        assert_eq!(actions("s3", "PutPublicAccessBlock"), ["s3:PutBucketPublicAccessBlock"]);
        assert_eq!(actions("s3", "get_bucket_encryption"), ["s3:GetEncryptionConfiguration"]);
        assert_eq!(actions("s3", "ListBuckets"), ["s3:ListAllMyBuckets"]);
        assert_eq!(actions("s3", "CopyObject"), ["s3:GetObject", "s3:PutObject"]);
        assert_eq!(actions("s3control", "PutPublicAccessBlock"), ["s3:PutAccountPublicAccessBlock"]);
        assert_eq!(actions("lambda", "Invoke"), ["lambda:InvokeFunction"]);
    }

    #[test]
    fn api_gateway_names_http_methods() {
        assert_eq!(actions("apigateway", "GetRestApis"), ["apigateway:GET"]);
        assert_eq!(actions("apigateway", "update_stage"), ["apigateway:PATCH"]);
        assert_eq!(actions("apigateway", "FlushStageCache"), ["apigateway:DELETE"]);
    }
}
