//! Scenes that are written, not programmed: `tests/scenes/BINDING.yaml`. A resource with a fault, how to see it, and what
//! exactly must differ when it is put right.
//!
//! Comes in: YAML. Goes out: a resource in the local world, the event that AWS tells of it, its condition.
//! Never: what Kintsugi says of it; a scene looks with plain API calls.

mod difference;
mod file;
mod planned;
mod prop;

pub use difference::{Difference, differences};
pub use file::{Call, Expected, SceneFile, Seen, all};
pub use planned::as_planned;
pub use prop::{Condition, Made, Troupe};
