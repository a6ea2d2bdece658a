//! The right to change one resource, as a value.
//!
//! Only the guards make one, and whoever runs a runbook for real must show it. No permit, no effect.

use crate::incident::Resource;

/// Made by [`super::ask`] after every guard said yes; not cloned, not serialised, not made anywhere else.
#[derive(Debug)]
pub struct Permit {
    resource: Resource,
}

impl Permit {
    pub(super) fn new(resource: Resource) -> Self {
        Self { resource }
    }

    /// The one resource it is for.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}
