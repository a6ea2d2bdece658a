//! What stands in a scene's file.

use std::collections::BTreeMap;
use std::error::Error;

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::catalogue::{Binding, binding};

use crate::checkout::{files, text};

/// One scene.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SceneFile {
    /// What tells it from the binding's first scene, from the file's name.
    #[serde(skip)]
    pub other: Option<String>,
    /// Of the Config rule that notices the fault.
    #[serde(default)]
    pub rule: RuleOf,
    /// The alarm that notices the fault, as `PutMetricAlarm` takes it; its name is the prop's.
    #[serde(default)]
    pub alarm: Option<Map<String, Value>>,
    /// The event that tells of the fault, where neither a rule nor an alarm does.
    #[serde(default)]
    pub event: Option<Map<String, Value>>,
    /// Calls that make a resource with the fault.
    pub make: Vec<Call>,
    /// Its id, as AWS Config or the alarm's dimension names it.
    pub resource: String,
    /// By what else calls name it and what is a part of it: its name where the id is another, a volume of an instance.
    #[serde(default)]
    pub parts: Vec<String>,
    /// What is looked at before and after.
    pub see: Vec<Seen>,
    /// All that differs afterwards. Empty where only people can put it right.
    #[serde(default)]
    pub healed: Vec<Expected>,
    /// Calls that remove it.
    #[serde(default)]
    pub clear: Vec<Call>,
    /// AWS calls of a Config fix from the event to the look that sees it healed, beside the function's own books.
    #[serde(default)]
    pub calls: Option<usize>,
    /// Whether it is about the whole account: no two at once.
    #[serde(default)]
    pub alone: bool,
}

/// What a scene says of its Config rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOf {
    /// Its input parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

/// A call, and what is kept of its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `s3:CreateBucket`
    pub call: String,
    /// With `{{ name }}` and what was kept.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// Variable by path in the answer.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// By path in the answer, what must stand there, one of these; until then it is called again.
    #[serde(default)]
    pub until: BTreeMap<String, Vec<Value>>,
    /// Error codes that mean that there is nothing to call for: what a run takes away again, or never made, is cleared too.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// A look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// `s3:GetBucketVersioning`
    pub call: String,
    /// With `{{ name }}` and what was kept.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// JSON pointers of what differs by itself: times, counters.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Texts that are JSON, by pointer: policies. They are compared as what they say.
    #[serde(default)]
    pub json: Vec<String>,
    /// Lists whose order says nothing, by pointer, with the member that names each entry.
    #[serde(default)]
    pub by: BTreeMap<String, String>,
    /// Error codes that mean that nothing is there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// By path in the answer, what stands there, one of these, when nothing is under way any more: that is waited for.
    #[serde(default)]
    pub settled: BTreeMap<String, Vec<Value>>,
}

/// One thing that differs afterwards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Which look.
    pub of: String,
    /// JSON pointer into its answer.
    pub at: String,
    /// What stands there; null where nothing does any more.
    #[serde(default)]
    pub is: Value,
    /// Whatever it is, it is there: an id that AWS gives.
    #[serde(default)]
    pub any: bool,
}

/// Every scene with the binding of its name, in order. A binding has further ones under `BINDING.OTHER.yaml`.
///
/// # Errors
/// A file cannot be read, or its binding is not there.
pub fn all() -> Result<Vec<(Binding, SceneFile)>, Box<dyn Error + Send + Sync>> {
    files("tests/scenes", "yaml")?
        .into_iter()
        .map(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let (name, other) = stem.split_once('.').map_or((&*stem, None), |(name, other)| (name, Some(other)));
            let scene: SceneFile =
                engine::yaml::from_str(&text(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok((binding(name)?, SceneFile { other: other.map(str::to_owned), ..scene }))
        })
        .collect()
}
