//! What changes, and how a person would do it, in words. Pure.

use shared::incident::Incident;

use super::price::more_a_month;
use super::survives::may_discard;
use crate::seen::Instance;

/// One line: from which type to which, what it costs, and what else changes with a stop.
pub(super) fn change(incident: &Incident, instance: &Instance, choices: &[&str]) -> String {
    let [first, others @ ..] = choices else { return String::new() };
    let mut line = format!("{} -> {first}", instance.instance_type);
    if !others.is_empty() {
        line += &format!(" ({} if AWS cannot start it so)", others.join(", then "));
    }
    if let Some(more) = more_a_month(incident, instance, first) {
        line += &format!(", {more:+.2} USD a month");
    }
    for warning in warnings(instance) {
        line += &format!("; {warning}");
    }
    line
}

/// What a stop and a start change besides.
fn warnings(instance: &Instance) -> Vec<String> {
    let lent = instance.interfaces.iter().find_map(|interface| interface.lent_address.as_ref());
    // AWS lends an address again only to an instance with a single interface.
    let then = if instance.interfaces.len() > 1 { "will be lost" } else { "will change" };
    let address = lent.map(|address| format!("its public address {address} {then}, it is no Elastic IP"));
    address.into_iter().chain(irreversible(instance)).collect()
}

/// What no way back brings back.
pub(super) fn irreversible(instance: &Instance) -> Option<String> {
    may_discard(instance).then(|| "what is on its instance store volumes is lost".to_owned())
}

/// How to look, and how to go back.
pub(super) fn by_hand(incident: &Incident, instance: &Instance, choices: &[&str]) -> Vec<String> {
    let (region, id, current) = (&incident.region, &instance.id, &instance.instance_type);
    let look = "Reservations[].Instances[].[State.Name,InstanceType,PublicIpAddress]";
    let lines = [
        format!("It was {current} and should have become {}. See what it is now:", choices.join(" or ")),
        format!("aws ec2 describe-instances --region {region} --instance-ids {id} --query '{look}'"),
        "To go back, stop it, give it its old type and start it:".to_owned(),
    ];
    lines.into_iter().chain(becomes(incident, instance, current)).collect()
}

/// How to give it a smaller type, when it may be away for a while.
pub(super) fn by_hand_to(incident: &Incident, instance: &Instance, to: &str) -> Vec<String> {
    let first = format!("If that is enough for it, make it a {to} when it may be away for some minutes:");
    let keep = "If it is kept ready for something, leave it, and take the alarm away.".to_owned();
    [first].into_iter().chain(becomes(incident, instance, to)).chain([keep]).collect()
}

fn becomes(incident: &Incident, instance: &Instance, to: &str) -> Vec<String> {
    let (region, id) = (&incident.region, &instance.id);
    let lines = [
        format!("aws ec2 stop-instances --region {region} --instance-ids {id}"),
        format!("aws ec2 wait instance-stopped --region {region} --instance-ids {id}"),
        format!("aws ec2 modify-instance-attribute --region {region} --instance-id {id} --instance-type Value={to}"),
        format!("aws ec2 start-instances --region {region} --instance-ids {id}"),
    ];
    let besides = warnings(instance).into_iter().map(|warning| format!("With every stop, {warning}."));
    lines.into_iter().chain(besides).collect()
}
