//! Why the models cannot be used.
//!
//! Comes in: what the file system, the pack or a model did.
//! Goes out: [`ModelsError`], which says how to get the models where they are missing.
//! Never: the cause's own text in the message; it is the source.

use std::path::PathBuf;

use thiserror::Error;

use crate::endpoint::RulesError;
use crate::model::ModelError;
use crate::schema::SchemaError;

/// The pack of service models cannot be opened, or a part of it cannot be understood.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelsError {
    /// There is no pack at the path.
    #[error("there are no service models at {}: `make models` makes them, or aws-api's models.py", path.display())]
    Missing {
        /// Where the pack was looked for.
        path: PathBuf,
    },
    /// The pack is there but cannot be read.
    #[error("the service models at {} cannot be read", path.display())]
    Unreadable {
        /// The pack.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a pack, or not one of this version.
    #[error("{} is not a pack of service models that this version reads: `make models` makes one, or aws-api's models.py", path.display())]
    NotAPack {
        /// The file.
        path: PathBuf,
    },
    /// An entry of the pack is not what the packer writes.
    #[error(
        "the entry {entry} of the service models is damaged: `make models` makes them anew, or aws-api's models.py"
    )]
    Damaged {
        /// The service, or `index`, or `partitions`.
        entry: String,
        /// What was wrong with it.
        #[source]
        source: Damage,
    },
}

/// What was wrong with an entry.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct Damage(#[from] DamageKind);

#[derive(Debug, Error)]
pub(crate) enum DamageKind {
    #[error("it cannot be inflated")]
    Inflate(#[source] std::io::Error),
    #[error("it is not the JSON that was expected")]
    Json(#[source] serde_json::Error),
    #[error("its model cannot be read")]
    Model(#[source] ModelError),
    #[error("its shapes cannot be understood")]
    Schema(#[source] SchemaError),
    #[error("its endpoint rules cannot be understood")]
    Rules(#[source] RulesError),
}

impl ModelsError {
    pub(super) fn damaged(entry: &str, kind: DamageKind) -> Self {
        Self::Damaged { entry: entry.to_owned(), source: Damage(kind) }
    }
}
