//! What is swept: a runbook, the function that runs it, a resource with the fault, and how to see what became of it.
//!
//! Comes in: a place in the local world. Goes out: a resource that is wrong, the events that say so, its condition.
//! Never: what Kintsugi says of it; a scene looks with plain API calls.

mod machine;
mod written;

use async_trait::async_trait;
use world::operator::Operator;
use world::stack::Stack;

use super::Trouble;

pub use crate::scene::Condition;
pub use machine::BusyMachine;

/// Every scene: those that are programmed, because an instance's load is no call of AWS, and those of `tests/scenes`.
///
/// # Errors
/// A written one cannot be read.
pub fn scenes() -> Result<Vec<Box<dyn Scene>>, Trouble> {
    let written = written::all()?.into_iter().map(|scene| Box::new(scene) as Box<dyn Scene>);
    let machines = [BusyMachine::Alone, BusyMachine::Member].map(|scene| Box::new(scene) as Box<dyn Scene>);
    Ok(machines.into_iter().chain(written).collect())
}

/// Where scenes are set.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The local world.
    pub stack: &'a Stack,
    /// Plain API calls.
    pub operator: &'a Operator,
}

/// The type of what is of the whole account.
pub const ACCOUNT: &str = "AWS::::Account";

/// A resource with a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prop {
    /// The name it was made by.
    pub name: String,
    /// AWS's type, for example `AWS::EC2::Instance`.
    pub kind: String,
    /// Its id, as the event has it.
    pub id: String,
    /// By what else calls name it and what is a part of it: its name where the id is another, a volume of an instance.
    pub parts: Vec<String>,
    /// What else was made for it: the alarm that watches it.
    pub alarm: Option<String>,
    /// The events that tell of the fault, one for each shape in which AWS does.
    pub events: Vec<String>,
}

impl Prop {
    /// Whether this text names it, or a part of it.
    #[must_use]
    pub fn is_named(&self, text: &str) -> bool {
        self.id == text || self.parts.iter().any(|part| part == text)
    }
}

/// One runbook and its fault.
#[async_trait]
pub trait Scene: Send + Sync {
    /// Name of the runbook, or of the binding of a written scene.
    fn runbook(&self) -> &str;

    /// Name of the function that runs it.
    fn function(&self) -> &str;

    /// Whether every test run plays some of its cases.
    fn is_always_played(&self) -> bool {
        true
    }

    /// How much there is to play, beside a scene of a few calls: who has more gets more lanes.
    fn weight(&self) -> usize {
        1
    }

    /// A resource with the fault, opted in.
    async fn make(&self, place: Place<'_>, name: &str) -> Result<Prop, Trouble>;

    /// How it is now. What is under way is waited for.
    async fn see(&self, place: Place<'_>, prop: &Prop) -> Result<Condition, Trouble>;

    /// Removes it.
    async fn clear(&self, place: Place<'_>, prop: &Prop) -> Result<(), Trouble>;
}
