//! The repository's own example events, made to fit what is in the local world.
//!
//! Comes in: a file of `events/`, an alarm and its instance. Goes out: the event as text.
//! Never: a shape that is not in `events/`.

use std::error::Error;

use world::clock::{Clock, Timings, alarm_time};
use world::gateway::ACCOUNT;
use world::operator::make::Machine;

use crate::checkout;

/// The account, alarm, instance and time of the examples.
const EXAMPLE_ACCOUNT: &str = "210987654321";
const EXAMPLE_ALARM: &str = "shop-cpu";
const EXAMPLE_INSTANCE: &str = "i-0123456789abcdef0";
const EXAMPLE_TIME: &str = "2026-03-02T03:14:07.512+0000";

/// The ways an alarm reaches a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// An EventBridge rule.
    EventBridge,
    /// An SNS notification.
    Sns,
    /// CloudWatch itself.
    AlarmAction,
}

impl Delivery {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EventBridge, Self::Sns, Self::AlarmAction];

    fn file(self) -> &'static str {
        match self {
            Self::EventBridge => "cloudwatch/alarm-eventbridge.json",
            Self::Sns => "cloudwatch/alarm-sns.json",
            Self::AlarmAction => "cloudwatch/alarm-action.json",
        }
    }
}

/// An example as it is in `events/`, in the local world's account.
///
/// # Errors
/// There is no such file.
pub fn example(file: &str) -> Result<String, Box<dyn Error>> {
    Ok(checkout::text(format!("events/{file}"))?.replace(EXAMPLE_ACCOUNT, ACCOUNT))
}

/// The event that says now that the machine's alarm is in ALARM.
///
/// # Errors
/// There is no example of this delivery.
pub fn alarm_event(delivery: Delivery, machine: &Machine) -> Result<String, Box<dyn Error>> {
    let now = alarm_time(Clock::new(Timings::default()).now());
    let event = example(delivery.file())?.replace(EXAMPLE_ALARM, &machine.alarm);
    Ok(event.replace(EXAMPLE_INSTANCE, &machine.instance).replace(EXAMPLE_TIME, &now))
}
