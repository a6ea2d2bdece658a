//! AWS Config's rules: kept, evaluated, told about.
//!
//! Comes in: rules, wishes to evaluate, word that a resource changed. Goes out: results, and an event for every
//! changed compliance. Never: a result that was not read from moto's state.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use super::notice::compliance_change;
use super::rule::{Compliance, Evaluation, Rule};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::respond::AwsError;
use crate::tasks::Tasks;

/// Most rules in one account and Region.
const MOST_RULES: usize = 1000;
/// Most rules in one `StartConfigRulesEvaluation`.
pub(super) const MOST_AT_ONCE: usize = 25;

/// AWS Config. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Config {
    rules: Arc<Mutex<BTreeMap<String, Rule>>>,
    exceptions: Arc<Mutex<Vec<Value>>>,
    moto: Moto,
    bus: Bus,
    clock: Arc<Clock>,
    tasks: Arc<Tasks>,
}

impl Config {
    /// An AWS Config without rules.
    #[must_use]
    pub fn new(moto: Moto, bus: Bus, clock: Arc<Clock>, tasks: Arc<Tasks>) -> Self {
        Self { rules: Arc::default(), exceptions: Arc::default(), moto, bus, clock, tasks }
    }

    /// What it looks at.
    pub(super) const fn moto(&self) -> &Moto {
        &self.moto
    }

    pub(super) async fn exceptions(&self) -> MutexGuard<'_, Vec<Value>> {
        self.exceptions.lock().await
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn rules(&self) -> MutexGuard<'_, BTreeMap<String, Rule>> {
        self.rules.lock().await
    }

    /// Keeps a rule and has it evaluated soon, as AWS does with a new or changed rule.
    pub(super) async fn put(&self, definition: &Value) -> Result<(), AwsError> {
        let mut rule = Rule::new(definition, self.clock.now())?;
        let name = rule.name.clone();
        let mut rules = self.rules.lock().await;
        match rules.remove(&name) {
            Some(old) => {
                rule.id = old.id;
                rule.created = old.created;
                // Results of another question are none.
                if old.managed == rule.managed {
                    rule.results = old.results;
                }
            }
            None if rules.len() >= MOST_RULES => {
                return Err(AwsError::new(
                    "MaxNumberOfConfigRulesExceededException",
                    "The account has the most rules it may have.",
                ));
            }
            None => {}
        }
        rules.insert(name.clone(), rule);
        drop(rules);
        self.later(name, None, false);
        Ok(())
    }

    /// Starts the evaluation of these rules, or refuses all of them.
    pub(super) async fn start(&self, names: &[String]) -> Result<(), AwsError> {
        let mut rules = self.rules.lock().await;
        for name in names {
            let rule = rules.get(name).ok_or_else(|| no_such_rule(name))?;
            if rule.running {
                let message = format!(
                    "The config rule {name} is already being evaluated: one evaluation at a time for each rule."
                );
                return Err(AwsError::new("LimitExceededException", message));
            }
        }
        for name in names {
            if let Some(rule) = rules.get_mut(name) {
                rule.running = true;
            }
            self.later(name.clone(), None, true);
        }
        Ok(())
    }

    /// A resource of this type may have changed: rules that look at it see it again, as soon as AWS would.
    pub async fn changed(&self, resource_type: &str, only: Option<&str>) {
        if self.clock.timings().config_on_change {
            for rule in self.rules.lock().await.values().filter(|rule| rule.managed.resource_type == resource_type) {
                self.later(rule.name.clone(), only.map(str::to_owned), false);
            }
        }
    }

    /// Evaluates every rule now, without AWS's delay: for people and tests.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn evaluate_all(&self) -> Result<(), MotoError> {
        let names: Vec<String> = self.rules.lock().await.keys().cloned().collect();
        for name in names {
            self.evaluate(&name, None, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Evaluates one rule now.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn evaluate_now(&self, rule: &str) -> Result<(), MotoError> {
        self.evaluate(rule, None, self.clock.now()).await
    }

    /// Starts an evaluation that ends after AWS's time. `asked` is one by `StartConfigRulesEvaluation`.
    fn later(&self, name: String, only: Option<String>, asked: bool) {
        let (config, invoked) = (self.clone(), self.clock.now());
        self.tasks.spawn(async move {
            tokio::time::sleep(config.clock.scaled(config.clock.timings().config_evaluation_seconds)).await;
            let ended = config.evaluate(&name, only.as_deref(), invoked).await;
            if let Some(rule) = config.rules.lock().await.get_mut(&name) {
                rule.running &= !asked;
                rule.last_error = ended.err().map(|error| (describe(&error), config.clock.now()));
            }
        });
    }

    async fn evaluate(&self, name: &str, only: Option<&str>, invoked: Timestamp) -> Result<(), MotoError> {
        let Some((managed, scope)) =
            self.rules.lock().await.get(name).map(|rule| (rule.managed, rule.only_resource().map(str::to_owned)))
        else {
            return Ok(());
        };
        let only = match (only, scope.as_deref()) {
            (Some(changed), Some(scoped)) if changed != scoped => return Ok(()),
            (only, scope) => only.or(scope),
        };
        let ordering = self.clock.now();
        let seen = (managed.look)(&self.moto, only).await?;
        let mut rules = self.rules.lock().await;
        let Some(rule) = rules.get_mut(name) else { return Ok(()) };
        rule.first_started.get_or_insert(invoked);
        for (id, result) in self.judge(rule, &seen, only, ordering, invoked) {
            let old = rule.results.insert(id.clone(), result.clone());
            if old.as_ref().map(|old| old.compliance) != Some(result.compliance) {
                self.bus.emit("default", compliance_change(rule, &id, &result, old.as_ref(), self.clock.now()));
            }
            if result.compliance == Compliance::NotApplicable {
                rule.results.remove(&id);
            }
        }
        rule.last_invoked = Some(invoked);
        rule.last_evaluated = Some(self.clock.now());
        Ok(())
    }

    /// One result for every resource seen, and one for every known one that is gone.
    fn judge(
        &self,
        rule: &Rule,
        seen: &BTreeMap<String, Value>,
        only: Option<&str>,
        ordering: Timestamp,
        invoked: Timestamp,
    ) -> Vec<(String, Evaluation)> {
        let recorded = self.clock.now();
        let result = |compliance| Evaluation { compliance, ordering, invoked, recorded };
        let present = seen.iter().map(|(id, resource)| {
            let compliant = (rule.managed.judge)(resource, &rule.parameters);
            (id.clone(), result(if compliant { Compliance::Compliant } else { Compliance::NonCompliant }))
        });
        let gone = rule.results.keys().filter(|id| !seen.contains_key(*id) && only.is_none_or(|only| only == *id));
        let gone = gone.map(|id| (id.clone(), result(Compliance::NotApplicable)));
        let fresher = |id: &str| rule.results.get(id).is_none_or(|known| known.ordering <= ordering);
        present.chain(gone).filter(|(id, _)| fresher(id)).collect()
    }
}

pub(super) fn no_such_rule(name: &str) -> AwsError {
    let message =
        format!("The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name");
    AwsError::new("NoSuchConfigRuleException", message)
}

fn describe(error: &MotoError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
