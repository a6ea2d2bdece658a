//! Whether the instance survives a stop, a change of type and a start. Pure.

use crate::seen::{Candidate, Instance};

/// On an instance with this tag and value, what is on its instance store volumes may be lost.
const INSTANCE_STORE: (&str, &str) = ("kintsugi:instance-store", "discard");

/// What it would not survive; `None` if nothing.
pub(super) fn why_not(instance: &Instance, family: &[Candidate]) -> Option<String> {
    let Instance { id, state, lifecycle, tenancy, root_device, shutdown_behavior, .. } = instance;
    let disks = family.iter().any(|c| c.instance_type == instance.instance_type && c.instance_storage);
    let (tag, value) = INSTANCE_STORE;
    [
        (state != "running", format!("{id} is {state}, not running; there is nothing to relieve")),
        (
            lifecycle.is_some(),
            format!("{id} is a {} instance, whose type cannot be changed", lifecycle.as_deref().unwrap_or_default()),
        ),
        (
            tenancy == "host",
            format!(
                "{id} is on a Dedicated Host, which is made for certain types; change it where there is room for it"
            ),
        ),
        (
            instance.reserved,
            format!("{id} starts only in a Capacity Reservation, which is for {} alone", instance.instance_type),
        ),
        (root_device != "ebs", format!("the root device of {id} is {root_device}; it would not survive a stop")),
        (
            disks && !may_discard(instance),
            format!(
                "{id} is a {}, which has disks of its own; a stop would destroy what is on them. \
                 Tag it {tag}={value} if that may be lost",
                instance.instance_type
            ),
        ),
        (
            shutdown_behavior == "terminate",
            format!("{id} terminates when it is shut down from within; set its shutdown behaviour to stop first"),
        ),
        (instance.stop_protected, format!("{id} is protected from being stopped; take the protection away first")),
    ]
    .into_iter()
    .find_map(|(so, reason)| so.then_some(reason))
}

/// Whether a stop destroys data that may be lost.
pub(super) fn may_discard(instance: &Instance) -> bool {
    instance.scope.tags.get(INSTANCE_STORE.0).is_some_and(|value| value == INSTANCE_STORE.1)
}
