//! CloudFormation's YAML as the JSON it stands for.
//!
//! Comes in: a template's text, with tags (`!Ref`, `!Sub`), anchors and merge keys.
//! Goes out: JSON with long function names (`{"Ref": ..}`, `{"Fn::Sub": ..}`). Never: a resolved value.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// A template that is no YAML.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The text does not scan.
    #[error("the template is not YAML")]
    Scan(#[source] saphyr::ScanError),
    /// There is no document in it.
    #[error("the template is empty")]
    Empty,
}

/// Reads the first document.
///
/// # Errors
/// [`YamlError`], with line and column underneath.
pub fn to_json(text: &str) -> Result<Value, YamlError> {
    let documents = Yaml::load_from_str(text).map_err(YamlError::Scan)?;
    documents.first().map(node).ok_or(YamlError::Empty)
}

fn node(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(scalar) => self::scalar(scalar),
        Yaml::Representation(text, ..) => Value::from(text.as_ref()),
        Yaml::Sequence(items) => items.iter().map(node).collect(),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                insert(&mut object, key_text(key), node(value));
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, inner) => function(&tag.suffix, node(inner)),
        Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}

/// `<<` brings in the entries that are not there yet.
fn insert(object: &mut Map<String, Value>, key: String, value: Value) {
    match value {
        Value::Object(merged) if key == "<<" => {
            for (key, value) in merged {
                object.entry(key).or_insert(value);
            }
        }
        value => {
            object.insert(key, value);
        }
    }
}

fn key_text(key: &Yaml<'_>) -> String {
    match node(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::from(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
        Scalar::String(text) => Value::from(text.as_ref()),
    }
}

fn function(tag: &str, argument: Value) -> Value {
    let name = match tag {
        "Ref" | "Condition" => tag.to_owned(),
        other => format!("Fn::{other}"),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_become_functions_and_anchors_are_followed() {
        let text = "a: &x\n  p: !Ref Mode\n  q: !Sub ${A}-b\nb: *x\nc:\n  q: mine\n  <<: *x\nd: !GetAtt Queue.Arn\ne: !If [C, !Not [!Condition D], 2.5]\nf: 08\n";
        let x = json!({"p": {"Ref": "Mode"}, "q": {"Fn::Sub": "${A}-b"}});
        let got = to_json(text).unwrap();
        assert_eq!(got["a"], x);
        assert_eq!(got["b"], x);
        assert_eq!(got["c"], json!({"q": "mine", "p": {"Ref": "Mode"}}));
        assert_eq!(got["d"], json!({"Fn::GetAtt": "Queue.Arn"}));
        assert_eq!(got["e"], json!({"Fn::If": ["C", {"Fn::Not": [{"Condition": "D"}]}, 2.5]}));
    }

    #[test]
    fn text_that_is_no_yaml_is_an_error() {
        assert!(matches!(to_json("a: [1"), Err(YamlError::Scan(_))));
        assert!(matches!(to_json(""), Err(YamlError::Empty)));
    }
}
