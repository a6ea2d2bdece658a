//! What Lambda's account has left, which moto does not tell.
//!
//! Comes in: nothing but the functions in moto. Goes out: `GetAccountSettings`. Never: a reservation that nobody made.

use serde_json::{Value, json};

use super::moto::{Moto, MotoError};
use crate::gateway::respond::AwsError;

/// A new account's concurrency, as AWS documents it.
const ACCOUNT: u64 = 1000;

/// `GetAccountSettings`.
///
/// # Errors
/// When moto's state cannot be read.
pub async fn account_settings(moto: &Moto) -> Result<Value, AwsError> {
    settings(moto)
        .await
        .map_err(|error| AwsError { status: 500, ..AwsError::new("ServiceException", error.to_string()) })
}

async fn settings(moto: &Moto) -> Result<Value, MotoError> {
    let functions = moto.call("lambda", "ListFunctions", json!({})).await?;
    let functions = functions["Functions"].as_array().cloned().unwrap_or_default();
    let mut reserved = 0;
    for function in &functions {
        let asked = json!({ "FunctionName": function["FunctionName"] });
        let answer = moto.find("lambda", "GetFunctionConcurrency", asked, &["ResourceNotFoundException"]).await?;
        reserved += answer.and_then(|answer| answer["ReservedConcurrentExecutions"].as_u64()).unwrap_or_default();
    }
    Ok(json!({
        "AccountLimit": {
            "ConcurrentExecutions": ACCOUNT, "UnreservedConcurrentExecutions": ACCOUNT.saturating_sub(reserved),
            "TotalCodeSize": 80_530_636_800_u64, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800,
        },
        "AccountUsage": { "FunctionCount": functions.len(), "TotalCodeSize": 0 },
    }))
}
