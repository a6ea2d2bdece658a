//! AWS Config's rules and compliance, which moto does not have.

pub mod access;
pub mod api;
pub mod bucket;
pub mod bucket_settings;
pub mod databases;
pub mod ec2_settings;
mod exceptions;
pub mod identity;
pub mod look;
pub mod managed;
pub mod network;
pub mod notice;
pub mod policy;
mod recorded;
pub mod rule;
pub mod security_group;
pub mod service;
pub mod trails;

pub use service::Config;
