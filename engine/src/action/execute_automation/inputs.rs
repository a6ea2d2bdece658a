//! The inputs of aws:executeAutomation.
//!
//! Comes in: resolved inputs. Goes out: which runbook, with which parameters, for what.
//! Never: a parameter checked here; the runbook says what it takes.

use serde_json::{Map, Value};

use crate::action::field::{self, Field, Inputs, Kind, own, texts};
use crate::run::{Limit, Rate, Stop};

static FIELDS: [Field; 10] = [
    own("DocumentName", Kind::Id),
    own("DocumentVersion", Kind::Id),
    own("RuntimeParameters", Kind::Map),
    own("Tags", Kind::Maps(5)),
    own("TargetParameterName", Kind::Id),
    own("Targets", Kind::Maps(5)),
    own("TargetMaps", Kind::Maps(300)),
    own("TargetLocations", Kind::Maps(100)),
    own("MaxConcurrency", Kind::Any),
    own("MaxErrors", Kind::Any),
];

/// SSM's own.
const CONCURRENCY: Limit = Limit::Number(10);
/// AWS does not say. None is safe: the first error stops the starting.
const ERRORS: Limit = Limit::Number(0);

/// What the step wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) version: Option<String>,
    /// As StartAutomationExecution takes them: a list of texts for each.
    pub(super) parameters: Map<String, Value>,
    pub(super) tagged: bool,
    /// More than one child.
    pub(super) many: Option<Many>,
}

/// Many children.
#[derive(Debug)]
pub(super) struct Many {
    pub(super) children: Children,
    concurrency: Limit,
    errors: Limit,
}

/// What there is a child for.
#[derive(Debug)]
pub(super) enum Children {
    /// Each target, as the value of this parameter.
    Targets { parameter: String, targets: Vec<Value> },
    /// Each map of parameters.
    Maps(Vec<Value>),
}

impl Wanted {
    pub(super) fn read(inputs: &Map<String, Value>) -> Result<Self, Stop> {
        let inputs = Inputs::read(&FIELDS, inputs)?;
        if inputs.get("TargetLocations").is_some() {
            return Err(Stop::inputs("TargetLocations is not possible here: a run has one account and one Region"));
        }
        let parameters = inputs.get("RuntimeParameters").and_then(Value::as_object);
        Ok(Self {
            name: inputs.needed("DocumentName")?.to_owned(),
            version: inputs.text("DocumentVersion").map(str::to_owned),
            parameters: parameters.map(listed).unwrap_or_default(),
            tagged: inputs.get("Tags").is_some(),
            many: children(&inputs)?.map(|children| many(&inputs, children)).transpose()?,
        })
    }
}

/// Parameters as lists of texts; a single value means a list of one.
pub(super) fn listed(parameters: &Map<String, Value>) -> Map<String, Value> {
    let given = parameters.iter().filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name.clone(), texts(value))).collect()
}

fn children(inputs: &Inputs) -> Result<Option<Children>, Stop> {
    let targets = inputs.items("Targets").to_vec();
    let maps = inputs.items("TargetMaps").to_vec();
    match (inputs.text("TargetParameterName"), targets.is_empty(), maps.is_empty()) {
        (None, true, true) => Ok(None),
        (Some(parameter), false, true) => Ok(Some(Children::Targets { parameter: parameter.to_owned(), targets })),
        (None, true, false) => Ok(Some(Children::Maps(maps))),
        (_, false, false) => Err(Stop::inputs("only one of Targets and TargetMaps is possible")),
        _ => Err(Stop::inputs("TargetParameterName and Targets are needed together")),
    }
}

fn many(inputs: &Inputs, children: Children) -> Result<Many, Stop> {
    let limit = |name: &str, default: Limit| match inputs.get(name) {
        None => Ok(default),
        Some(value) => field::text(value)
            .map(str::to_owned)
            .or_else(|| value.as_u64().map(|number| number.to_string()))
            .and_then(|text| Limit::read(&text))
            .ok_or_else(|| Stop::inputs(format!("{name} must be a number or a percentage, as text"))),
    };
    let (concurrency, errors) = (limit("MaxConcurrency", CONCURRENCY)?, limit("MaxErrors", ERRORS)?);
    if matches!(concurrency, Limit::Number(0) | Limit::Percent(0)) {
        return Err(Stop::inputs("MaxConcurrency must be at least 1 or 1%"));
    }
    Ok(Many { children, concurrency, errors })
}

impl Many {
    /// The limits for so many children.
    pub(super) fn rate(&self, children: usize) -> Result<Rate, Stop> {
        let total = u32::try_from(children).map_err(|_| Stop::inputs("there are too many targets"))?;
        Ok(Rate::new(total, self.concurrency, self.errors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(inputs: Value) -> Result<Wanted, String> {
        Wanted::read(inputs.as_object().unwrap()).map_err(|stop| match stop {
            Stop::Failed { message, .. } => message,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn parameters_become_lists_of_texts() {
        let parameters =
            json!({"a": "x", "b": ["y", 1], "c": 3, "d": true, "e": {"k": [1]}, "f": [{"g": 1}], "h": null});
        let wanted = read(json!({"DocumentName": "d", "RuntimeParameters": parameters})).unwrap();
        let expected =
            json!({"a": ["x"], "b": ["y", "1"], "c": ["3"], "d": ["true"], "e": [r#"{"k":[1]}"#], "f": [r#"{"g":1}"#]});
        assert_eq!(Value::Object(wanted.parameters), expected);
        assert!(wanted.many.is_none());
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let targets = json!([{"Key": "ParameterValues", "Values": ["a"]}]);
        for (inputs, message) in [
            (json!({"Targets": targets}), "TargetParameterName and Targets are needed together"),
            (json!({"TargetParameterName": "P"}), "TargetParameterName and Targets are needed together"),
            (
                json!({"TargetParameterName": "P", "Targets": targets, "TargetMaps": [{"P": ["a"]}]}),
                "only one of Targets and TargetMaps is possible",
            ),
            (json!({"TargetMaps": [{"P": ["a"]}], "MaxConcurrency": "0"}), "MaxConcurrency must be at least 1 or 1%"),
            (
                json!({"TargetMaps": [{"P": ["a"]}], "MaxErrors": "few"}),
                "MaxErrors must be a number or a percentage, as text",
            ),
        ] {
            let mut inputs = inputs;
            inputs["DocumentName"] = "d".into();
            assert_eq!(read(inputs).unwrap_err(), message);
        }
    }
}
