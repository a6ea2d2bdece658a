//! aws-api against a service on a real socket, with the real models.
//!
//! Comes in: the pack of `make models` (skipped loudly without it).
//! Goes out: the crate's promises, kept or not.
//! Never: AWS, nor a credential.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod accounts;
mod answers;
mod customizations;
mod endpoints;
mod exactness;
mod handlers;
mod inputs;
mod logs;
mod names;
mod redirects;
mod requests;
mod resilience;
mod secrets;
mod signing;
mod support;
