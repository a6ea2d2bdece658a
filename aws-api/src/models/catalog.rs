//! All services by name.
//!
//! Comes in: names as people write them.
//! Goes out: the service's model, and answers that need no call (does it write, which permission).
//! Never: a service that nobody asked for.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::error::{DamageKind, ModelsError};
use super::pack::Pack;
use super::{Operation, Service};
use crate::effect::{Effect, effect};
use crate::endpoint::Partitions;
use crate::error::InvalidCall;
use crate::input::Finding;
use crate::names::{OperationName, ServiceName, nearest, service_key};
use crate::redact::redact;

/// Every AWS service and operation whose model is in the pack.
///
/// Opening reads the index only (some 25 KB). When a service is first used its head is read; when an operation is first
/// called its part of the model is inflated, and compiled for the life of the process.
#[derive(Debug)]
pub struct Models {
    pack: Arc<Pack>,
    partitions: OnceLock<Arc<Partitions>>,
    services: Mutex<HashMap<String, Arc<Service>>>,
}

impl Models {
    /// Opens the pack that `make models` made.
    ///
    /// # Errors
    /// If there is none at `path`, if it cannot be read, or if it is not a pack.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ModelsError> {
        let pack = Arc::new(Pack::open(path.as_ref())?);
        Ok(Self { pack, partitions: OnceLock::new(), services: Mutex::default() })
    }

    /// The version of botocore whose models these are.
    pub fn botocore_version(&self) -> &str {
        &self.pack.index.botocore
    }

    /// The names of all services, sorted.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.pack.index.services.keys().map(String::as_str)
    }

    /// The names of all operations of a service, sorted.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service (with near names).
    pub fn operations(&self, service: &str) -> Result<Vec<OperationName>, InvalidCall> {
        let mut names: Vec<_> = self.service(service)?.operation_names().map(|n| OperationName(n.to_owned())).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The names as the model has them: `("EC2 ", "stop_instances")` is `(ec2, StopInstances)`.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn resolve(&self, service: &str, api: &str) -> Result<(ServiceName, OperationName), InvalidCall> {
        let service = self.service(service)?;
        let operation = service.resolve(api)?;
        Ok((ServiceName(service.name().to_owned()), operation))
    }

    /// Whether the operation only reads.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn effect(&self, service: &str, api: &str) -> Result<Effect, InvalidCall> {
        let service = self.service(service)?;
        let name = service.resolve(api)?;
        Ok(effect(service.name(), name.as_str(), service.model_of(&name)?.readonly))
    }

    /// Whether the operation's input has an idempotency token, which makes a repeated call one effect.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn has_token(&self, service: &str, api: &str) -> Result<bool, InvalidCall> {
        let operation = self.operation(service, api)?;
        Ok(operation.schema.input_members().iter().any(|member| member.idempotency_token))
    }

    /// The IAM actions a caller of the operation needs (see [`crate::iam::actions`]), names resolved first; none for
    /// an operation that is called without credentials.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn iam_actions(&self, service: &str, api: &str) -> Result<Vec<String>, InvalidCall> {
        let service = self.service(service)?;
        let name = service.resolve(api)?;
        if service.model_of(&name)?.is_anonymous() {
            return Ok(Vec::new());
        }
        Ok(crate::iam::actions(service.name(), name.as_str()))
    }

    /// Whether a call with this input could be sent: what [`crate::Client::call`] would refuse before it sends anything.
    /// Idempotency tokens count as given.
    ///
    /// # Errors
    /// [`InvalidCall`]: an unknown service or operation, or all that is wrong with the input.
    pub fn check_input(&self, service: &str, api: &str, input: &Value) -> Result<(), InvalidCall> {
        let operation = self.operation(service, api)?;
        crate::input::prepare(&operation, input.clone(), Some("check")).map(drop)
    }

    /// All that is wrong with an answer that somebody wrote down: members the operation never gives, values of other
    /// types. Nothing need be complete.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn check_output(&self, service: &str, api: &str, output: &Value) -> Result<Vec<Finding>, InvalidCall> {
        Ok(crate::input::check_output(self.operation(service, api)?.as_ref(), output))
    }

    /// The names of all members that an answer can have, at any depth; `*` among them where a map's keys or free JSON
    /// can be anything.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn output_members(&self, service: &str, api: &str) -> Result<BTreeSet<String>, InvalidCall> {
        let operation = self.operation(service, api)?;
        let mut names = operation.schema.output_members();
        if crate::customization::decodes_json(&operation) {
            names.insert("*".to_owned());
        }
        Ok(names)
    }

    /// The input without what the model calls sensitive: [`crate::REDACTED`] stands in its place.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn redact_input(&self, service: &str, api: &str, input: &Value) -> Result<Value, InvalidCall> {
        let operation = self.operation(service, api)?;
        Ok(redact(&operation.schema, operation.schema.input, input))
    }

    /// The output without what the model calls sensitive.
    ///
    /// # Errors
    /// [`InvalidCall`] for an unknown service or operation, with near names.
    pub fn redact_output(&self, service: &str, api: &str, output: &Value) -> Result<Value, InvalidCall> {
        let operation = self.operation(service, api)?;
        Ok(redact(&operation.schema, operation.schema.output, output))
    }

    pub(crate) fn operation(&self, service: &str, api: &str) -> Result<Arc<Operation>, InvalidCall> {
        self.service(service)?.operation(api)
    }

    pub(crate) fn service(&self, name: &str) -> Result<Arc<Service>, InvalidCall> {
        let key = service_key(name);
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(service) = services.get(&key) {
            return Ok(Arc::clone(service));
        }
        let service = Arc::new(self.load(&key)?);
        services.insert(key, Arc::clone(&service));
        Ok(service)
    }

    fn load(&self, name: &str) -> Result<Service, InvalidCall> {
        let Some(place) = self.pack.index.services.get(name) else {
            return Err(InvalidCall::UnknownService { service: name.to_owned(), near: nearest(name, self.services()) });
        };
        let head = self.pack.service(name, *place)?;
        Ok(Service::new(name, &head, Arc::clone(&self.pack), self.partitions()?)?)
    }

    fn partitions(&self) -> Result<Arc<Partitions>, ModelsError> {
        if let Some(partitions) = self.partitions.get() {
            return Ok(Arc::clone(partitions));
        }
        let text = self.pack.partitions()?;
        let partitions: Partitions =
            serde_json::from_str(&text).map_err(|e| ModelsError::damaged("partitions", DamageKind::Json(e)))?;
        Ok(Arc::clone(self.partitions.get_or_init(|| Arc::new(partitions))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    fn wrong(api: &str, output: serde_json::Value) -> Option<Vec<String>> {
        let models = crate::testing::models()?;
        let findings = models.check_output("ec2", api, &output).unwrap();
        Some(findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn an_answer_may_be_a_part_of_one_but_not_of_another_shape() {
        let part = json!({"Reservations": [{"Instances": [{"State": {"Name": "running"}}]}]});
        let Some(findings) = wrong("DescribeInstances", part) else { return };
        assert_eq!(findings, Vec::<String>::new());
        let other = json!({"Reservation": [], "Reservations": [{"Instances": [{"EbsOptimized": "yes"}]}]});
        let expected = [
            "Reservation is not a member; did you mean Reservations?",
            "Reservations[0].Instances[0].EbsOptimized must be a boolean, not a string",
        ];
        assert_eq!(wrong("DescribeInstances", other).unwrap(), expected);
    }

    #[test]
    fn an_input_is_judged_without_a_call() {
        let Some(models) = crate::testing::models() else { return };
        models.check_input("ec2", "StopInstances", &json!({"InstanceIds": ["i-1"]})).unwrap();
        // A token that is not given is filled, as a call does.
        models.check_input("ec2", "RunInstances", &json!({"MinCount": 1, "MaxCount": 1})).unwrap();
        let error = models.check_input("ec2", "StopInstances", &json!({"InstanceId": "i-1"})).unwrap_err().to_string();
        assert!(error.contains("InstanceIds is required"), "{error}");
        assert!(error.contains("InstanceId is not a member"), "{error}");
    }

    #[test]
    fn every_operation_of_every_service_compiles() {
        let Some(models) = crate::testing::models() else { return };
        let mut operations = 0;
        for service in models.services() {
            for api in models.operations(service).unwrap() {
                models.operation(service, api.as_str()).unwrap_or_else(|e| panic!("{service}:{api}: {e:?}"));
                operations += 1;
            }
        }
        assert_eq!(operations, 19_796, "docs/aws-api.md says how many there are in the pinned botocore");
    }
}
