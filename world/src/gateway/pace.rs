//! Tells moto how fast the world runs.
//!
//! Comes in: [`Timings`]. Goes out: moto's own part of them, over `/_strict`. Never: a pace for a moto that is not
//! strict; such a moto is refused, because every promise about EC2 would be false.

use serde_json::json;

use crate::clock::Timings;

/// moto did not take the pace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaceError {
    /// It did not answer.
    #[error("moto at {url} does not answer")]
    Gone {
        /// Its address.
        url: String,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// It has no `/_strict`.
    #[error("the moto at {url} is not strict (HTTP {status} for /_strict): start world/python/strict_moto.py")]
    NotStrict {
        /// Its address.
        url: String,
        /// Its answer.
        status: u16,
    },
}

/// Sets moto's pace.
///
/// # Errors
/// [`PaceError`]
pub(crate) async fn set(http: &reqwest::Client, moto_url: &str, timings: &Timings) -> Result<(), PaceError> {
    let pace = json!({
        "scale": timings.scale,
        "pendingSeconds": timings.pending_seconds,
        "stoppingSeconds": timings.stopping_seconds,
        "shuttingDownSeconds": timings.shutting_down_seconds,
        "statusChecksSeconds": timings.status_checks_seconds,
    });
    let gone = |source| PaceError::Gone { url: moto_url.to_owned(), source };
    let answer = http.put(format!("{moto_url}/_strict")).json(&pace).send().await.map_err(gone)?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(PaceError::NotStrict { url: moto_url.to_owned(), status: answer.status().as_u16() })
    }
}
