//! The real `kintsugi`, as a person or a script uses it: files, exit codes, a terminal, Ctrl-C, kill -9.
//!
//! What talks to AWS talks to moto, which `make setup` installs; without it those tests say so and are skipped, and
//! fail in CI. Each module says that it is a test, so that clippy lets helpers panic.

#[cfg(test)]
mod aws;
#[cfg(test)]
mod check;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod ctrl_c;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod draw;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod iam;
#[cfg(test)]
mod lost_answer;
#[cfg(test)]
mod new;
#[cfg(test)]
mod people;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod run;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod test;
#[cfg(test)]
mod ticket;
#[cfg(test)]
mod tool;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod whole;
