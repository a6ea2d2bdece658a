//! SSM Automation: documents from moto, run by this project's own engine.
//!
//! Comes in: an operation and its input. Goes out: its output, or AWS's error; events on the default bus.
//! Never: a document the engine refuses; AWS would find out step by step, this world at the start.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;

use aws_api::Client;
use engine::{Context, Document, PollPolicy, Readings, RunError, ValueType};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::host::AutomationHost;
use super::owned;
use super::run::Run;
use crate::bus::Bus;
use crate::bus::resolve::STACK;
use crate::clock::Clock;
use crate::cloud::moto::Moto;
use crate::gateway::respond::AwsError;
use crate::gateway::{ACCOUNT, REGION};
use crate::ids;
use crate::tasks::Tasks;

type Input = Map<String, Value>;
type Answer = Result<Value, AwsError>;

/// One execution and the way to stop it.
#[derive(Debug, Clone)]
struct Entry {
    run: Arc<Mutex<Run>>,
    stop: Arc<AtomicBool>,
}

/// SSM Automation. Cheap to clone.
#[derive(Clone)]
pub struct Automations {
    runs: Arc<Mutex<BTreeMap<String, Entry>>>,
    tokens: Arc<Mutex<BTreeMap<String, String>>>,
    /// A client of the gateway itself, there once the gateway listens.
    client: Arc<OnceLock<Client>>,
    moto: Moto,
    bus: Bus,
    clock: Arc<Clock>,
    tasks: Arc<Tasks>,
}

impl std::fmt::Debug for Automations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Automations").finish_non_exhaustive()
    }
}

impl Automations {
    /// No execution yet.
    #[must_use]
    pub fn new(moto: Moto, bus: Bus, clock: Arc<Clock>, tasks: Arc<Tasks>) -> Self {
        Self { runs: Arc::default(), tokens: Arc::default(), client: Arc::default(), moto, bus, clock, tasks }
    }

    /// Runs call through this client from now on.
    pub fn call_through(&self, client: Client) {
        // Set once, when the gateway starts; a second time there is nothing to change.
        let _ = self.client.set(client);
    }

    /// Answers the operation, or `None` when it is not one of automations.
    pub async fn answer(&self, operation: &str, input: &Input, caller: &str) -> Option<Answer> {
        Some(match operation {
            "StartAutomationExecution" => self.start(input, caller).await,
            "GetAutomationExecution" => self.one(input, |run| json!({ "AutomationExecution": run.describe() })),
            "DescribeAutomationStepExecutions" => self.one(input, |run| json!({ "StepExecutions": run.steps() })),
            "DescribeAutomationExecutions" => Ok(self.list(input)),
            "StopAutomationExecution" => self.stop(input),
            _ => return None,
        })
    }

    async fn start(&self, input: &Input, caller: &str) -> Answer {
        let name = input.get("DocumentName").and_then(Value::as_str).unwrap_or_default();
        let token = input.get("ClientToken").and_then(Value::as_str);
        if let Some(known) = token.and_then(|token| lock(&self.tokens).get(token).cloned()) {
            return Ok(json!({ "AutomationExecutionId": known }));
        }
        let (document, version) = self.document(name, input.get("DocumentVersion")).await?;
        let given = input.get("Parameters").cloned().unwrap_or_else(|| json!({}));
        let id = ids::uuid();
        // A function of the stack calls as the role that CloudFormation made for it.
        let function = self.bus.routes().function(caller).is_some();
        let role = if function { format!("{STACK}-{caller}") } else { caller.to_owned() };
        let run = Run::new(id.clone(), name.to_owned(), version, given.clone(), &role, self.clock.now());
        let entry = Entry { run: Arc::new(Mutex::new(run)), stop: Arc::default() };
        let parameters = fitting(&document, &given);
        self.launch(entry.clone(), document, parameters).await?;
        lock(&self.runs).insert(id.clone(), entry);
        if let Some(token) = token {
            lock(&self.tokens).insert(token.to_owned(), id.clone());
        }
        Ok(json!({ "AutomationExecutionId": id }))
    }

    async fn document(&self, name: &str, version: Option<&Value>) -> Result<(Document, String), AwsError> {
        if let Some(text) = owned::text(name) {
            let document = engine::parse(text, name).map_err(|findings| invalid(&findings.to_string()))?;
            return Ok((document, "1".to_owned()));
        }
        let mut wanted = json!({ "Name": name });
        if let Some(version) = version.and_then(Value::as_str) {
            wanted["DocumentVersion"] = json!(version);
        }
        let found = self.moto.call("ssm", "GetDocument", wanted).await.map_err(|_| {
            AwsError::new("AutomationDefinitionNotFoundException", format!("Automation definition {name} not found."))
        })?;
        let text = found["Content"].as_str().unwrap_or_default();
        let document = engine::parse(text, name).map_err(|findings| invalid(&findings.to_string()))?;
        Ok((document, found["DocumentVersion"].as_str().unwrap_or("1").to_owned()))
    }

    /// Starts a run, and returns when it runs or is refused.
    async fn launch(&self, entry: Entry, document: Document, parameters: Map<String, Value>) -> Result<(), AwsError> {
        let client = self.client.get().cloned().ok_or_else(|| AwsError {
            status: 500,
            ..AwsError::new("InternalServerError", "The gateway does not listen yet.")
        })?;
        let (run, stop) = (entry.run.clone(), entry.stop);
        let host =
            AutomationHost { client, clock: self.clock.clone(), run, stop, saved: Mutex::new(SignedDuration::ZERO) };
        let (refused, answer) = oneshot::channel();
        let automations = self.clone();
        self.tasks.spawn(async move { automations.follow(&entry.run, &document, parameters, &host, refused).await });
        // A sender that is dropped without a word: the run has begun.
        answer.await.map_or(Ok(()), Err)
    }

    async fn follow(
        &self,
        run: &Mutex<Run>,
        document: &Document,
        parameters: Map<String, Value>,
        host: &AutomationHost,
        refused: oneshot::Sender<AwsError>,
    ) {
        let context = Context {
            execution_id: lock(run).id.clone(),
            region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
            partition: "aws".to_owned(),
            poll: PollPolicy::default(),
            readings: Readings::default(),
        };
        // The engine checks document and parameters before its first effect; so does this, to answer at once.
        let ended = {
            let running = engine::run(document, parameters, &context, host);
            tokio::pin!(running);
            match poll_fn(|cx| Poll::Ready(running.as_mut().poll(cx))).await {
                Poll::Ready(ended) => ended,
                Poll::Pending => {
                    drop(refused);
                    return self.end(run, running.await);
                }
            }
        };
        match ended {
            Err(error @ (RunError::Invalid(_) | RunError::Unsupported(_) | RunError::Parameters(_))) => {
                // Nobody listens any more only when the caller has gone.
                let _ = refused.send(invalid(&error.to_string()));
            }
            ended => self.end(run, ended),
        }
    }

    fn end(&self, run: &Mutex<Run>, ended: Result<engine::Execution, RunError>) {
        let now = self.clock.now();
        let mut run = lock(run);
        match ended {
            Ok(execution) => run.finish(&execution, now),
            Err(error) => run.fail(error.to_string(), now),
        }
        for event in run.step_events(now).into_iter().chain([run.execution_event(now)]) {
            self.bus.emit("default", event);
        }
    }

    fn one(&self, input: &Input, tell: impl FnOnce(&Run) -> Value) -> Answer {
        let id = input.get("AutomationExecutionId").and_then(Value::as_str).unwrap_or_default();
        let entry = lock(&self.runs).get(id).cloned().ok_or_else(|| not_found(id))?;
        let run = lock(&entry.run);
        Ok(tell(&run))
    }

    fn list(&self, input: &Input) -> Value {
        let filters: Vec<(&str, Vec<&str>)> = input
            .get("Filters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|filter| {
                let values = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                (filter["Key"].as_str().unwrap_or_default(), values)
            })
            .collect();
        let fits = |run: &Run| {
            filters.iter().all(|(key, values)| match *key {
                "ExecutionStatus" => values.contains(&run.status.as_str()),
                "ExecutionId" => values.contains(&run.id.as_str()),
                "DocumentNamePrefix" => values.iter().any(|prefix| run.document.starts_with(prefix)),
                _ => true,
            })
        };
        let entries: Vec<Entry> = lock(&self.runs).values().cloned().collect();
        let mut runs: Vec<Run> = entries.iter().map(|entry| lock(&entry.run).clone()).filter(fits).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.started));
        json!({ "AutomationExecutionMetadataList": runs.iter().map(Run::summary).collect::<Vec<_>>() })
    }

    fn stop(&self, input: &Input) -> Answer {
        let id = input.get("AutomationExecutionId").and_then(Value::as_str).unwrap_or_default();
        let entry = lock(&self.runs).get(id).cloned().ok_or_else(|| not_found(id))?;
        let mut run = lock(&entry.run);
        if run.ended.is_some() {
            let message = format!("The automation execution {id} has already ended with {}.", run.status);
            return Err(AwsError::new("InvalidAutomationStatusUpdateException", message));
        }
        entry.stop.store(true, Ordering::Relaxed);
        "Cancelling".clone_into(&mut run.status);
        Ok(json!({}))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidAutomationExecutionParametersException", message)
}

fn not_found(id: &str) -> AwsError {
    AwsError::new("AutomationExecutionNotFoundException", format!("Automation Execution with ID: {id} does not exist."))
}

/// SSM has every parameter as a list of text; a document has types. What does not fit stays text, and the engine says so.
fn fitting(document: &Document, given: &Value) -> Map<String, Value> {
    let pairs = given.as_object().into_iter().flatten();
    pairs
        .map(|(name, values)| {
            let first = values.as_array().and_then(|list| list.first()).and_then(Value::as_str).unwrap_or_default();
            let value = match document.parameter(name).map(|parameter| parameter.value_type) {
                Some(ValueType::StringList) => values.clone(),
                Some(ValueType::String) | None => json!(first),
                Some(_) => serde_json::from_str(first).unwrap_or_else(|_| json!(first)),
            };
            (name.clone(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_get_the_types_of_the_document() {
        let text = "schemaVersion: '0.3'\nparameters:\n  I: {type: String}\n  N: {type: Integer}\n  L: {type: StringList}\n  B: {type: Boolean}\nmainSteps:\n  - {name: s, action: 'aws:sleep', inputs: {Duration: PT1S}}\n";
        let document = engine::parse(text, "d").unwrap();
        let given = json!({"I": ["12"], "N": ["12"], "L": ["a", "b"], "B": ["true"], "X": ["?"]});
        let wanted = json!({"I": "12", "N": 12, "L": ["a", "b"], "B": true, "X": "?"});
        assert_eq!(Value::Object(fitting(&document, &given)), wanted);
        assert_eq!(fitting(&document, &json!({"N": ["many"]}))["N"], "many");
    }
}
