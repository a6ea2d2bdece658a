//! The rules that never break, each asked of what a case left.
//!
//! Comes in: [`Evidence`]. Goes out: every breach, with the number the rule has in docs/architecture.md. Never: a rule that
//! believes what Kintsugi says of itself where the account can be asked.

mod asked;
#[cfg(test)]
mod broken;
mod effects;
mod guards;
mod left;
mod lost;

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;

pub use guards::Allowed;

/// A rule that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The rule's name, as in docs/architecture.md.
    pub rule: String,
    /// What was seen.
    pub seen: String,
}

/// What a check says: nothing, or what is wrong.
type Verdict = Result<(), String>;

/// A rule's name, and how it is looked at.
type Rule = (&'static str, fn(&Evidence) -> Verdict);

/// Every rule, by the words of docs/architecture.md.
const RULES: [Rule; 19] = [
    ("Never left worse", left::never_left_worse),
    ("Never left worse: the outcome is true", left::outcome_is_true),
    ("Never left worse: who must finish is told how", left::told_how_to_finish),
    ("One effect per incident", effects::nothing_twice),
    ("One effect per incident: one permit", effects::one_permit),
    ("Off until told", asked::off_until_told),
    ("Off until told: a stop is heard", guards::stop_is_heard),
    ("Never a guess: what is not there is not looked for elsewhere", asked::never_a_guess),
    ("An approval is for one plan", asked::only_what_was_agreed_to),
    ("Our own doing is no incident", asked::our_own_is_no_incident),
    ("Fail closed: no change without lock, claim and budget", guards::asked_before),
    ("One hand at a time: the lock is given back", guards::lock_given_back),
    ("Blast radius: only the target is changed", effects::only_the_target),
    ("Healed means verified", left::healed_is_verified),
    ("Nothing is lost: every event ends in one outcome", lost::one_outcome),
    ("Nothing is lost: one ticket for whoever must look", lost::one_ticket),
    ("Nothing is lost: its ticket is open until the fault is gone", lost::ticket_as_the_fault),
    ("Nothing is lost: the run ended", lost::ended),
    ("Nothing leaks", lost::no_canary),
];

/// Every breach. `allowed` is what the function's role may do.
#[must_use]
pub fn breaches(evidence: &Evidence, allowed: &Allowed) -> Vec<Breach> {
    let breach = |rule: &str, seen: String| Breach { rule: rule.to_owned(), seen };
    let said = RULES.iter().filter_map(|(rule, check)| check(evidence).err().map(|seen| breach(rule, seen)));
    let role = allowed.check(evidence).err().map(|seen| breach("Least privilege", seen));
    said.chain(role).collect()
}
