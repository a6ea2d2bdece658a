//! The looks of a low-code remediation: at the resource before, at its state after. Reads only.
//!
//! Comes in: an incident and its binding. Goes out: what is known, or what cannot be seen. Never: a decision.

use serde_json::{Map, Value};

use super::expression::{self, fill_map, fill_text, walk};
use super::facts::{Facts, Known};
use super::said::{Diagnosis, Verify, parts};
use super::table::{Lookup, lookups};
use crate::aws::{ApiError, Services};
use crate::catalogue::Binding;
use crate::guard::Scope;
use crate::incident::Incident;
use crate::remediation::{Look, Unseen};

/// Looks at the resource of an incident: who owns it and what it is called, or, where only people can act, what to tell
/// them.
///
/// # Errors
/// What cannot be seen.
pub async fn see(
    services: &Services,
    incident: &Incident,
    binding: &Binding,
    rule: Map<String, Value>,
) -> Result<Known, Unseen> {
    let automation_role = services.settings.automation_role.clone();
    let mut known = Known { rule, automation_role, ..Known::nothing() };
    match &binding.ticket_only {
        Some(advice) => {
            for one in &advice.diagnosis {
                known.diagnosis.push(diagnose(services, incident, &known, one).await?);
            }
        }
        None => owner(services, incident, &mut known).await?,
    }
    Ok(known)
}

async fn owner(services: &Services, incident: &Incident, known: &mut Known) -> Result<(), Unseen> {
    let Some(resource) = &incident.resource else { return Err(Unseen("the incident names no resource".into())) };
    let table = lookups(&resource.kind).map_err(|error| Unseen::of("runbooks/resources.yaml cannot be read", error))?;
    let Some(table) = table else {
        let kind = &resource.kind;
        return Err(Unseen(format!("nobody wrote down how a {kind} is looked up; add it to runbooks/resources.yaml")));
    };
    let none_needed = table.is_empty();
    let fits = |lookup: &&Lookup| lookup.id_begins.as_ref().is_none_or(|begin| resource.id.starts_with(begin.as_str()));
    for lookup in table.iter().filter(fits) {
        if one(services, incident, known, lookup).await? {
            return Ok(());
        }
    }
    if none_needed { Ok(()) } else { Err(Unseen(format!("{resource} is not there, or shows no tags"))) }
}

/// Whether the tags are known now.
async fn one(services: &Services, incident: &Incident, known: &mut Known, lookup: &Lookup) -> Result<bool, Unseen> {
    let answer = match ask(services, &lookup.call, &lookup.input, &Facts::of(incident, known)).await? {
        Ok(answer) => answer,
        Err(ApiError::Service(error)) if lookup.none.contains(&error.code) => return Ok(true),
        Err(error) => return Err(Unseen::of(&format!("{} was refused", lookup.call), &error)),
    };
    Ok(learn(&answer, known, lookup))
}

/// Takes out of an answer what its lookup is for. Whether the tags are known now.
fn learn(answer: &Value, known: &mut Known, lookup: &Lookup) -> bool {
    let at = |path: &String| walk(answer, path).filter(|found| !found.is_null());
    let text = |path: &Option<String>| path.as_ref().and_then(|path| at(path)?.as_str().map(str::to_owned));
    known.name = text(&lookup.name).or(known.name.take());
    known.arn = text(&lookup.arn).or(known.arn.take());
    known.kept.extend(lookup.keep.iter().filter_map(|(name, path)| Some((name.clone(), at(path)?.clone()))));
    let tags = lookup.tags.as_ref().and_then(at);
    if let Some(tags) = tags {
        known.scope = Scope::from_tags(tags);
    }
    tags.is_some() || lookup.untagged.as_ref().is_some_and(|path| at(path).is_some())
}

async fn diagnose(
    services: &Services,
    incident: &Incident,
    known: &Known,
    diagnosis: &Diagnosis,
) -> Result<String, Unseen> {
    let facts = Facts::of(incident, known);
    let unseen =
        |error: &(dyn std::error::Error + 'static)| Unseen::of(&format!("{} says nothing", diagnosis.call), error);
    let answer = ask(services, &diagnosis.call, &diagnosis.input, &facts).await?.map_err(|error| unseen(&error))?;
    fill_text(&diagnosis.say, &Beside { answer: &answer, facts: &facts }).map_err(|error| unseen(&error))
}

/// `$` is the answer, everything else a fact.
struct Beside<'a> {
    answer: &'a Value,
    facts: &'a Facts,
}

impl expression::Lookup for Beside<'_> {
    fn at(&self, path: &str) -> Option<Value> {
        if path.starts_with('$') { walk(self.answer, path).cloned() } else { expression::Lookup::at(self.facts, path) }
    }
}

/// Looks whether the fault is gone, where the binding says how.
///
/// # Errors
/// What cannot be seen.
pub async fn verify(services: &Services, incident: &Incident, verify: &Verify) -> Result<Look, Unseen> {
    let facts = Facts::of(incident, &Known::nothing());
    let unseen =
        |error: &(dyn std::error::Error + 'static)| Unseen::of(&format!("{} says nothing", verify.call), error);
    let answer = ask(services, &verify.call, &verify.input, &facts).await?.map_err(|error| unseen(&error))?;
    let found = walk(&answer, &verify.at).cloned().unwrap_or_default();
    let seen = format!("{} says {found} at {}", verify.call, verify.at);
    Ok(Look { healed: found == verify.is, seen })
}

async fn ask(
    services: &Services,
    call: &str,
    input: &Map<String, Value>,
    facts: &Facts,
) -> Result<Result<Value, ApiError>, Unseen> {
    let input = fill_map(input, facts).map_err(|error| Unseen::of(&format!("{call} cannot be asked"), &error))?;
    let (service, api) = parts(call);
    if !services.is_read(service, api) {
        return Err(Unseen(format!("{call} is no call that only reads; it was not made")));
    }
    Ok(services.call(service, api, Value::Object(input)).await)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_a_user(answer: &Value) -> (bool, Known) {
        let lookups = lookups("AWS::IAM::User").unwrap().unwrap();
        let lookup = lookups.iter().find(|lookup| lookup.tags.is_some()).unwrap();
        let mut known = Known::nothing();
        (learn(answer, &mut known, lookup), known)
    }

    #[test]
    fn tags_that_aws_leaves_out_are_none_and_those_of_an_answer_about_nobody_are_unknown() {
        let tags = json!([{ "Key": "kintsugi:ignore", "Value": "true" }]);
        let (seen, known) = of_a_user(&json!({ "User": { "UserName": "sam", "Tags": tags } }));
        assert!(seen && known.scope != Known::nothing().scope);
        let (seen, known) = of_a_user(&json!({ "User": { "UserName": "sam" } }));
        assert!(seen && known.scope == Known::nothing().scope);
        for nothing in [json!({}), json!({ "User": null }), json!({ "Error": "no" })] {
            assert!(!of_a_user(&nothing).0, "{nothing}");
        }
    }

    #[test]
    fn what_a_lookup_keeps_is_known_only_where_it_is_there() {
        let at = "2026-05-31T08:00:00Z";
        let (_, known) = of_a_user(&json!({ "User": { "PasswordLastUsed": at } }));
        assert_eq!(known.kept["passwordLastUsed"], at);
        for nothing in [json!({ "User": {} }), json!({ "User": { "PasswordLastUsed": null } })] {
            assert!(of_a_user(&nothing).1.kept.is_empty(), "{nothing}");
        }
    }
}
