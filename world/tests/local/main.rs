//! The local world against strict moto: every test has its own. Skipped, loudly, where moto is not installed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod alarms;
mod automations;
mod common;
mod config_rules;
mod gateway;
mod strictness;
