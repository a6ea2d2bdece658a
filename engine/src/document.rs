//! A runbook as its author wrote it, with types.
//!
//! Comes in: nothing; [`crate::parse`] makes these. Goes out: steps, parameters, variables, in document order.
//! Never: a resolved value. References stay text until a run or a plan resolves them.

use serde_json::{Map, Value};

use crate::finding::Finding;
use crate::place::{Place, Places};

/// An SSM Automation document (schemaVersion 0.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Name given to [`crate::parse`]; often a file name.
    pub name: String,
    /// Markdown for people.
    pub description: Option<String>,
    /// Role for SSM Automation, literal or with references. A run here uses the credentials of its host.
    pub assume_role: Option<String>,
    /// In document order.
    pub parameters: Vec<Parameter>,
    /// In document order.
    pub variables: Vec<Variable>,
    /// `mainSteps`, in document order, at least one.
    pub steps: Vec<Step>,
    /// `step.Output` names, as written.
    pub outputs: Vec<String>,
    /// Attached files, in document order.
    pub files: Vec<AttachedFile>,
    /// Length of the text in bytes; SSM takes at most 64 KB.
    pub bytes: usize,
    pub(crate) places: Places,
    /// Warnings of the parser, which `validate` repeats so that one list has everything.
    pub(crate) noted: Vec<Finding>,
}

impl Document {
    /// The step of this name, steps inside loops included.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.all_steps().into_iter().find(|step| step.name == name)
    }

    /// Every step in document order, each loop followed by its body.
    #[must_use]
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut all = Vec::new();
        collect(&self.steps, &mut all);
        all
    }

    /// The parameter of this name. Names are case-sensitive.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Where the part at a JSON pointer (RFC 6901) stands in the text; the place of the nearest part around it where it
    /// has none of its own.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        self.places.value(pointer)
    }

    /// Where the key of the part at a JSON pointer stands; the place of the part itself where it has none.
    #[must_use]
    pub fn key_place(&self, pointer: &str) -> Place {
        self.places.key(pointer)
    }

    /// The attached file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&AttachedFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The variable of this name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }
}

// Bounded by the parser's nesting limit.
pub(crate) fn collect<'a>(steps: &'a [Step], into: &mut Vec<&'a Step>) {
    for step in steps {
        into.push(step);
        collect(&step.body, into);
    }
}

/// The six types of values a runbook knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    String,
    /// List of text.
    StringList,
    /// 64-bit integer.
    Integer,
    /// true or false.
    Boolean,
    /// Any JSON object.
    StringMap,
    /// List of JSON objects.
    MapList,
}

impl ValueType {
    /// The type's name in documents; `AWS::…` types are String, `List<AWS::…>` StringList.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "String" => Self::String,
            "StringList" => Self::StringList,
            "Integer" => Self::Integer,
            "Boolean" => Self::Boolean,
            "StringMap" => Self::StringMap,
            "MapList" => Self::MapList,
            _ if name.starts_with("AWS::") => Self::String,
            _ if name.starts_with("List<AWS::") && name.ends_with('>') => Self::StringList,
            _ => return None,
        })
    }

    /// The type's name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::Integer => "Integer",
            Self::Boolean => "Boolean",
            Self::StringMap => "StringMap",
            Self::MapList => "MapList",
        }
    }

    /// Whether the value is of this type, without any conversion.
    #[must_use]
    pub fn admits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Integer => value.is_i64(),
            Self::Boolean => value.is_boolean(),
            Self::StringMap => value.is_object(),
            Self::StringList => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Self::MapList => value.as_array().is_some_and(|list| list.iter().all(Value::is_object)),
        }
    }
}

/// An input of the runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Case-sensitive name.
    pub name: String,
    /// As written (`AWS::EC2::Instance::Id`).
    pub declared_type: String,
    /// What its values are.
    pub value_type: ValueType,
    /// For people.
    pub description: Option<String>,
    /// Absent: the parameter is required. May hold references as text.
    pub default: Option<Value>,
    /// If present, a supplied value must be one of these.
    pub allowed_values: Option<Vec<Value>>,
    /// Java regular expression for the whole value.
    pub allowed_pattern: Option<String>,
    /// Least number of list items.
    pub min_items: Option<u64>,
    /// Greatest number of list items.
    pub max_items: Option<u64>,
    /// Least number of characters.
    pub min_chars: Option<u64>,
    /// Greatest number of characters.
    pub max_chars: Option<u64>,
    /// `textfield` or `textarea`: how a console asks for it.
    pub display_type: Option<String>,
    /// `ENV_VAR`, which has no effect that is known in a runbook.
    pub interpolation_type: Option<String>,
}

/// A file beside the document, for the scripts that name it as their Attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    /// As scripts name it.
    pub name: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits in lower case.
    pub sha256: Option<String>,
    /// Its length in bytes, where the document says it.
    pub size: Option<u64>,
}

/// A value that steps may change with aws:updateVariable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Name, without the `variable:` in front.
    pub name: String,
    /// What its values are.
    pub value_type: ValueType,
    /// For people.
    pub description: Option<String>,
    /// Value at the start of an execution; a map or list may be written as JSON text.
    pub default: Option<Value>,
}

/// What happens when a step has failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnFailure {
    /// The execution stops. The default.
    Abort,
    /// As after success.
    Continue,
    /// On to this step.
    Step(String),
}

/// What happens when the execution is cancelled at a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnCancel {
    /// The execution stops. The default.
    Abort,
    /// This step and its successors run, then the execution is Cancelled.
    Step(String),
}

/// A number that may be a reference until the step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// The number.
    Fixed(u64),
    /// Text with a reference.
    Reference(String),
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Unique in the document, loop bodies included.
    pub name: String,
    /// `aws:…`.
    pub action: String,
    /// For people.
    pub description: Option<String>,
    /// As written, references as text. The steps of a loop are in `body` instead.
    pub inputs: Map<String, Value>,
    /// Declared outputs.
    pub outputs: Vec<StepOutput>,
    /// Default Abort.
    pub on_failure: OnFailure,
    /// Default Abort.
    pub on_cancel: OnCancel,
    /// Whether the execution ends after this step.
    pub is_end: bool,
    /// As written, if written; see [`Step::critical`].
    pub is_critical: Option<bool>,
    /// As written.
    pub next_step: Option<String>,
    /// Seconds for one attempt.
    pub timeout: Option<Amount>,
    /// Total tries, the first included.
    pub max_attempts: Option<Amount>,
    /// The steps of an aws:loop.
    pub body: Vec<Step>,
    /// JSON pointer of the step.
    pub(crate) path: String,
}

impl Step {
    /// JSON pointer of the step (`/mainSteps/2`).
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.path
    }

    /// Whether a failure of this step makes the execution Failed: as written, else true unless onFailure is Continue.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.is_critical.unwrap_or(self.on_failure != OnFailure::Continue)
    }
}

/// A value that a step takes out of its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct StepOutput {
    /// Read as `{{ step.Name }}`.
    pub name: String,
    /// JSONPath; the leading `$.` may be missing.
    pub selector: String,
    /// String where the document does not say.
    pub value_type: ValueType,
}
