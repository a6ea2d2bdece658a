//! Jira's credentials: fetched when first needed, kept in the process, fetched again when Jira no longer takes them.
//!
//! Comes in: a reference to a secret. Goes out: an e-mail address and an API token.
//! Never: either of them in a message or a log.

use std::sync::Arc;

use aws_api::ApiError;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::aws::Services;
use crate::settings::CredentialsRef;
use crate::ticket::error::TicketError;

/// What the secret must hold.
const SHAPE: &str = r#"it must be JSON with "email" and "token", both non-empty text"#;

/// For HTTP basic authentication. No `Debug`, so that it cannot be printed by accident.
pub(super) struct Credentials {
    pub(super) email: String,
    pub(super) token: String,
}

/// Fetches once, remembers, forgets on request.
pub(super) struct Keeper {
    services: Services,
    reference: CredentialsRef,
    kept: Mutex<Option<Arc<Credentials>>>,
}

impl Keeper {
    pub(super) fn new(services: Services, reference: CredentialsRef) -> Self {
        Self { services, reference, kept: Mutex::new(None) }
    }

    pub(super) async fn get(&self) -> Result<Arc<Credentials>, TicketError> {
        let mut kept = self.kept.lock().await;
        if let Some(credentials) = kept.as_ref() {
            return Ok(Arc::clone(credentials));
        }
        let fetched = Arc::new(self.fetch().await?);
        Ok(Arc::clone(kept.insert(fetched)))
    }

    /// Forgets `stale`, unless somebody fetched newer ones meanwhile.
    pub(super) async fn forget(&self, stale: &Arc<Credentials>) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, stale)) {
            *kept = None;
        }
    }

    async fn fetch(&self) -> Result<Credentials, TicketError> {
        let secret = match &self.reference {
            CredentialsRef::SecretsManager(name) => self.secret(name).await,
            CredentialsRef::SecureString(name) => self.parameter(name).await,
        }?;
        read(&secret).ok_or_else(|| self.unusable(SHAPE))
    }

    async fn secret(&self, name: &str) -> Result<String, TicketError> {
        let answer = self.call("secretsmanager", "GetSecretValue", json!({"SecretId": name})).await?;
        let text = answer["SecretString"].as_str().map(str::to_owned);
        text.ok_or_else(|| self.unusable("the secret is binary; it must be text"))
    }

    /// Refuses a plain parameter: everybody who may list parameters could read the token.
    async fn parameter(&self, name: &str) -> Result<String, TicketError> {
        let answer = self.call("ssm", "GetParameter", json!({"Name": name, "WithDecryption": true})).await?;
        let parameter = &answer["Parameter"];
        if parameter["Type"] != "SecureString" {
            return Err(self.unusable("the parameter is not a SecureString; put the credentials into one"));
        }
        parameter["Value"].as_str().map(str::to_owned).ok_or_else(|| self.unusable(SHAPE))
    }

    async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, TicketError> {
        let failed = |source: ApiError| TicketError::Credentials {
            reference: self.name(),
            problem: "they could not be fetched".into(),
            source: Some(source.into()),
        };
        self.services.call(service, api, input).await.map_err(failed)
    }

    fn unusable(&self, problem: &str) -> TicketError {
        TicketError::Credentials { reference: self.name(), problem: problem.to_owned(), source: None }
    }

    fn name(&self) -> String {
        match &self.reference {
            CredentialsRef::SecretsManager(name) => format!("secretsmanager:{name}"),
            CredentialsRef::SecureString(name) => format!("ssm:{name}"),
        }
    }
}

/// The parser's own message is dropped: it may quote what it read.
fn read(secret: &str) -> Option<Credentials> {
    let value: Value = serde_json::from_str(secret).ok()?;
    let text = |key: &str| value[key].as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Credentials { email: text("email")?, token: text("token")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_an_email_and_a_token_and_nothing_less() {
        let read = |text: &str| read(text).map(|found| (found.email, found.token));
        assert_eq!(read(r#"{"email": "a@b.c", "token": " t\n"}"#), Some(("a@b.c".into(), "t".into())));
        for wrong in ["", "t", r#"{"email":"a@b.c"}"#, r#"{"email":"a@b.c","token":""}"#, r#"{"email":1,"token":"t"}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
