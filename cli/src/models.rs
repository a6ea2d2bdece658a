//! Where AWS's service models are.
//!
//! Comes in: the environment (by way of the settings) and the current folder. Goes out: opened models.
//! Never: a download; `make models` makes the pack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_api::{Models, ModelsError};
use shared::settings::Settings;

use crate::error::CliError;

/// Where `make models` puts the pack, below the checkout's root.
const PACK: &str = ".local/models/models.pack";

/// An operator's settings, with the models' place.
pub(crate) fn settings() -> Result<Settings, CliError> {
    let here = std::env::current_dir().unwrap_or_default();
    Ok(Settings::of_operator(&find(&here))?)
}

/// The same with what is said of tickets: by the environment, or by the variables of a deployed function.
pub(crate) fn ticket_settings(told: Option<&BTreeMap<String, String>>) -> Result<Settings, CliError> {
    let here = std::env::current_dir().unwrap_or_default();
    Ok(Settings::of_ticket_operator(&find(&here), told)?)
}

/// The models.
pub(crate) fn open() -> Result<Models, CliError> {
    Ok(Models::open(settings()?.models)?)
}

/// The models, or why there are none; a pack that is there but not usable is an error.
pub(crate) fn open_if_there() -> Result<Result<Models, ModelsError>, CliError> {
    match Models::open(settings()?.models) {
        Err(missing @ ModelsError::Missing { .. }) => Ok(Err(missing)),
        other => Ok(Ok(other?)),
    }
}

/// The pack in this folder or the nearest one above; where it would be in this one, if there is none.
fn find(here: &Path) -> PathBuf {
    let there = here.ancestors().map(|folder| folder.join(PACK)).find(|path| path.is_file());
    there.unwrap_or_else(|| here.join(PACK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_is_found_from_any_folder_of_the_checkout() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(find(&deep), deep.join(PACK));
        let pack = root.path().join(PACK);
        std::fs::create_dir_all(pack.parent().unwrap()).unwrap();
        std::fs::write(&pack, "").unwrap();
        assert_eq!(find(&deep), pack);
    }
}
