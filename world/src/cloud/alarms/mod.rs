//! CloudWatch's alarms, which moto keeps but never evaluates and never tells of.

pub mod alarm;
pub mod evaluate;
pub mod load;
pub mod measure;
pub mod mutes;
pub mod reason;
pub mod service;
pub mod shape;

pub use mutes::Mutes;
pub use service::Alarms;
