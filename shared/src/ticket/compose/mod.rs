//! From what happened to what the ticket says. Pure: the same trigger always gives the same draft.
//!
//! Comes in: a [`Trigger`], and the bindings of this build. Goes out: a [`Draft`], or the reason why nobody needs
//! a ticket. Never: inputs and outputs of calls, or an event's own text beyond what the parser took from it.

mod alarm;
mod approval;
mod automation;
mod compliance;
mod execution;
#[cfg(test)]
mod golden;
mod healed;
mod outcome;
mod run;
#[cfg(test)]
pub(super) mod samples;
mod unreadable;

pub use unreadable::unreadable;

use crate::catalogue::Binding;
use crate::event::Trigger;
use crate::incident::Incident;

use super::draft::{Body, Draft, Fact, News};
use super::place::Place;
use super::text::{clip, time};

/// Longest sentence on what broke. An alarm's reason lists datapoints; the first few tell.
const SUMMARY: usize = 400;

/// What a trigger asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composed {
    /// Open this one.
    Ticket(Box<Draft>),
    /// The fault is gone: close its ticket, if there is one.
    Healed(Box<Draft>),
    /// Nobody needs a ticket.
    Nothing {
        /// Why, for the log and the answer.
        reason: String,
    },
}

impl Composed {
    fn ticket(draft: Draft) -> Self {
        match draft.news {
            News::Broken => Self::Ticket(Box::new(draft)),
            News::Healed => Self::Healed(Box::new(draft)),
        }
    }

    fn nothing(reason: impl Into<String>) -> Self {
        Self::Nothing { reason: reason.into() }
    }
}

/// Says what the ticket for `trigger` should be. `bindings` tells which alarms a function already serves.
#[must_use]
pub fn compose(trigger: &Trigger, bindings: &[Binding]) -> Composed {
    match trigger {
        Trigger::Outcome(record) => outcome::compose(record),
        Trigger::Alarm(alarm) => alarm::compose(alarm, bindings),
        Trigger::Automation(end) => automation::compose(end),
        Trigger::Execution(end) => execution::compose(end),
        Trigger::Compliance(change) => compliance::compose(change),
        Trigger::ApiCall(call) => Composed::nothing(format!("{} was called, which is no fault", call.name)),
    }
}

/// The section every ticket about an incident begins with.
fn what_broke(incident: &Incident) -> Body {
    let place = Place::of(incident);
    let resource = incident.resource.as_ref();
    Body::default().heading("What broke").paragraph(clip(&incident.summary, SUMMARY)).facts([
        Fact::new("Resource", resource.map(ToString::to_string).unwrap_or_default()).linked(place.page_of(incident)),
        Fact::new(
            "ARN",
            resource.map(|resource| place.arn(resource)).filter(|arn| arn.starts_with("arn:")).unwrap_or_default(),
        ),
        Fact::new("Account", &incident.account),
        Fact::new("Region", &incident.region),
        Fact::new("Noticed by", &incident.noticed_by).linked(place.noticed_page(incident)),
        Fact::new("Since", time(incident.since)),
    ])
}

/// ARNs for OpsCenter: what is at fault, and what noticed it if that has an ARN. No execution: see [`Draft::resources`].
fn resources(incident: &Incident) -> Vec<String> {
    let place = Place::of(incident);
    let noticed = Some(incident.noticed_by.clone()).filter(|name| name.starts_with("arn:"));
    incident.resource.as_ref().map(|resource| place.arn(resource)).into_iter().chain(noticed).collect()
}

/// What to call the thing at fault in one word.
fn subject(incident: &Incident) -> &str {
    let noticed = incident.noticed_by.as_str();
    incident
        .resource
        .as_ref()
        .map_or_else(|| crate::incident::alarm_name(noticed).unwrap_or(noticed), |r| r.id.as_str())
}
