//! Inputs with types: what an action takes, once its references have values.
//!
//! Comes in: a table of fields and the inputs of a step. Goes out: typed inputs; the members of a request.
//! Never: a conversion, except those that documents of AWS rely on: a list of one stands for its element
//! (`InstanceId: '{{ launch.InstanceIds }}'`) and a text for a list of one; an empty text counts as not given.

use serde_json::{Map, Value, json};

use crate::resolve::as_text;
use crate::run::Stop;

/// The types of inputs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// Text that names something: no reference may be left in it.
    Id,
    /// A list of at most so many [`Self::Id`].
    Ids(usize),
    Flag,
    /// An integer within these limits.
    Whole(i64, i64),
    /// The same; its decimal digits will do, too.
    Count(i64, i64),
    Map,
    /// A list of at most so many maps.
    Maps(usize),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// The service's model knows.
    Any,
}

/// One input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    /// The member of the request that takes it as it is.
    member: Option<&'static str>,
    kind: Kind,
}

/// An input that is handed on under its own name.
pub(super) const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, member: Some(name), kind }
}

/// An input that is handed on under another name.
pub(super) const fn renamed(name: &'static str, member: &'static str, kind: Kind) -> Field {
    Field { name, member: Some(member), kind }
}

/// An input that is the action's own.
pub(super) const fn own(name: &'static str, kind: Kind) -> Field {
    Field { name, member: None, kind }
}

/// The members of the request as far as they are known: for plans and permissions.
pub(super) fn shown(fields: &[Field], inputs: &Map<String, Value>) -> Map<String, Value> {
    let members = fields.iter().filter_map(|field| {
        let value = inputs.get(field.name).filter(|value| !is_absent(value))?;
        Some((field.member?.to_owned(), value.clone()))
    });
    members.collect()
}

/// Whether the table has an input of this name.
pub(super) fn knows(fields: &[Field], name: &str) -> bool {
    fields.iter().any(|field| field.name == name)
}

/// Inputs that have their types.
#[derive(Debug)]
pub(super) struct Inputs {
    fields: &'static [Field],
    values: Map<String, Value>,
}

impl Inputs {
    /// Types the inputs; says which one is wrong.
    pub(super) fn read(fields: &'static [Field], inputs: &Map<String, Value>) -> Result<Self, Stop> {
        let mut values = Map::new();
        for field in fields {
            let Some(value) = inputs.get(field.name).filter(|value| !is_absent(value)) else { continue };
            let wrong = |expected| Stop::inputs(format!("{} must be {expected}", field.name));
            values.insert(field.name.to_owned(), accept(field.kind, value).map_err(wrong)?);
        }
        Ok(Self { fields, values })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A text that the action cannot do without.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Stop> {
        self.text(name).ok_or_else(|| Stop::inputs(format!("{name} is empty")))
    }

    /// The items of a list; none where it is not given.
    pub(super) fn items(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The members of the request.
    pub(super) fn request(&self) -> Map<String, Value> {
        let members = self.fields.iter().filter_map(|field| Some((field.member?, self.get(field.name)?)));
        members.map(|(member, value)| (member.to_owned(), value.clone())).collect()
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// The value in its type, or what was expected.
fn accept(kind: Kind, value: &Value) -> Result<Value, String> {
    match kind {
        Kind::Text => text(value).map(Value::from).ok_or_else(|| "text".into()),
        Kind::Id => id(value).map(Value::from).ok_or_else(|| "text without a reference left in it".into()),
        Kind::Ids(most) => ids(value, most).ok_or_else(|| listed("texts without a reference left in them", most)),
        Kind::Flag => value.is_boolean().then(|| value.clone()).ok_or_else(|| "true or false".into()),
        Kind::Whole(least, most) => number(value.as_i64(), least, most),
        Kind::Count(least, most) => number(value.as_i64().or_else(|| text(value)?.parse().ok()), least, most),
        Kind::Map => value.is_object().then(|| value.clone()).ok_or_else(|| "a map".into()),
        Kind::Maps(most) => list(value, most, Value::is_object).ok_or_else(|| listed("maps", most)),
        Kind::OneOf(names) => match text(value).filter(|text| names.contains(text)) {
            Some(text) => Ok(text.into()),
            None => Err(format!("one of {}", names.join(", "))),
        },
        Kind::Any => Ok(value.clone()),
    }
}

/// A value as the list of texts that the APIs of Systems Manager take for a parameter.
pub(super) fn texts(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(as_text).collect(),
        other => json!([as_text(other)]),
    }
}

pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// An unresolved reference is text, too, and must not reach AWS as a name.
fn id(value: &Value) -> Option<&str> {
    text(value).filter(|text| !text.is_empty() && !text.contains("{{"))
}

fn ids(value: &Value, most: usize) -> Option<Value> {
    let items = if value.is_string() { json!([value]) } else { value.clone() };
    list(&items, most, |item| item.is_string() && id(item).is_some())
}

fn list(value: &Value, most: usize, fits: impl Fn(&Value) -> bool) -> Option<Value> {
    let items = value.as_array()?;
    (items.len() <= most && items.iter().all(fits)).then(|| value.clone())
}

fn listed(of: &str, most: usize) -> String {
    if most == usize::MAX { format!("a list of {of}") } else { format!("a list of at most {most} {of}") }
}

fn number(number: Option<i64>, least: i64, most: i64) -> Result<Value, String> {
    let expected = || match most {
        i64::MAX => format!("a whole number of at least {least}"),
        _ => format!("a whole number from {least} to {most}"),
    };
    number.filter(|number| (least..=most).contains(number)).map(Value::from).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FIELDS: [Field; 6] = [
        renamed("Name", "name", Kind::Text),
        field("Id", Kind::Id),
        field("Ids", Kind::Ids(2)),
        field("Count", Kind::Count(1, i64::MAX)),
        field("Seconds", Kind::Whole(30, 60)),
        own("Mode", Kind::OneOf(&["a", "b"])),
    ];

    fn read(inputs: Value) -> Result<Value, String> {
        match Inputs::read(&FIELDS, inputs.as_object().unwrap()) {
            Ok(inputs) => Ok(Value::Object(inputs.request())),
            Err(Stop::Failed { message, .. }) => Err(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn inputs_become_members_under_the_services_names() {
        let inputs = json!({"Name": "{{ left }}", "Id": ["i-1"], "Ids": ["a", "b"], "Count": "3", "Mode": "a"});
        assert_eq!(read(inputs), Ok(json!({"name": "{{ left }}", "Id": "i-1", "Ids": ["a", "b"], "Count": 3})));
    }

    #[test]
    fn a_text_stands_for_a_list_of_one() {
        assert_eq!(read(json!({"Ids": "a"})), Ok(json!({"Ids": ["a"]})));
    }

    #[test]
    fn what_is_null_or_empty_is_not_given() {
        assert_eq!(read(json!({"Name": "", "Id": null, "Seconds": 30})), Ok(json!({"Seconds": 30})));
    }

    #[test]
    fn a_wrong_input_is_named_with_what_was_expected() {
        for (inputs, message) in [
            (json!({"Name": ["a", "b"]}), "Name must be text"),
            (json!({"Id": "{{ x.y }}"}), "Id must be text without a reference left in it"),
            (json!({"Ids": ["a", "b", "c"]}), "Ids must be a list of at most 2 texts without a reference left in them"),
            (json!({"Ids": ["{{ x.y }}"]}), "Ids must be a list of at most 2 texts without a reference left in them"),
            (json!({"Count": "three"}), "Count must be a whole number of at least 1"),
            (json!({"Seconds": "30"}), "Seconds must be a whole number from 30 to 60"),
            (json!({"Seconds": 61}), "Seconds must be a whole number from 30 to 60"),
            (json!({"Mode": "c"}), "Mode must be one of a, b"),
        ] {
            assert_eq!(read(inputs), Err(message.to_owned()));
        }
    }
}
