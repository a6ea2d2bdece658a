//! A desk's credentials: fetched when first needed, kept for a while, fetched again when the desk no longer takes them.
//!
//! Comes in: a reference to a secret, and what it must look like. Goes out: its texts by name.
//! Never: any of them in a message or a log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_api::{ApiError, NoAnswer};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::aws::Services;
use crate::settings::CredentialsRef;
use crate::ticket::error::TicketError;

/// After this time they are fetched again: what was withdrawn is not used for longer.
const KEPT: Duration = Duration::from_secs(600);

const KEEPER: &str = "the keeper of its credentials";

/// What a secret must hold.
pub(crate) struct Shape {
    /// In words, for whoever has to correct it.
    pub(crate) says: &'static str,
    /// All texts of one of these sets.
    pub(crate) one_of: &'static [&'static [&'static str]],
}

/// Texts by name. No `Debug`, so that it cannot be printed by accident.
pub(crate) struct Secret(BTreeMap<String, String>);

impl Secret {
    /// The text of this name, if there is one.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn same_as(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// Fetches, remembers for a while, forgets on request.
pub(crate) struct Keeper {
    services: Services,
    reference: CredentialsRef,
    shape: &'static Shape,
    kept: Mutex<Option<(Instant, Arc<Secret>)>>,
}

impl Keeper {
    pub(crate) fn new(services: Services, reference: CredentialsRef, shape: &'static Shape) -> Self {
        Self { services, reference, shape, kept: Mutex::new(None) }
    }

    pub(crate) async fn get(&self) -> Result<Arc<Secret>, TicketError> {
        let mut kept = self.kept.lock().await;
        if let Some((_, secret)) = kept.as_ref().filter(|(since, _)| since.elapsed() < KEPT) {
            return Ok(Arc::clone(secret));
        }
        let fetched = Arc::new(self.fetch().await?);
        *kept = Some((Instant::now(), Arc::clone(&fetched)));
        Ok(fetched)
    }

    /// Forgets `stale`, unless somebody fetched newer ones meanwhile.
    async fn forget(&self, stale: &Arc<Secret>) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|(_, kept)| Arc::ptr_eq(kept, stale)) {
            *kept = None;
        }
    }

    /// What is kept now in the place of `stale`, which was refused; `None` if it is the same still.
    pub(crate) async fn successor(&self, stale: &Arc<Secret>) -> Result<Option<Arc<Secret>>, TicketError> {
        self.forget(stale).await;
        let fresh = self.get().await?;
        Ok((!fresh.same_as(stale)).then_some(fresh))
    }

    async fn fetch(&self) -> Result<Secret, TicketError> {
        let secret = match &self.reference {
            CredentialsRef::SecretsManager(name) => self.secret(name).await,
            CredentialsRef::SecureString(name) => self.parameter(name).await,
        }?;
        read(&secret, self.shape).ok_or_else(|| self.unusable(self.shape.says))
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
        parameter["Value"].as_str().map(str::to_owned).ok_or_else(|| self.unusable(self.shape.says))
    }

    async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, TicketError> {
        let failed = |source: ApiError| match source {
            source if passes(&source) => TicketError::Unreachable { desk: KEEPER, source: source.into() },
            source => TicketError::Credentials {
                reference: self.name(),
                problem: "they could not be fetched".into(),
                source: Some(source.into()),
            },
        };
        self.services.call(service, api, input).await.map_err(failed)
    }

    pub(crate) fn unusable(&self, problem: &str) -> TicketError {
        TicketError::Credentials { reference: self.name(), problem: problem.to_owned(), source: None }
    }

    fn name(&self) -> String {
        match &self.reference {
            CredentialsRef::SecretsManager(name) => format!("secretsmanager:{name}"),
            CredentialsRef::SecureString(name) => format!("ssm:{name}"),
        }
    }
}

/// Whether a later try may succeed though nobody corrects anything.
fn passes(error: &ApiError) -> bool {
    match error {
        ApiError::Service(error) => error.throttled || error.retryable || error.http_status >= 500,
        ApiError::NoAnswer(none) => !matches!(none, NoAnswer::Credentials { .. } | NoAnswer::Role { .. }),
        _ => false,
    }
}

/// The texts of a JSON object, if all of one set are there.
fn read(secret: &str, shape: &Shape) -> Option<Secret> {
    let value: Value = serde_json::from_str(secret).ok()?;
    let texts = value.as_object()?.iter().filter_map(|(name, value)| {
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty())?;
        Some((name.clone(), text.to_owned()))
    });
    let secret = Secret(texts.collect());
    let whole = |names: &&[&str]| names.iter().all(|name| secret.0.contains_key(*name));
    let fits = shape.one_of.iter().any(whole);
    fits.then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A keeper whose secret was fetched so long ago, and which can fetch no other.
    fn kept_for(age: Duration) -> Option<Keeper> {
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack");
        if !models.exists() {
            eprintln!("SKIPPED: no service models at {}: `make models` makes them", models.display());
            return None;
        }
        static SHAPE: Shape = Shape { says: "", one_of: &[&["token"]] };
        let sdk = aws_config::SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest()).build();
        let settings = crate::settings::Settings::of_operator(&models).unwrap();
        let services = Services::over(sdk, settings).unwrap();
        let keeper = Keeper::new(services, CredentialsRef::SecretsManager("s".into()), &SHAPE);
        let secret = Arc::new(read(r#"{"token": "t"}"#, &SHAPE).unwrap());
        let since = Instant::now().checked_sub(age).unwrap();
        Some(Keeper { kept: Mutex::new(Some((since, secret))), ..keeper })
    }

    #[tokio::test]
    async fn credentials_are_kept_for_a_while_and_then_fetched_again() {
        let Some(young) = kept_for(KEPT - Duration::from_secs(5)) else { return };
        assert_eq!(young.get().await.ok().unwrap().text("token"), Some("t"));
        let old = kept_for(KEPT).unwrap();
        let refused = old.get().await.err().unwrap();
        assert!(matches!(refused, TicketError::Credentials { .. }), "it asked, and nobody answers: {refused}");
    }

    #[test]
    fn credentials_are_one_whole_set_and_nothing_less() {
        let shape = Shape { says: "", one_of: &[&["email", "token"]] };
        let read = |text: &str| {
            let secret = read(text, &shape)?;
            Some((secret.text("email")?.to_owned(), secret.text("token")?.to_owned()))
        };
        assert_eq!(read(r#"{"email": "a@b.c", "token": " t\n"}"#), Some(("a@b.c".into(), "t".into())));
        for wrong in ["", "t", r#"{"email":"a@b.c"}"#, r#"{"email":"a@b.c","token":""}"#, r#"{"email":1,"token":"t"}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
