//! What goes in is what a service reads: input, request on the wire, and the input again, for each protocol.
//!
//! Comes in: inputs made at random from the models, sent through the client as any call is.
//! Goes out: nothing; the request, read by the model and without a line of the code that wrote it, is the input.
//! Never: a difference let pass. What the client changes or adds on purpose is listed in `meant`.

mod capture;
mod cbor;
mod form;
mod http;
mod json;
mod meant;
mod random;
mod scalar;
mod values;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use self::capture::{Capture, Outcome};
use self::random::Random;
use self::values::Values;
use crate::Models;
use crate::model::{Operation, Shapes};
use crate::protocol::Protocol;
use crate::testing::models;

/// An operation as the models have it, before anything is compiled.
struct Subject {
    service: String,
    /// As callers name it; the model's own name may have a date behind it.
    api: String,
    model: Operation,
    shapes: Shapes,
    protocol: Protocol,
}

impl Subject {
    fn of(models: &Models, service: &str, api: &str) -> Self {
        let loaded = models.service(service).unwrap();
        let (model, shapes) = loaded.model_with_shapes(api).unwrap();
        let protocol = Protocol::of(loaded.metadata()).unwrap();
        Self { service: service.to_owned(), api: api.to_owned(), model, shapes, protocol }
    }
}

/// Operations of each service, and more of those that have many; `KINTSUGI_IDENTITY=all` takes every one.
const OF_EACH: usize = 2;
/// Inputs of each operation.
const INPUTS: u64 = 3;

#[expect(clippy::disallowed_methods, reason = "what is tried is the wish of who runs the test")]
fn operations(models: &Models) -> Vec<(String, String)> {
    let all = std::env::var("KINTSUGI_IDENTITY").is_ok_and(|wish| wish == "all");
    let mut random = Random::of("which operations");
    let mut chosen = Vec::new();
    for service in models.services() {
        let mut names = models.operations(service).unwrap();
        let wanted = if all { names.len() } else { OF_EACH.max(names.len() / 40).min(names.len()) };
        for _ in 0..wanted {
            let name = names.swap_remove(random.below(names.len()));
            chosen.push((service.to_owned(), name.as_str().to_owned()));
        }
    }
    chosen
}

#[derive(Default)]
struct Tally {
    equal: BTreeMap<String, usize>,
    /// Refused before anything was sent, by reason.
    refused: BTreeMap<String, usize>,
    different: Vec<String>,
}

#[tokio::test]
async fn a_request_read_by_the_model_is_the_input() {
    let Some(models) = models() else { return };
    let capture = Capture::new(Arc::clone(&models));
    let mut tally = Tally::default();
    let chosen = operations(&models);
    for (service, api) in &chosen {
        let subject = Subject::of(&models, service, api);
        if meant::is_ambiguous(&subject) {
            continue;
        }
        for number in 0..INPUTS {
            let given = Values::of(&subject, number).input();
            look(&capture, &subject, number, given, &mut tally).await;
        }
    }
    let Tally { equal, refused, different } = tally;
    println!("{} operations; equal by protocol: {equal:?}; refused before sending: {refused:#?}", chosen.len());
    assert!(different.is_empty(), "{} differ: {:#?}", different.len(), &different[..different.len().min(30)]);
    assert_eq!(equal.len(), 7, "not every protocol was asked");
    let (sent, kept) = (equal.values().sum::<usize>(), refused.values().sum::<usize>());
    assert!(kept * 50 < sent, "too many inputs were refused: {refused:#?}");
}

async fn look(capture: &Capture, subject: &Subject, number: u64, given: Value, tally: &mut Tally) {
    let name = format!("{}:{} ({number})", subject.service, subject.api);
    let request = match capture.call(subject, given.clone()).await {
        Outcome::Sent(request) => *request,
        Outcome::Refused(reason) => return *tally.refused.entry(reason).or_default() += 1,
    };
    let read = http::read(subject, &request).map(|read| meant::without_added(subject, &given, read));
    let expected = meant::expected(subject, &given);
    match read {
        Ok(read) if read == expected => *tally.equal.entry(format!("{:?}", subject.protocol)).or_default() += 1,
        Ok(read) => tally.different.push(format!("{name}: {}", meant::difference("", &expected, &read))),
        Err(reason) => tally.different.push(format!("{name}: cannot be read: {reason}; given {given}")),
    }
}
