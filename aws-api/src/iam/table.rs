//! Where IAM's names differ from the API's.
//!
//! Comes in: a service and an operation. Goes out: IAM's names, if they differ. Never: a name that is the same.

/// `(boto3 client, IAM prefix)`, sorted.
const PREFIXES: &[(&str, &str)] = &[("elb", "elasticloadbalancing"), ("elbv2", "elasticloadbalancing")];

type Different = (&'static str, &'static str, &'static [&'static str]);

/// `(boto3 client, operation, actions)`, sorted.
const DIFFERENT: &[Different] = &[];

pub(super) fn prefix(service: &str) -> &str {
    match PREFIXES.binary_search_by_key(&service, |(client, _)| client) {
        Ok(at) => PREFIXES[at].1,
        Err(_) => service,
    }
}

pub(super) fn different(service: &str, api: &str) -> Option<&'static [&'static str]> {
    let found = DIFFERENT.binary_search_by_key(&(service, api), |(client, api, _)| (client, api));
    found.ok().map(|at| DIFFERENT[at].2)
}
