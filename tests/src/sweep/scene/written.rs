//! A written scene, swept like a programmed one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::json;
use shared::catalogue::Binding;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::{Condition, Place, Prop, Scene, Trouble};
use crate::local::told_otherwise;
use crate::scene::{self, Made, SceneFile, Troupe};

/// Those of which every test run plays some cases: one of each kind of event, of each function.
const ALWAYS: [&str; 3] = ["block-public-access-on-bucket", "revoke-open-ssh", "restore-bucket-block"];

/// The first written scene of every binding that changes something; what only people can put right has no steps to fail.
pub(super) fn all() -> Result<Vec<Written>, Trouble> {
    let first = |binding: &Binding, file: &SceneFile| binding.ticket_only.is_none() && file.other.is_none();
    let scenes = scene::all()?.into_iter().filter(|(binding, file)| first(binding, file));
    // One turn for all: what is of the whole account is one resource to the guards.
    let turn: Arc<Turn<()>> = Arc::default();
    let written = |(binding, file)| Written { binding, file, made: Mutex::default(), turn: Arc::clone(&turn) };
    Ok(scenes.map(written).collect())
}

/// A prop, and the turn it holds while it is there if no two of its kind can be.
type OnStage = (Made, Option<OwnedMutexGuard<()>>);

/// A scene of `tests/scenes`.
pub(super) struct Written {
    binding: Binding,
    file: SceneFile,
    made: Mutex<BTreeMap<String, OnStage>>,
    turn: Arc<Turn<()>>,
}

impl Written {
    fn troupe<'a>(&self, place: Place<'a>) -> Troupe<'a> {
        Troupe { stack: place.stack, operator: place.operator }
    }

    fn of(&self, prop: &Prop) -> Result<Made, Trouble> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(made.get(&prop.id).ok_or("nobody made this")?.0.clone())
    }
}

#[async_trait]
impl Scene for Written {
    #[expect(clippy::misnamed_getters, reason = "two bindings may share a runbook: each is swept by its own name")]
    fn runbook(&self) -> &str {
        &self.binding.name
    }

    fn function(&self) -> &str {
        &self.binding.function
    }

    fn is_always_played(&self) -> bool {
        ALWAYS.contains(&self.binding.name.as_str())
    }

    async fn make(&self, place: Place<'_>, name: &str) -> Result<Prop, Trouble> {
        let turn = if self.file.alone { Some(Arc::clone(&self.turn).lock_owned().await) } else { None };
        let troupe = self.troupe(place);
        let made = troupe.make(&self.file, name).await?;
        let event = match troupe.noticed(&self.binding, &self.file, &made).await {
            Ok(event) => event,
            Err(trouble) => {
                troupe.clear(&self.binding, &self.file, &made).await?;
                return Err(trouble);
            }
        };
        let mut another = event.clone();
        another["id"] = json!(world::ids::uuid_of(&format!("{name} once more")));
        let others = told_otherwise(&event).map_err(|error| error.to_string())?;
        let kind = self.binding.resource.as_ref().map(|from| from.kind.clone());
        let kind = kind.or(self.binding.when.config_rule.as_ref().map(|on| on.resource_type.clone()));
        let prop = Prop {
            name: name.to_owned(),
            kind: kind.unwrap_or_default(),
            id: made.id.clone(),
            parts: troupe.parts(&self.file, &made)?,
            alarm: None,
            events: [event].into_iter().chain(others).chain([another]).map(|event| event.to_string()).collect(),
        };
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(prop.id.clone(), (made, turn));
        Ok(prop)
    }

    async fn see(&self, place: Place<'_>, prop: &Prop) -> Result<Condition, Trouble> {
        self.troupe(place).see(&self.binding, &self.file, &self.of(prop)?).await
    }

    async fn clear(&self, place: Place<'_>, prop: &Prop) -> Result<(), Trouble> {
        let made = self.of(prop)?;
        let cleared = self.troupe(place).clear(&self.binding, &self.file, &made).await;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).remove(&prop.id);
        cleared
    }
}
