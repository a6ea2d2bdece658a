//! template.yaml as JSON, with its functions' blocks.
//!
//! Comes in: the template's text. Goes out: sections, resources by type, one [`Block`] per function.
//! Never: a resolved value; a test sees what a reader sees.

use std::error::Error;

use serde_json::{Map, Value};

use crate::checkout;

/// The template, tags spelled out (`!Ref X` is `{"Ref": "X"}`).
#[derive(Debug, Clone)]
pub struct Template(pub Value);

/// One function's block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Logical id without `Function`, which its log group and alarms begin with.
    pub id: String,
    /// Name of its folder, and of its binary if it is one of Rust.
    pub binary: String,
    /// Everything under the logical id.
    pub resource: Value,
}

impl Block {
    /// Whether it is a durable function; else it does one thing for those that are.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.resource["Properties"]["DurableConfig"].is_object()
    }
}

/// A function of Rust is named by its binary, another one by the folder of its code.
fn folder(resource: &Value) -> String {
    match resource["Metadata"]["BuildProperties"]["Binary"].as_str() {
        Some(binary) => binary.to_owned(),
        None => text(&resource["Properties"]["CodeUri"]).rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

impl Template {
    /// Reads the checkout's template.
    ///
    /// # Errors
    /// There is none, or it is not YAML.
    pub fn read() -> Result<Self, Box<dyn Error>> {
        Ok(Self(world::bus::yaml::to_json(&checkout::text("template.yaml")?)?))
    }

    /// One section as a map; empty when it is not there.
    #[must_use]
    pub fn section(&self, name: &str) -> Map<String, Value> {
        self.0[name].as_object().cloned().unwrap_or_default()
    }

    /// Properties of one resource.
    #[must_use]
    pub fn properties(&self, id: &str) -> &Value {
        &self.0["Resources"][id]["Properties"]
    }

    /// Logical ids and properties of every resource of one type.
    #[must_use]
    pub fn of_type(&self, kind: &str) -> Vec<(String, Value)> {
        let resources = self.section("Resources").into_iter();
        resources.filter(|(_, r)| r["Type"] == kind).map(|(id, r)| (id, r["Properties"].clone())).collect()
    }

    /// The functions' blocks, in the template's order.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let resources = self.section("Resources").into_iter();
        let functions = resources.filter(|(_, r)| r["Type"] == "AWS::Serverless::Function");
        functions
            .map(|(id, resource)| Block {
                id: id.strip_suffix("Function").unwrap_or(&id).to_owned(),
                binary: folder(&resource),
                resource,
            })
            .collect()
    }

    /// The blocks of functions that run an incident to its end, which take what time it takes.
    #[must_use]
    pub fn durable(&self) -> Vec<Block> {
        self.blocks().into_iter().filter(Block::is_durable).collect()
    }

    /// Every statement of the policy documents in a function's block, the two ways of an `!If` both counted.
    #[must_use]
    pub fn statements(&self, block: &Block) -> Vec<Value> {
        let policies = block.resource["Properties"]["Policies"].as_array().cloned().unwrap_or_default();
        policies
            .iter()
            .flat_map(|policy| self.documents(policy))
            .flat_map(|document| statements_of(&document))
            .collect()
    }

    /// A policy is a document, or the name of a managed policy of this template.
    fn documents(&self, policy: &Value) -> Vec<Value> {
        match policy["Ref"].as_str() {
            Some(id) => vec![self.properties(id)["PolicyDocument"].clone()],
            None => vec![policy.clone()],
        }
    }
}

fn statements_of(document: &Value) -> Vec<Value> {
    let statements = document["Statement"].as_array().cloned().unwrap_or_default();
    let ways = |statement: Value| match statement["Fn::If"].as_array() {
        Some(parts) => parts[1..].iter().filter(|way| way["Ref"] != "AWS::NoValue").cloned().collect(),
        None => vec![statement],
    };
    statements.into_iter().flat_map(ways).collect()
}

/// A value that stands alone or in a list, as a list of texts.
#[must_use]
pub fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => vec![],
        one => vec![text(one)],
    }
}

/// A value's text: strings as they are, everything else as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every name that `!Ref` or a `${}` of `!Sub` inside the value mentions.
#[must_use]
pub fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.iter().flat_map(|(key, inner)| referred(key, inner)).collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => vec![],
    }
}

fn referred(key: &str, inner: &Value) -> Vec<String> {
    match (key, inner) {
        ("Ref", Value::String(name)) => vec![name.clone()],
        ("Fn::Sub", Value::String(pattern)) => {
            pattern.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect()
        }
        _ => references(inner),
    }
}
