//! What moto does not have, answered from moto's own state.

pub mod alarms;
pub mod answer;
pub mod automation;
pub mod calendars;
pub mod config;
pub mod machine;
mod metadata;
pub mod moto;
pub mod ops_items;
pub mod put_events;
pub mod topic;

pub use answer::Cloud;
