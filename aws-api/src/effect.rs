//! Whether an operation reads or writes.
//!
//! Comes in: its name, and the model's own word where it has one.
//! Goes out: [`Effect`].
//! Never: "read" for an operation nobody vouches for. What cannot be told is a write.

use std::fmt;

/// What an operation does to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing: safe to make when only planning.
    Read,
    /// It changes something, or may.
    Write,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// Words with which AWS begins the names of operations that only read. Verbs such as `Check`, `Estimate` or `Verify`
/// are not among them: too many of those start a job or count against something.
const READING: &[&str] =
    &["BatchDescribe", "BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Scan", "Search"];

/// Words that are never believed to read, not even where the model says so (as it does for
/// `ivs-realtime:StartViewerSessionRevocation`).
const ACTING: &[&str] = &["BatchStart", "Start", "Stop"];

/// Reads by name that are writes for us: they mint credentials, create what they return, or use something up.
/// Nobody wants those done for a plan. Sorted.
const WRITES: &[(&str, &str)] = &[
    ("account-access-runtime", "GetRoleCredentials"),
    ("appconfigdata", "GetLatestConfiguration"),
    ("athena", "GetSessionEndpoint"),
    ("bedrock-agentcore", "GetResourceApiKey"),
    ("bedrock-agentcore", "GetResourceOauth2Token"),
    ("bedrock-agentcore", "GetResourcePaymentToken"),
    ("bedrock-agentcore", "GetWorkloadAccessToken"),
    ("bedrock-agentcore", "GetWorkloadAccessTokenForJWT"),
    ("bedrock-agentcore", "GetWorkloadAccessTokenForUserId"),
    ("cloudwatchomni", "GetSpaceCredentialsForOrganization"),
    ("cloudwatchomni", "GetSpaceDataAccess"),
    ("codeartifact", "GetAuthorizationToken"),
    ("codepipeline", "GetJobDetails"),
    ("codepipeline", "GetThirdPartyJobDetails"),
    ("cognito-identity", "GetCredentialsForIdentity"),
    ("cognito-identity", "GetId"),
    ("cognito-identity", "GetOpenIdToken"),
    ("cognito-identity", "GetOpenIdTokenForDeveloperIdentity"),
    ("cognito-idp", "GetClientToken"),
    ("cognito-idp", "GetTokensFromRefreshToken"),
    ("cognito-idp", "GetUserAttributeVerificationCode"),
    ("connect", "GetFederationToken"),
    ("datazone", "GetConnection"),
    ("datazone", "GetEnvironmentCredentials"),
    ("datazone", "GetIamPortalLoginUrl"),
    ("ecr", "GetAuthorizationToken"),
    ("ecr-public", "GetAuthorizationToken"),
    ("emr", "GetClusterSessionCredentials"),
    ("emr", "GetOnClusterAppUIPresignedURL"),
    ("emr", "GetPersistentAppUIPresignedURL"),
    ("emr", "GetSessionEndpoint"),
    ("emr-containers", "GetManagedEndpointSessionCredentials"),
    ("emr-serverless", "GetDashboardForJobRun"),
    ("emr-serverless", "GetSessionEndpoint"),
    ("gamelift", "GetComputeAccess"),
    ("gamelift", "GetComputeAuthToken"),
    ("gamelift", "GetInstanceAccess"),
    ("glue", "GetSessionEndpoint"),
    ("lakeformation", "GetTemporaryDataLocationCredentials"),
    ("lakeformation", "GetTemporaryGlueFunctionCredentials"),
    ("lakeformation", "GetTemporaryGluePartitionCredentials"),
    ("lakeformation", "GetTemporaryGlueTableCredentials"),
    ("license-manager", "GetAccessToken"),
    ("lightsail", "GetInstanceAccessDetails"),
    ("marketplace-reporting", "GetBuyerDashboard"),
    ("quicksight", "GetDashboardEmbedUrl"),
    ("quicksight", "GetIdentityContext"),
    ("quicksight", "GetSessionEmbedUrl"),
    ("redshift", "GetClusterCredentials"),
    ("redshift", "GetClusterCredentialsWithIAM"),
    ("redshift", "GetIdentityCenterAuthToken"),
    ("redshift-serverless", "GetCredentials"),
    ("s3control", "GetDataAccess"),
    ("ssm", "GetAccessToken"),
    ("sso", "GetRoleCredentials"),
    ("stepfunctions", "GetActivityTask"),
    ("sts", "GetDelegatedAccessToken"),
    ("sts", "GetFederationToken"),
    ("sts", "GetSessionToken"),
    ("sts", "GetWebIdentityToken"),
];

/// Operations that only read though their names do not say so. Sorted.
const READS: &[(&str, &str)] = &[
    ("cloudformation", "EstimateTemplateCost"),
    ("cloudformation", "ValidateTemplate"),
    ("config", "SelectAggregateResourceConfig"),
    ("config", "SelectResourceConfig"),
    ("dynamodb", "Query"),
    ("dynamodb", "TransactGetItems"),
    ("events", "TestEventPattern"),
    ("iam", "SimulateCustomPolicy"),
    ("iam", "SimulatePrincipalPolicy"),
    ("logs", "TestMetricFilter"),
    ("rds", "DownloadDBLogFilePortion"),
    ("route53", "TestDNSAnswer"),
    ("s3", "SelectObjectContent"),
    ("stepfunctions", "ValidateStateMachineDefinition"),
];

/// What the operation does. `readonly` is the model's own word; absent, the lists and the name decide.
pub(crate) fn effect(service: &str, api: &str, readonly: bool) -> Effect {
    let listed = |list: &[(&str, &str)]| list.binary_search(&(service, api)).is_ok();
    let vouched = readonly && !begins_with(ACTING, api);
    let reads = !listed(WRITES) && (vouched || listed(READS) || begins_with(READING, api));
    if reads { Effect::Read } else { Effect::Write }
}

/// Whether the name begins with one of the words, as a word: `Listen` does not begin with `List`.
fn begins_with(words: &[&str], api: &str) -> bool {
    words.iter().filter_map(|word| api.strip_prefix(word)).any(|rest| !rest.starts_with(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(WRITES.is_sorted());
        assert!(READS.is_sorted());
    }

    #[test]
    fn names_that_begin_as_reads_read() {
        for (service, api) in [
            ("ec2", "DescribeInstances"),
            ("s3", "HeadBucket"),
            ("s3", "SelectObjectContent"),
            ("sts", "GetCallerIdentity"),
            ("dynamodb", "BatchGetItem"),
            ("dynamodb", "Scan"),
            ("config", "SelectResourceConfig"),
        ] {
            assert_eq!(effect(service, api, false), Effect::Read, "{service}:{api}");
        }
    }

    #[test]
    fn everything_else_writes() {
        for (service, api) in [
            ("ec2", "StopInstances"),
            ("s3", "PutPublicAccessBlock"),
            ("sqs", "ReceiveMessage"),
            ("made-up", "Listen"),
            ("made-up", "Getaway"),
            ("dynamodb", "BatchWriteItem"),
            ("connect", "GetFederationToken"),
        ] {
            assert_eq!(effect(service, api, false), Effect::Write, "{service}:{api}");
        }
    }

    #[test]
    fn the_models_own_word_is_taken_unless_we_know_better() {
        assert_eq!(effect("made-up", "CheckThing", true), Effect::Read);
        assert_eq!(effect("connect", "GetFederationToken", true), Effect::Write);
        assert_eq!(effect("ivs-realtime", "StartViewerSessionRevocation", true), Effect::Write);
    }

    #[test]
    fn every_listed_operation_exists() {
        let Some(models) = crate::testing::models() else { return };
        for (service, api) in WRITES.iter().chain(READS) {
            let (_, name) = models.resolve(service, api).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(name.as_str(), *api);
        }
    }

    /// The models say of some 2,300 operations that they only read. They are the measure of the rule by names.
    #[test]
    fn names_and_models_agree_and_no_read_by_name_is_a_put_or_a_delete() {
        let Some(models) = crate::testing::models() else { return };
        let (mut counts, mut vouched, mut named) = ([0, 0], 0, 0);
        for name in models.services() {
            let service = models.service(name).unwrap();
            for api in models.operations(name).unwrap() {
                let model = service.model_of(&api).unwrap();
                let by_name = effect(name, api.as_str(), false);
                let reads = effect(name, api.as_str(), model.readonly) == Effect::Read;
                counts[usize::from(reads)] += 1;
                vouched += usize::from(model.readonly);
                named += usize::from(model.readonly && by_name == Effect::Read);
                let changes = matches!(model.http.method.as_str(), "PUT" | "DELETE" | "PATCH");
                assert!(!(changes && by_name == Effect::Read), "{name}:{api} is sent with {}", model.http.method);
            }
        }
        let [writes, reads] = counts;
        eprintln!(
            "{reads} reads, {writes} writes; of {vouched} reads by the models' word {named} are reads by name too"
        );
        assert!(named * 100 >= vouched * 95, "of {vouched} reads by the models' word only {named} by name");
    }

    #[test]
    fn nothing_that_hands_out_credentials_is_a_read() {
        let Some(models) = crate::testing::models() else { return };
        for name in models.services() {
            for api in models.operations(name).unwrap() {
                if models.effect(name, api.as_str()).unwrap() == Effect::Write {
                    continue;
                }
                let operation = models.operation(name, api.as_str()).unwrap();
                let shapes = (0..operation.schema.shapes.len()).map(|shape| operation.schema.members(shape));
                let hands_out = shapes.into_iter().any(|members| {
                    let has = |part: &str| members.iter().any(|m| m.name.eq_ignore_ascii_case(part));
                    has("SecretAccessKey") && has("SessionToken")
                });
                assert!(!hands_out, "{name}:{api} has temporary credentials in it");
            }
        }
    }
}
