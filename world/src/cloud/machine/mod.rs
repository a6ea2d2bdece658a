//! Instances that Run Command reaches: each with one file system on an EBS volume, and the few programs that tell of it
//! and let it grow.
//!
//! Comes in: SSM's calls about commands. Goes out: what the commands said, run on the machine's disk. Never: a command on
//! this computer, and nothing for an instance without the tag [`MOUNT`]; of those moto answers.

mod command;
mod disk;
mod programs;
mod service;
mod shell;

pub use service::Machines;

/// The tag by which an instance has a file system: `PATH TYPE DEVICE`, such as `/data xfs /dev/sdf`.
pub const MOUNT: &str = "world:mount";
