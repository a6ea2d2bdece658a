//! The engine as its users see it: documents in, records out, every effect through a host.
//! One binary, so that it links once.

mod actions;
mod cancel;
mod corpus;
mod flow;
mod host;
mod model;
mod parameters;
mod parse;
mod plan;
mod replay;
mod runbooks;
mod validate;
