//! Which IAM actions a call needs.
//!
//! Comes in: a boto3 client name and an operation.
//! Goes out: actions as policies name them (`ec2:StopInstances`).
//! Never: a wildcard.

mod table;

/// The actions a caller of the operation needs, as far as its name tells.
///
/// `service` is a boto3 client name, `api` the operation in the model's spelling (`DescribeDBInstances`); other
/// spellings are for [`crate::Models::iam_actions`], which knows the model. No model is needed here.
pub fn actions(service: &str, api: &str) -> Vec<String> {
    let service = crate::names::service_key(service);
    let prefix = table::prefix(&service);
    match table::different(&service, api) {
        Some(actions) => actions.iter().map(|action| (*action).to_owned()).collect(),
        None => vec![format!("{prefix}:{api}")],
    }
}
