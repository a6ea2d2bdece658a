//! A scene played: the resource made, the fault noticed, the condition seen, all of it removed.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use aws_api::ApiError;
use serde_json::{Value, json};
use shared::catalogue::Binding;
use shared::lowcode::fill;
use world::operator::{Operator, OperatorError};
use world::stack::Stack;

use super::difference::{comparable, differences, exactly};
use super::file::{Call, Expected, SceneFile, Seen};

type Trouble = Box<dyn Error + Send + Sync>;

/// Until AWS notices a fault in this world.
const NOTICED: Duration = Duration::from_secs(60);
/// How often and after which pause it is looked again for what takes its time.
const TRIES: usize = 200;
const AGAIN: Duration = Duration::from_millis(50);

/// How a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Exactly what was to change has changed, and what noticed the fault says that it is gone.
    Healed,
    /// As it was before anything was done.
    AsItWas,
    /// Neither.
    Between(String),
}

/// A resource that was made, and how it was then.
#[derive(Debug, Clone)]
pub struct Made {
    /// The prop's name, which is that of its rule or alarm too.
    pub name: String,
    /// The resource's id.
    pub id: String,
    variables: Value,
    before: Vec<Value>,
}

/// Who plays written scenes.
#[derive(Clone, Copy)]
pub struct Troupe<'a> {
    /// The local world.
    pub stack: &'a Stack,
    /// Plain API calls.
    pub operator: &'a Operator,
}

impl Troupe<'_> {
    /// Makes the resource and looks at it.
    ///
    /// # Errors
    /// The account refuses, or a variable is not there.
    pub async fn make(&self, scene: &SceneFile, name: &str) -> Result<Made, Trouble> {
        let account = world::gateway::ACCOUNT;
        let mut variables = json!({ "name": name, "account": account, "region": world::gateway::REGION });
        for call in &scene.make {
            let answer = self.called(call, &variables).await?;
            for (variable, path) in &call.keep {
                let found = shared::lowcode::Lookup::at(&answer, path);
                let found = found.ok_or_else(|| format!("{} answered without {path}: {answer}", call.call))?;
                variables[variable.as_str()] = found;
            }
        }
        let id = shared::lowcode::fill_text(&scene.resource, &variables)?;
        let mut made = Made { name: name.to_owned(), id, variables, before: vec![] };
        made.before = self.looks(scene, &made).await?;
        Ok(made)
    }

    /// By what else calls name the resource, and its parts.
    ///
    /// # Errors
    /// A variable is not there.
    pub fn parts(&self, scene: &SceneFile, made: &Made) -> Result<Vec<String>, Trouble> {
        scene.parts.iter().map(|part| Ok(shared::lowcode::fill_text(part, &made.variables)?)).collect()
    }

    /// Lets AWS notice the fault: switches on the rule or the alarm, or tells the event. By the bus it then goes its way.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn notice(&self, binding: &Binding, scene: &SceneFile, made: &Made) -> Result<(), Trouble> {
        if let Some(on) = &binding.when.config_rule {
            let identifier = on.identifiers.first().ok_or("the binding names no rule")?;
            let scope = json!({ "ComplianceResourceTypes": [on.resource_type], "ComplianceResourceId": made.id });
            let parameters = fill(&Value::Object(scene.rule.parameters.clone()), &made.variables)?;
            let rule = json!({
                "ConfigRuleName": made.name, "Scope": scope, "InputParameters": parameters.to_string(),
                "Source": { "Owner": "AWS", "SourceIdentifier": identifier },
            });
            self.operator.call("config", "PutConfigRule", json!({ "ConfigRule": rule })).await?;
        } else if let Some(alarm) = &scene.alarm {
            let mut alarm = fill(&Value::Object(alarm.clone()), &made.variables)?;
            alarm["AlarmName"] = json!(made.name);
            self.operator.call("cloudwatch", "PutMetricAlarm", alarm).await?;
        } else if let Some(event) = &scene.event {
            let mut event = fill(&Value::Object(event.clone()), &made.variables)?;
            event["id"] = json!(made.name);
            self.stack.gateway().cloud().bus.emit("default", event);
        }
        Ok(())
    }

    /// Lets AWS notice the fault, and waits for the event that tells of it.
    ///
    /// # Errors
    /// The account refuses, or nothing is told.
    pub async fn noticed(&self, binding: &Binding, scene: &SceneFile, made: &Made) -> Result<Value, Trouble> {
        let seen = self.stack.gateway().cloud().bus.log().count();
        self.notice(binding, scene, made).await?;
        self.event(made, seen).await
    }

    /// The event by which AWS told of the fault, as the bus had it, not one of the first `seen`; waits for it.
    ///
    /// # Errors
    /// There was none.
    async fn event(&self, made: &Made, seen: usize) -> Result<Value, Trouble> {
        let log = self.stack.gateway().cloud().bus.log();
        let end = tokio::time::Instant::now() + NOTICED;
        while tokio::time::Instant::now() < end {
            let told = log.find_after(seen, |emitted| tells(&emitted.event, made).then(|| emitted.event.clone()));
            if let Some(event) = told.into_iter().next() {
                return Ok(event);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("AWS did not notice that something is wrong with {}", made.id).into())
    }

    /// How it is now.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub async fn see(&self, binding: &Binding, scene: &SceneFile, made: &Made) -> Result<Condition, Trouble> {
        let now = self.looks(scene, made).await?;
        if now == made.before {
            return Ok(Condition::AsItWas);
        }
        for ((seen, before), after) in scene.see.iter().zip(&made.before).zip(&now) {
            let expected: Vec<Expected> = scene.healed.iter().filter(|one| one.of == seen.call).cloned().collect();
            let expected =
                expected.into_iter().map(|one| filled(one, &made.variables)).collect::<Result<Vec<_>, _>>()?;
            let expected: Vec<&Expected> = expected.iter().collect();
            if let Err(why) = exactly(&differences(before, after), after, &expected) {
                return Ok(Condition::Between(format!("{}: {why}", seen.call)));
            }
        }
        Ok(match self.still_noticed(binding, made).await? {
            None => Condition::Healed,
            Some(seen) => Condition::Between(format!("put right, but what noticed it says {seen}")),
        })
    }

    /// What noticed the fault, if it does not say that all is well.
    async fn still_noticed(&self, binding: &Binding, made: &Made) -> Result<Option<String>, Trouble> {
        if binding.when.config_rule.is_some() {
            return self.rule_said(made).await;
        }
        if binding.when.alarm.is_some() {
            return self.alarm_said(&made.name).await;
        }
        Ok(None)
    }

    /// What the rule says, if it is not COMPLIANT. An evaluation that began before a change may end after one that began
    /// later; the next one tells.
    async fn rule_said(&self, made: &Made) -> Result<Option<String>, Trouble> {
        let mut said = String::new();
        for _ in 0..5 {
            self.stack.gateway().cloud().config.evaluate_now(&made.name).await?;
            said = self.operator.see_compliance(&made.name, &made.id).await?;
            if said == "COMPLIANT" {
                return Ok(None);
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(Some(said))
    }

    /// What the alarm says, if it is not OK and does not become so in the time it needs.
    async fn alarm_said(&self, name: &str) -> Result<Option<String>, Trouble> {
        let mut said = String::new();
        for _ in 0..TRIES {
            let asked = json!({ "AlarmNames": [name] });
            said = self.operator.text("cloudwatch", "DescribeAlarms", asked, "/MetricAlarms/0/StateValue").await?;
            if said == "OK" {
                return Ok(None);
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(Some(said))
    }

    /// Removes it with what noticed it.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn clear(&self, binding: &Binding, scene: &SceneFile, made: &Made) -> Result<(), Trouble> {
        if binding.when.config_rule.is_some() {
            self.forget_rule(&made.name).await?;
        } else if binding.when.alarm.is_some() {
            self.operator.call("cloudwatch", "DeleteAlarms", json!({ "AlarmNames": [made.name] })).await?;
        }
        for call in &scene.clear {
            self.call(call, &made.variables).await?;
        }
        Ok(())
    }

    /// A rule that is being evaluated is not deleted.
    async fn forget_rule(&self, name: &str) -> Result<(), Trouble> {
        let mut last = None;
        for _ in 0..100 {
            match self.operator.call("config", "DeleteConfigRule", json!({ "ConfigRuleName": name })).await {
                Ok(_) => return Ok(()),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        last.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn looks(&self, scene: &SceneFile, made: &Made) -> Result<Vec<Value>, Trouble> {
        let mut looks = vec![];
        for seen in &scene.see {
            let mut answer = self.look(seen, made).await?;
            for _ in 0..TRIES {
                if stands(&answer, &seen.settled) {
                    break;
                }
                tokio::time::sleep(AGAIN).await;
                answer = self.look(seen, made).await?;
            }
            looks.push(if answer.is_null() { answer } else { comparable(answer, seen) });
        }
        Ok(looks)
    }

    /// What a look gives; nothing, where its error says so.
    async fn look(&self, seen: &Seen, made: &Made) -> Result<Value, Trouble> {
        let (service, api) = seen.call.split_once(':').ok_or("a call is written service:Operation")?;
        let input = fill(&Value::Object(seen.input.clone()), &made.variables)?;
        match self.stack.gateway().cloud().moto.call(service, api, input).await {
            Ok(answer) => Ok(answer),
            Err(error) if error.code().is_some_and(|code| is_one_of(code, &seen.absent)) => Ok(Value::Null),
            Err(error) => Err(error.into()),
        }
    }

    /// Calls until the answer is as it shall be.
    async fn called(&self, call: &Call, variables: &Value) -> Result<Value, Trouble> {
        let mut answer = self.call(call, variables).await?;
        for _ in 0..TRIES {
            if stands(&answer, &call.until) {
                return Ok(answer);
            }
            tokio::time::sleep(AGAIN).await;
            answer = self.call(call, variables).await?;
        }
        Err(format!("{} never answers as {:?} says: {answer}", call.call, call.until).into())
    }

    async fn call(&self, call: &Call, variables: &Value) -> Result<Value, Trouble> {
        let (service, api) = call.call.split_once(':').ok_or("a call is written service:Operation")?;
        let input = fill(&Value::Object(call.input.clone()), variables)?;
        let answer = self.operator.call(service, api, input).await;
        if let Err(OperatorError::Call { source, .. }) = &answer
            && let ApiError::Service(error) = source.as_ref()
            && is_one_of(&error.code, &call.absent)
        {
            return Ok(Value::Null);
        }
        Ok(answer?)
    }
}

fn is_one_of(code: &str, codes: &[String]) -> bool {
    codes.iter().any(|one| one == code)
}

/// Whether one of the values stands under each path.
fn stands(answer: &Value, wanted: &BTreeMap<String, Vec<Value>>) -> bool {
    wanted
        .iter()
        .all(|(path, values)| shared::lowcode::Lookup::at(answer, path).is_some_and(|found| values.contains(&found)))
}

/// Whether an event tells of this fault.
fn tells(event: &Value, made: &Made) -> bool {
    let detail = &event["detail"];
    let of_rule = detail["configRuleName"] == made.name.as_str()
        && detail["newEvaluationResult"]["complianceType"] == "NON_COMPLIANT";
    let of_alarm = detail["alarmName"] == made.name.as_str() && detail["state"]["value"] == "ALARM";
    of_rule || of_alarm || event["id"] == made.name.as_str()
}

fn filled(expected: Expected, variables: &Value) -> Result<Expected, Trouble> {
    let at = shared::lowcode::fill_text(&expected.at, variables)?;
    Ok(Expected { at, is: fill(&expected.is, variables)?, ..expected })
}
