//! The local world: one HTTP endpoint that stands between real binaries and moto, and is as strict, as slow and
//! as unkind as AWS. A test instrument, never shipped.
//!
//! [`gateway`] takes every call, passes it on, journals it and injects faults; [`cloud`] answers what moto does
//! not have, from moto's own state; [`bus`] carries events to functions as AWS would.

pub mod bus;
pub mod clock;
pub mod cloud;
pub mod demo;
pub mod desk;
pub mod gateway;
pub mod hand;
pub mod ids;
pub mod operator;
mod pages;
pub mod provider;
pub mod stack;
pub mod tasks;

#[cfg(test)]
mod shapes;
