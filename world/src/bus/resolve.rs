//! CloudFormation's intrinsic functions, as far as routing needs them.
//!
//! Comes in: a template as JSON and the values of its parameters. Goes out: properties with references, joins and
//! conditions resolved to the names and ARNs that resources have in the local world.
//! Never: a deployment; a resource here has a name, not a state.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::gateway::{ACCOUNT, REGION};

/// The name the local world gives the stack.
pub const STACK: &str = "kintsugi";

/// A template with its parameters chosen.
#[derive(Debug)]
pub struct Template {
    resources: Map<String, Value>,
    conditions: Map<String, Value>,
    parameters: Map<String, Value>,
    globals: Value,
}

impl Template {
    /// A template with these parameters; the others have their defaults.
    #[must_use]
    pub fn new(template: &Value, overrides: &BTreeMap<String, String>) -> Self {
        let section = |name: &str| template.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let mut parameters = Map::new();
        for (name, declared) in section("Parameters") {
            let value =
                overrides.get(&name).map_or_else(|| declared["Default"].clone(), |chosen| Value::from(chosen.as_str()));
            let list =
                declared["Type"].as_str().is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
            parameters.insert(name, if list { split(&value) } else { value });
        }
        let globals = template["Globals"]["Function"].clone();
        Self { resources: section("Resources"), conditions: section("Conditions"), parameters, globals }
    }

    /// Every resource whose condition holds: logical id, type, properties still to be resolved.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.resources.iter().filter_map(|(id, resource)| {
            let made = resource.get("Condition").and_then(Value::as_str).is_none_or(|name| self.condition(name));
            let kind = resource.get("Type").and_then(Value::as_str)?;
            made.then_some((id.as_str(), kind, resource))
        })
    }

    /// A property of a function, from the function itself or else from Globals, resolved.
    #[must_use]
    pub fn function_property(&self, resource: &Value, name: &str) -> Value {
        let own = &resource["Properties"][name];
        self.resolve(if own.is_null() { &self.globals[name] } else { own })
    }

    /// Resolves every function inside the value. `AWS::NoValue` disappears; what cannot be known stays as it is.
    #[must_use]
    pub fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => match single(fields) {
                Some((name, argument)) if is_function(name) => {
                    self.call(name, argument).unwrap_or_else(|| value.clone())
                }
                _ => fields.iter().map(|(k, v)| (k.clone(), self.resolve(v))).filter(|(_, v)| !is_nothing(v)).collect(),
            },
            Value::Array(items) => {
                items.iter().map(|item| self.resolve(item)).filter(|item| !is_nothing(item)).collect()
            }
            other => other.clone(),
        }
    }

    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        match name {
            "Ref" => self.reference(argument.as_str()?),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => {
                let parts = self.resolve(argument.get(1)?);
                let parts: Option<Vec<&str>> = parts.as_array()?.iter().map(Value::as_str).collect();
                Some(Value::from(parts?.join(argument.get(0)?.as_str()?)))
            }
            "Fn::If" => {
                let branch = if self.condition(argument.get(0)?.as_str()?) { 1 } else { 2 };
                Some(self.resolve(argument.get(branch)?))
            }
            "Fn::Select" => {
                let index = argument.get(0)?.as_u64().and_then(|index| usize::try_from(index).ok())?;
                self.resolve(argument.get(1)?).get(index).cloned()
            }
            _ => None,
        }
    }

    fn reference(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.parameters.get(name) {
            return Some(value.clone());
        }
        Some(Value::from(match name {
            "AWS::Region" => REGION.to_owned(),
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => STACK.to_owned(),
            "AWS::NoValue" => return Some(serde_json::json!({ "Ref": "AWS::NoValue" })),
            _ => return self.physical(name).map(Value::from),
        }))
    }

    /// What `!Ref` of a resource is, here: topics and aliases their ARN, everything else its name.
    fn physical(&self, reference: &str) -> Option<String> {
        // SAM: `Function.Alias` and `Function.Version` name resources that SAM makes.
        if let Some(id) = reference.strip_suffix(".Alias") {
            return Some(format!("{}:live", self.arn(id)?));
        }
        match self.kind(reference)? {
            "AWS::SNS::Topic" => self.arn(reference),
            _ => Some(self.name(reference)),
        }
    }

    fn attribute(&self, argument: &Value) -> Option<Value> {
        let (id, attribute) = match argument {
            Value::String(path) => path.split_once('.')?,
            Value::Array(path) => (path.first()?.as_str()?, path.get(1)?.as_str()?),
            _ => return None,
        };
        match attribute {
            "Arn" | "TopicArn" => self.arn(id).map(Value::from),
            _ => Some(Value::from(self.name(id))),
        }
    }

    /// `${Name}` and `${Resource.Attribute}`; `${!Literal}` stays `${Literal}`.
    fn substitute(&self, argument: &Value) -> Option<Value> {
        let text = argument.as_str().or_else(|| argument.get(0)?.as_str())?;
        let own = argument.get(1);
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}')?;
            out.push_str(before);
            out.push_str(&self.variable(name, own)?);
            rest = tail;
        }
        out.push_str(rest);
        Some(Value::from(out))
    }

    fn variable(&self, name: &str, own: Option<&Value>) -> Option<String> {
        if let Some(literal) = name.strip_prefix('!') {
            return Some(format!("${{{literal}}}"));
        }
        let value = match own.and_then(|own| own.get(name)) {
            Some(value) => self.resolve(value),
            None => self.reference(name).or_else(|| self.attribute(&Value::from(name)))?,
        };
        match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn kind(&self, id: &str) -> Option<&str> {
        self.resources.get(id)?.get("Type")?.as_str()
    }

    /// The name of a resource: what the template says, else its logical id behind the stack's name.
    #[must_use]
    pub fn name(&self, id: &str) -> String {
        let named = ["FunctionName", "QueueName", "TopicName", "TableName", "RoleName", "BucketName", "Name"];
        let properties = self.resources.get(id).map(|resource| &resource["Properties"]);
        let name = properties.and_then(|p| named.iter().find_map(|key| p.get(key))).map(|value| self.resolve(value));
        name.as_ref().and_then(Value::as_str).map_or_else(|| format!("{STACK}-{id}"), str::to_owned)
    }

    fn arn(&self, id: &str) -> Option<String> {
        let name = self.name(id);
        Some(match self.kind(id)? {
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
            }
            "AWS::SQS::Queue" => format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
            "AWS::SNS::Topic" => format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}"),
            "AWS::DynamoDB::Table" => format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"),
            "AWS::IAM::Role" => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            _ => return None,
        })
    }

    fn condition(&self, name: &str) -> bool {
        self.conditions.get(name).is_some_and(|condition| self.holds(condition))
    }

    fn holds(&self, condition: &Value) -> bool {
        let Some((name, argument)) = condition.as_object().and_then(single) else { return false };
        let parts = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name {
            "Condition" => argument.as_str().is_some_and(|name| self.condition(name)),
            "Fn::Equals" => parts.len() == 2 && text(&self.resolve(&parts[0])) == text(&self.resolve(&parts[1])),
            "Fn::Not" => parts.first().is_some_and(|part| !self.holds(part)),
            "Fn::And" => parts.iter().all(|part| self.holds(part)),
            "Fn::Or" => parts.iter().any(|part| self.holds(part)),
            _ => false,
        }
    }
}

fn single(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = fields.iter();
    let (name, argument) = entries.next()?;
    entries.next().is_none().then_some((name.as_str(), argument))
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn is_nothing(value: &Value) -> bool {
    value.get("Ref").and_then(Value::as_str) == Some("AWS::NoValue")
}

/// Conditions compare text: `300` equals `"300"`.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn split(value: &Value) -> Value {
    text(value).split(',').map(|part| Value::from(part.trim())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(overrides: &[(&str, &str)]) -> Template {
        let json = json!({
            "Parameters": {"TopicArn": {"Type": "String", "Default": ""}, "Keys": {"Type": "CommaDelimitedList", "Default": "a, b"}},
            "Conditions": {
                "Own": {"Fn::Equals": [{"Ref": "TopicArn"}, ""]},
                "Foreign": {"Fn::And": [{"Fn::Not": [{"Condition": "Own"}]}, {"Fn::Or": [{"Condition": "Foreign2"}, {"Fn::Equals": [1, "1"]}]}]},
            },
            "Globals": {"Function": {"Timeout": 300, "DeadLetterQueue": {"TargetArn": {"Fn::GetAtt": "Queue.Arn"}}}},
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
                "Topic": {"Type": "AWS::SNS::Topic", "Condition": "Own", "Properties": {"TopicName": {"Fn::Sub": "${AWS::StackName}-alarms"}}},
                "Other": {"Type": "AWS::SNS::Topic", "Condition": "Foreign"},
                "Fn": {"Type": "AWS::Serverless::Function", "Properties": {"Timeout": 10}},
            },
        });
        let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Template::new(&json, &overrides)
    }

    #[test]
    fn functions_resolve_to_the_names_of_the_local_world() {
        let cases = [
            (json!({"Ref": "Topic"}), json!("arn:aws:sns:eu-west-1:123456789012:kintsugi-alarms")),
            (json!({"Ref": "Queue"}), json!("kintsugi-Queue")),
            (json!({"Fn::GetAtt": ["Queue", "Arn"]}), json!("arn:aws:sqs:eu-west-1:123456789012:kintsugi-Queue")),
            (json!({"Ref": "Fn.Alias"}), json!("arn:aws:lambda:eu-west-1:123456789012:function:kintsugi-Fn:live")),
            (
                json!({"Fn::Sub": "${Queue.Arn}/${!x}/${AWS::Region}"}),
                json!("arn:aws:sqs:eu-west-1:123456789012:kintsugi-Queue/${x}/eu-west-1"),
            ),
            (json!({"Fn::Sub": ["${a}-b", {"a": {"Ref": "Queue"}}]}), json!("kintsugi-Queue-b")),
            (json!({"Fn::Join": ["-", [{"Ref": "AWS::AccountId"}, "x"]]}), json!("123456789012-x")),
            (json!({"Fn::Join": ["+", {"Ref": "Keys"}]}), json!("a+b")),
            (
                json!({"Fn::If": ["Own", {"Ref": "Topic"}, {"Ref": "TopicArn"}]}),
                json!("arn:aws:sns:eu-west-1:123456789012:kintsugi-alarms"),
            ),
            (
                json!({"a": {"Fn::If": ["Foreign", 1, {"Ref": "AWS::NoValue"}]}, "b": [{"Ref": "AWS::NoValue"}]}),
                json!({"b": []}),
            ),
            (json!({"Fn::Select": [1, {"Ref": "Keys"}]}), json!("b")),
            (json!({"Fn::ImportValue": "x"}), json!({"Fn::ImportValue": "x"})),
        ];
        for (value, wanted) in cases {
            assert_eq!(template(&[]).resolve(&value), wanted, "{value}");
        }
    }

    #[test]
    fn a_resource_exists_when_its_condition_holds() {
        let ids = |overrides: &[(&str, &str)]| {
            template(overrides).resources().map(|(id, ..)| id.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&[]), ["Queue", "Topic", "Fn"]);
        assert_eq!(ids(&[("TopicArn", "arn:x")]), ["Queue", "Other", "Fn"]);
    }

    #[test]
    fn a_function_without_a_property_has_that_of_globals() {
        let template = template(&[]);
        let (_, _, function) = template.resources().last().unwrap();
        assert_eq!(template.function_property(function, "Timeout"), json!(10));
        assert_eq!(
            template.function_property(function, "DeadLetterQueue"),
            json!({"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:kintsugi-Queue"})
        );
    }
}
