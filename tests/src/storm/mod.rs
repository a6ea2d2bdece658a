//! An alarm storm: many events about many instances at once, through Lambda's queue and the real functions.
//!
//! Comes in: how many of each, and a running stack. Goes out: what became of the account, and every rule that did not
//! hold. Never: what Kintsugi says of itself where the account can be asked.

mod aftermath;
mod check;
mod crowd;

use std::error::Error;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use world::operator::Operator;
use world::operator::make::Machine;
use world::stack::{Stack, StackConfig};

use crate::local::{Delivery, UNBOUNDED, alarm_event};

pub use aftermath::Aftermath;
pub use check::breaches;

/// The function that hears of the alarms.
pub const FUNCTION: &str = "resize-on-cpu-alarm";

/// What goes wrong with the harness itself.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// Alarm events.
    pub events: usize,
    /// Instances that they are about.
    pub instances: usize,
    /// Changes that are allowed in an hour.
    pub budget: usize,
}

impl Storm {
    /// A storm whose budget is for a twentieth of the instances, and for five at least.
    #[must_use]
    pub fn new(events: usize, instances: usize) -> Self {
        Self { events, instances, budget: (instances / 20).max(5) }
    }

    /// Of `EVENTS/INSTANCES`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (events, instances) = text.split_once('/')?;
        Some(Self::new(events.trim().parse().ok()?, instances.trim().parse().ok()?))
    }

    /// The stack it breaks over: bounded by the budget alone, and deaf to the alarms' own events, so that the storm is
    /// what it is said to be.
    #[must_use]
    pub fn stack(self, config: StackConfig) -> StackConfig {
        let mut config = config
            .with_parameter("Mode", "enforce")
            .with_parameter("MaxPerHour", &self.budget.to_string())
            .with_setting("KINTSUGI_GUARDS", UNBOUNDED)
            // The account answers slowly while it is asked for everything at once.
            .with_setting("KINTSUGI_VERIFY_TIMEOUT_SECONDS", "240");
        config.deaf.insert(FUNCTION.to_owned());
        config.instances = [FUNCTION, "open-ticket"].map(|name| (name.to_owned(), 4)).into();
        config
    }

    /// Lets it rage, and waits until all that comes of it is over.
    ///
    /// # Errors
    /// The account refuses, or it does not end within `within`.
    pub async fn rage(self, stack: &Stack, within: Duration) -> Result<Aftermath, Trouble> {
        let operator = Operator::new(stack.client());
        let machines = crowd::busy(stack, &operator, self.instances).await?;
        let began = Instant::now();
        for event in self.events(&machines)? {
            stack.gateway().cloud().bus.invoke("byHand", "storm", FUNCTION, event);
        }
        aftermath::settled(stack, began + within).await?;
        Aftermath::see(stack, &operator, machines, began.elapsed()).await
    }

    /// Every shape of the event of each machine in turn; some come twice, under one id.
    fn events(self, machines: &[Machine]) -> Result<Vec<Value>, Trouble> {
        let mut events = Vec::new();
        for number in 0..self.events {
            let (machine, round) = (&machines[number % machines.len()], number / machines.len());
            let delivery = Delivery::ALL[round % Delivery::ALL.len()];
            let event = alarm_event(delivery, machine).map_err(|error| error.to_string())?;
            let mut event: Value = serde_json::from_str(&event)?;
            let id = world::ids::uuid_of(&format!("{}/{}", machine.instance, round / (2 * Delivery::ALL.len())));
            for place in ["/id", "/Records/0/Sns/MessageId"] {
                if let Some(own) = event.pointer_mut(place) {
                    *own = json!(id);
                }
            }
            events.push(event);
        }
        Ok(events)
    }
}
