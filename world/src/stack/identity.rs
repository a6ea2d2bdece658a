//! Who the local world pretends to be: one account, one Region, credentials that open nothing.
//!
//! Comes in: nothing. Goes out: the variables every process of the stack gets.
//! Never: the user's own AWS profile, credentials or proxy.

use std::process::Command;

use crate::gateway::REGION;

/// What an AWS client needs so that it neither asks the metadata address nor finds the user's own credentials.
pub(crate) const AWS: [(&str, &str); 8] = [
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("AWS_REGION", REGION),
    ("AWS_DEFAULT_REGION", REGION),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("NO_PROXY", "127.0.0.1,localhost"),
];

/// Variables of the user that would lead a counterpart elsewhere.
const FOREIGN: [&str; 5] =
    ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "PYTHONPATH"];

/// Gives a counterpart the local identity on top of the user's environment (it needs PATH, HOME and the like).
pub(crate) fn counterpart(command: &mut Command) {
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.envs(AWS);
}
