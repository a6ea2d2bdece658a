//! What a deployment would make of the SAM template, as far as the functions need it to run.
//!
//! Comes in: the template, its parameters, what only differs here. Goes out: functions with their settings, and the
//! calls that make the resources those settings name. Never: a setting that the template does not have, but for the
//! overrides; a variable missing in the template is missing here too.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::config::Copy;
use super::error::StackError;
use super::function::FunctionConfig;
use crate::bus::resolve::Template;
use crate::bus::yaml;
use crate::gateway::ACCOUNT;
use crate::ids;

/// Lambda starts an instance for each event at the same moment; here so many stand ready.
const INSTANCES: usize = 2;
/// The function that runs scripts.
const SCRIPTS: &str = "run-script";

/// One API call that makes a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Make {
    pub(crate) service: &'static str,
    pub(crate) api: &'static str,
    pub(crate) input: Value,
}

/// A template with its parameters chosen.
#[derive(Debug)]
pub(crate) struct Deployment {
    template: Template,
}

impl Deployment {
    pub(crate) fn read(path: &Path, parameters: &BTreeMap<String, String>) -> Result<Self, StackError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| StackError::File { path: path.to_owned(), source })?;
        let json = yaml::to_json(&text).map_err(|source| StackError::Template { path: path.to_owned(), source })?;
        Ok(Self { template: Template::new(&json, parameters) })
    }

    /// Names of the functions, which are those of their binaries.
    pub(crate) fn names(&self) -> Vec<String> {
        self.of_type("AWS::Serverless::Function").filter_map(|(_, resource)| binary(resource)).collect()
    }

    /// Every function and copy with how many events it can work on at the same moment; `told` is for functions that differ
    /// from the usual number.
    pub(crate) fn instances(&self, told: &BTreeMap<String, usize>, copies: &[Copy]) -> BTreeMap<String, usize> {
        let of = |name: String| (name.clone(), told.get(&name).copied().unwrap_or(INSTANCES));
        let copies = copies.iter().map(|copy| (copy.name.clone(), copy.instances));
        self.names().into_iter().map(of).chain(copies).collect()
    }

    /// Names of the functions that have a URL.
    pub(crate) fn with_url(&self) -> Vec<String> {
        let functions = self.of_type("AWS::Serverless::Function");
        let with_url = functions.filter(|(_, resource)| resource["Properties"]["FunctionUrlConfig"].is_object());
        with_url.filter_map(|(_, resource)| binary(resource)).collect()
    }

    /// The functions with their settings; `overrides` win. `urls` are those of the functions that have one, `instances`
    /// is for those that differ from the usual number.
    pub(crate) fn functions(
        &self,
        gateway: &str,
        urls: &BTreeMap<String, String>,
        overrides: &BTreeMap<String, String>,
        instances: &BTreeMap<String, usize>,
    ) -> Vec<FunctionConfig> {
        let functions = self.of_type("AWS::Serverless::Function");
        functions
            .filter_map(|(_, resource)| {
                let name = binary(resource)?;
                let mut environment = self.environment(resource, gateway, urls);
                environment.extend(overrides.clone());
                let instances = instances.get(&name).copied().unwrap_or(INSTANCES);
                Some(FunctionConfig { binary: name.clone(), name, environment, instances })
            })
            .collect()
    }

    fn environment(
        &self,
        resource: &Value,
        gateway: &str,
        urls: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let variables = self.template.function_property(resource, "Environment");
        let variables = variables["Variables"].as_object().cloned().unwrap_or_default();
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut variables: BTreeMap<_, _> = variables.into_iter().map(|(name, value)| (name, text(value))).collect();
        // The reference of a queue is its URL, which lies in the gateway here.
        for name in ["KINTSUGI_DEAD_LETTER_QUEUE_URL", "KINTSUGI_TICKET_QUEUE_URL"] {
            if let Some(queue) = variables.get_mut(name) {
                *queue = format!("{gateway}/{ACCOUNT}/{queue}");
            }
        }
        // Functions have the names of their binaries here.
        if let Some(script) = variables.get_mut("KINTSUGI_SCRIPT_FUNCTION") {
            SCRIPTS.clone_into(script);
        }
        // So is the address of a function, which SAM makes a resource of its own.
        for (id, function) in self.of_type("AWS::Serverless::Function") {
            let Some(url) = binary(function).and_then(|name| urls.get(&name)) else { continue };
            let resolved = self.template.name(&format!("{id}Url"));
            variables.values_mut().filter(|value| **value == resolved).for_each(|value| value.clone_from(url));
        }
        variables
    }

    /// The calls that make the tables, parameters, secrets and topics of the template.
    pub(crate) fn resources(&self) -> Vec<Make> {
        let tables = self.of_type("AWS::DynamoDB::Table").flat_map(|(id, table)| self.table(id, table));
        let parameters = self.of_type("AWS::SSM::Parameter").map(|(id, parameter)| self.parameter(id, parameter));
        let secrets = self.of_type("AWS::SecretsManager::Secret").map(|(id, secret)| self.secret(id, secret));
        let topics = self.of_type("AWS::SNS::Topic").map(|(id, _)| self.topic(id));
        tables.chain(parameters).chain(secrets).chain(topics).collect()
    }

    /// With the template's value, or one of its own in each stack, as AWS makes one up.
    fn secret(&self, id: &str, secret: &Value) -> Make {
        let given = self.template.resolve(&secret["Properties"]["SecretString"]);
        let made_up = || format!("{}{}", ids::hex_id(64), ids::hex_id(64));
        let value = given.as_str().map_or_else(made_up, str::to_owned);
        let input = json!({ "Name": self.template.name(id), "SecretString": value });
        Make { service: "secretsmanager", api: "CreateSecret", input }
    }

    fn topic(&self, id: &str) -> Make {
        Make { service: "sns", api: "CreateTopic", input: json!({ "Name": self.template.name(id) }) }
    }

    fn table(&self, id: &str, table: &Value) -> Vec<Make> {
        let name = self.template.name(id);
        let properties = self.template.resolve(&table["Properties"]);
        let mut create = json!({ "TableName": name });
        for member in ["AttributeDefinitions", "KeySchema", "BillingMode"] {
            create[member] = properties[member].clone();
        }
        let ttl = json!({ "TableName": name, "TimeToLiveSpecification": properties["TimeToLiveSpecification"] });
        let mut calls = vec![Make { service: "dynamodb", api: "CreateTable", input: create }];
        if !properties["TimeToLiveSpecification"].is_null() {
            calls.push(Make { service: "dynamodb", api: "UpdateTimeToLive", input: ttl });
        }
        let recovery = &properties["PointInTimeRecoverySpecification"];
        if !recovery.is_null() {
            let input = json!({ "TableName": name, "PointInTimeRecoverySpecification": recovery });
            calls.push(Make { service: "dynamodb", api: "UpdateContinuousBackups", input });
        }
        calls
    }

    fn parameter(&self, id: &str, parameter: &Value) -> Make {
        let properties = self.template.resolve(&parameter["Properties"]);
        let mut input = json!({ "Name": self.template.name(id) });
        for member in ["Type", "Value", "AllowedPattern"] {
            if !properties[member].is_null() {
                input[member] = properties[member].clone();
            }
        }
        Make { service: "ssm", api: "PutParameter", input }
    }

    fn of_type<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.template.resources().filter(move |(_, kind, _)| *kind == wanted).map(|(id, _, resource)| (id, resource))
    }
}

/// One more deployment of one of these functions; none when the function is not there.
pub(crate) fn copied(functions: &[FunctionConfig], copy: &Copy) -> Option<FunctionConfig> {
    let mut function = functions.iter().find(|function| function.name == copy.of)?.clone();
    function.environment.extend(copy.settings.clone());
    Some(FunctionConfig { name: copy.name.clone(), instances: copy.instances, ..function })
}

/// A function that is not built is Python; the tests have a binary of its name that begins it.
fn binary(resource: &Value) -> Option<String> {
    let built = resource.pointer("/Metadata/BuildProperties/Binary").and_then(Value::as_str);
    let is_script = resource["Metadata"]["SkipBuild"] == json!(true);
    let folder = resource["Properties"]["CodeUri"].as_str().filter(|_| is_script);
    built.or(folder.and_then(|folder| folder.rsplit('/').next())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::tools::workspace;
    use super::*;

    fn deployment(parameters: &[(&str, &str)]) -> Deployment {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Deployment::read(&workspace().join("template.yaml"), &parameters).unwrap()
    }

    #[test]
    fn every_function_has_the_settings_the_template_gives_it() {
        let urls = BTreeMap::from([("decide-approval".to_owned(), "http://page/".to_owned())]);
        let overrides = BTreeMap::from([("KINTSUGI_POLL_SECONDS".to_owned(), "1".to_owned())]);
        let instances = BTreeMap::from([("open-ticket".to_owned(), 4)]);
        let functions = deployment(&[("Mode", "enforce")]).functions("http://gateway", &urls, &overrides, &instances);
        let names: Vec<_> = functions.iter().map(|function| function.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "resize-on-cpu-alarm",
                "fix-config-drift",
                "run-runbook",
                "open-ticket",
                "decide-approval",
                SCRIPTS,
                "find-faults"
            ]
        );
        let settings = &functions[0].environment;
        assert_eq!(settings["KINTSUGI_MODE"], "enforce");
        assert_eq!(settings["KINTSUGI_POLL_SECONDS"], "1");
        assert_eq!(settings["KINTSUGI_DEAD_LETTER_QUEUE_URL"], "http://gateway/123456789012/kintsugi-dead-letters");
        assert_eq!(settings["KINTSUGI_GUARD_TABLE"], "kintsugi-GuardTable");
        assert_eq!(settings["KINTSUGI_APPROVAL_URL"], "http://page/");
        assert_eq!(settings["KINTSUGI_SCRIPT_FUNCTION"], SCRIPTS);
        assert_eq!(functions[4].environment["KINTSUGI_APPROVAL_SECRET"], "kintsugi-ApprovalKey");
    }

    #[test]
    fn a_copy_has_its_function_s_binary_and_settings_and_a_name_of_its_own() {
        let functions =
            deployment(&[]).functions("http://gateway", &BTreeMap::new(), &BTreeMap::new(), &BTreeMap::new());
        let settings = BTreeMap::from([("KINTSUGI_MODE".to_owned(), "enforce".to_owned())]);
        let copy = Copy { name: "lane-1".into(), of: "open-ticket".into(), settings, instances: 1 };
        let copied = copied(&functions, &copy).unwrap();
        assert_eq!((copied.name.as_str(), copied.binary.as_str(), copied.instances), ("lane-1", "open-ticket", 1));
        assert_eq!(copied.environment["KINTSUGI_MODE"], "enforce");
        assert_eq!(copied.environment["KINTSUGI_GUARD_TABLE"], "kintsugi-GuardTable");
        assert!(super::copied(&functions, &Copy { of: "nobody".into(), ..copy }).is_none());
    }

    #[test]
    fn the_default_is_to_observe() {
        let functions =
            deployment(&[]).functions("http://gateway", &BTreeMap::new(), &BTreeMap::new(), &BTreeMap::new());
        assert_eq!(functions[0].environment["KINTSUGI_MODE"], "observe");
    }

    #[test]
    fn the_guard_table_is_made_as_the_template_has_it() {
        let calls = deployment(&[]).resources();
        let create = calls.iter().find(|call| call.api == "CreateTable").unwrap();
        assert_eq!(create.input["KeySchema"], json!([{"AttributeName": "pk", "KeyType": "HASH"}]));
        assert!(calls.iter().any(|call| call.api == "UpdateTimeToLive"));
        assert!(calls.iter().any(|call| call.api == "PutParameter" && call.input["Value"] == "run"));
    }
}
