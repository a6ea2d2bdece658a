//! The engine as its users see it: documents in, records out, every effect through a host.
//! One binary, so that it links once; each module says that it is a test, so that clippy lets helpers panic.

#![expect(clippy::result_large_err, reason = "answers of the scripted host have the shape of the trait")]

#[cfg(test)]
mod actions;
#[cfg(test)]
mod cancel;
#[cfg(test)]
mod children;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod host;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_run;
#[cfg(test)]
mod images;
#[cfg(test)]
mod invoked;
#[cfg(test)]
mod loops;
#[cfg(test)]
mod model;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod parse;
#[cfg(test)]
mod people;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod plan_children;
#[cfg(test)]
mod print;
#[cfg(test)]
mod rated;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod runbooks;
#[cfg(test)]
mod script;
#[cfg(test)]
mod stacks;
#[cfg(test)]
mod states;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod typed_replay;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod variables;
