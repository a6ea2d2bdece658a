//! Where the webhooks of approvers are.
//!
//! Comes in: a secret or a SecureString, `{"kim": "https://...", "*": "https://..."}`. Goes out: addresses by name.
//! Never: an address in a log or an error; whoever knows it can write there.

use std::collections::BTreeMap;

use serde_json::json;

use crate::aws::Services;
use crate::settings::CredentialsRef;
use crate::telemetry::chain;

/// The name under which a room of many is.
const ROOM: &str = "*";

/// Addresses by name. Not shown.
#[derive(Default)]
pub(super) struct Addresses(BTreeMap<String, String>);

impl Addresses {
    pub(super) async fn read(services: &Services) -> Result<Self, String> {
        match &services.settings.approvals.webhooks {
            None => Ok(Self::default()),
            Some(CredentialsRef::SecretsManager(name)) => Self::parse(&secret(services, name).await?),
            Some(CredentialsRef::SecureString(name)) => Self::parse(&parameter(services, name).await?),
        }
    }

    /// The parser's own message is dropped: it may quote what it read.
    fn parse(text: &str) -> Result<Self, String> {
        let read = serde_json::from_str(text).map(Self);
        read.map_err(|_| "the addresses of webhooks are not JSON of names and https addresses".to_owned())
    }

    pub(super) fn of(&self, approver: &str) -> Option<&str> {
        self.0.get(approver).filter(|_| approver != ROOM).map(String::as_str)
    }

    pub(super) fn room(&self) -> Option<&str> {
        self.0.get(ROOM).map(String::as_str)
    }
}

async fn secret(services: &Services, name: &str) -> Result<String, String> {
    let answer = services.call("secretsmanager", "GetSecretValue", json!({"SecretId": name})).await;
    let answer = answer.map_err(|error| chain(&error))?;
    answer["SecretString"].as_str().map(str::to_owned).ok_or_else(|| "the secret of webhooks is not text".to_owned())
}

/// Refuses a plain parameter: everybody who may list parameters could read the addresses.
async fn parameter(services: &Services, name: &str) -> Result<String, String> {
    let answer = services.call("ssm", "GetParameter", json!({"Name": name, "WithDecryption": true})).await;
    let answer = answer.map_err(|error| chain(&error))?;
    let parameter = &answer["Parameter"];
    match (parameter["Type"].as_str(), parameter["Value"].as_str()) {
        (Some("SecureString"), Some(value)) => Ok(value.to_owned()),
        _ => Err("the parameter of webhooks is not a SecureString".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_of_many_is_nobody_s_own_address() {
        let addresses = Addresses::parse(r#"{"kim": "https://a", "*": "https://b"}"#).unwrap();
        let found = (addresses.of("kim"), addresses.of("*"), addresses.of("lee"), addresses.room());
        assert_eq!(found, (Some("https://a"), None, None, Some("https://b")));
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        for wrong in ["https://hooks.example.com/hunter2", r#"{"kim": {"url": "hunter2"}}"#, r#"["hunter2"]"#] {
            let problem = Addresses::parse(wrong).err().unwrap();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
