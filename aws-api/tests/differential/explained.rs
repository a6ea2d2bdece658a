//! Differences that are meant, each with its reason; any other one fails the test.
//!
//! Comes in: the script's report. Goes out: the counts, and a failure for what is not explained.
//! Never: an explanation that hides a difference of another kind.

use std::collections::BTreeMap;

use serde_json::Value;

/// A class of differences, as docs/aws-api.md lists them.
struct Class {
    name: &'static str,
    holds: fn(&Difference<'_>) -> bool,
}

struct Difference<'a> {
    service: &'a str,
    api: &'a str,
    case: &'a str,
    said: &'a str,
}

const CLASSES: &[Class] = &[
    Class {
        // botocore throws away what is given to an operation without input; a person meant something by it.
        name: "members for an operation that takes none are refused",
        holds: |d| d.case == "unknown member" && d.said.contains("does not fit: NoSuchMember is not a member'"),
    },
    Class {
        // Two members with one name on the wire: botocore gives elements of its XML library to the caller.
        name: "s3:GetBucketNotification, deprecated: botocore gives parts of its XML parser",
        holds: |d| d.service == "s3" && d.api == "GetBucketNotification" && d.said.contains("Configuration.Event"),
    },
    Class {
        // botocore's handler runs after errors too.
        name: "s3:GetBucketLocation: botocore adds an empty location to errors",
        holds: |d| d.api == "GetBucketLocation" && d.said == "error field result : {'LocationConstraint': None} is {}",
    },
    Class {
        // An older table of botocore's signs for us-east-1 what the service's own rules sign for the Region.
        name: "health: botocore signs for us-east-1 in every Region",
        holds: |d| d.service == "health" && d.said == "scope: 'us-east-1/health' is 'eu-west-1/health'",
    },
    Class {
        // The model says that it is called without credentials; botocore signs because the endpoint rules could.
        name: "signin: botocore signs an operation that is called without credentials",
        holds: |d| d.service == "signin" && d.said == "scope: 'eu-west-1/signin' is None",
    },
    Class {
        // Whatever has an `EndpointId` is signed with version 4a, for which botocore wants a library that is not there.
        name: "version 4a: botocore does not sign it without its optional library",
        holds: |d| {
            matches!((d.service, d.api), ("events", "PutEvents") | ("sesv2", "SendEmail" | "SendBulkEmail"))
                && d.said.contains("MissingDependencyException")
                && d.said.ends_with("client: None")
        },
    },
    Class {
        // Three services name version 4a first and version 4 second; botocore takes the second for want of its library.
        name: "version 4a: botocore falls back to version 4 without its optional library",
        holds: |d| {
            let services = ["partnercentral-channel", "partnercentral-revenue-measurement", "sustainability"];
            // A scope of version 4a names the service alone.
            let without_region = ["partnercentral", "sustainability", d.service]
                .map(|signed| format!("scope: 'us-east-1/{signed}' is '{signed}'"));
            let said = |scope: &String| d.said == scope;
            services.contains(&d.service)
                && (without_region.iter().any(said) || d.said == "header x-amz-region-set: None is '*'")
        },
    },
];

/// Says what was compared, and fails for what is not explained.
pub(crate) fn report(said: &Value) {
    let (mut explained, mut left) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for entry in said["differences"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let (service, api, case, said) = (text("service"), text("api"), text("case"), text("difference"));
        match CLASSES.iter().find(|class| (class.holds)(&Difference { service, api, case, said })) {
            Some(class) => *explained.entry(class.name).or_default() += 1,
            None => left.push(format!("{service}:{api} ({case}) {said}")),
        }
    }
    println!("{} operations, {} of them with differences; {}", said["operations"], said["unequal"], said["counts"]);
    println!("differences that are meant: {explained:#?}");
    if let Some(file) = std::env::var_os("KINTSUGI_DIFFERENCES") {
        std::fs::write(file, left.join("\n") + "\n").unwrap();
    }
    let shown: Vec<&String> = left.iter().take(40).collect();
    assert!(left.is_empty(), "{} differences are not explained; the first: {shown:#?}", left.len());
    assert!(said["operations"].as_u64() > Some(0), "nothing was compared");
}
