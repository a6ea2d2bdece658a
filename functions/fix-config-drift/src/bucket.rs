//! A bucket that could be public: what its public access block is, and the run that turns it on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::aws::{ApiError, Services};
use shared::catalogue::Binding;
use shared::guard::Scope;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Run, Unseen};

/// The four settings of a public access block, in the order AWS documents them.
const SETTINGS: [&str; 4] = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// A bucket, as far as its publicity is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The four settings of its public access block, in AWS's order.
    pub blocked: [bool; 4],
    /// Who owns it.
    pub scope: Scope,
}

pub(crate) async fn see(services: &Services, bucket: &str) -> Result<Bucket, Unseen> {
    let input = json!({"Bucket": bucket});
    let (block, tags) = tokio::join!(
        services.call("s3", "GetPublicAccessBlock", input.clone()),
        services.call("s3", "GetBucketTagging", input.clone()),
    );
    let unseen = |error: ApiError| Unseen::of(&format!("bucket {bucket} cannot be looked at"), &error);
    let block = unless(block, "NoSuchPublicAccessBlockConfiguration").map_err(unseen)?;
    let tags = unless(tags, "NoSuchTagSet").map_err(unseen)?;
    let block = &block["PublicAccessBlockConfiguration"];
    Ok(Bucket { blocked: SETTINGS.map(|setting| block[setting] == true), scope: Scope::from_tags(&tags["TagSet"]) })
}

/// AWS answers "nothing is set" with an error of its own.
fn unless(answer: Result<Value, ApiError>, nothing: &str) -> Result<Value, ApiError> {
    match answer {
        Err(ApiError::Service(error)) if error.code == nothing => Ok(Value::Null),
        other => other,
    }
}

pub(crate) fn decide(binding: &Binding, incident: &Incident, resource: &Resource, bucket: &Bucket) -> Decision {
    if bucket.blocked.iter().all(|on| *on) {
        return Decision::AlreadyHealthy("the bucket blocks all public access".into());
    }
    let missing: Vec<&str> = SETTINGS.iter().zip(bucket.blocked).filter(|(_, on)| !on).map(|(name, _)| *name).collect();
    let (region, id) = (&incident.region, &resource.id);
    Decision::Run(Box::new(Run {
        binding: binding.name.clone(),
        resource: resource.clone(),
        scope: bucket.scope.clone(),
        parameters: Map::from_iter([("BucketName".to_owned(), json!(id))]),
        undo: None,
        change: format!("turn on {}", missing.join(", ")),
        irreversible: None,
        by_hand: vec![
            "See what the bucket blocks:".to_owned(),
            format!("aws s3api get-public-access-block --region {region} --bucket {id}"),
            "To undo, if it was meant to be public:".to_owned(),
            format!("aws s3api delete-public-access-block --region {region} --bucket {id}"),
        ],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_access_block_that_was_never_set_is_all_off() {
        assert_eq!(unless(Ok(json!(1)), "X").ok(), Some(json!(1)));
    }
}
