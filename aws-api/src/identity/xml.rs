//! An XML body, read by the model.
//!
//! Comes in: the body. Goes out: its elements, and the members they are.
//! Never: an element or an attribute that the model does not have.

use serde_json::{Map, Value};

use super::scalar::{Read, format, from_text, wire_name};
use crate::model::{Shape, ShapeRef, Shapes, Type};

/// An element, names with their prefixes.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    text: String,
}

/// Reads a document without comments, processing instructions or doctypes: AWS takes none.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let text = text.strip_prefix("<?").and_then(|rest| rest.split_once("?>")).map_or(text, |(_, rest)| rest);
    let (mut open, mut rest) = (vec![Element::default()], text);
    while let Some((before, after)) = rest.split_once('<') {
        let (tag, next) = after.split_once('>').ok_or("a tag without an end")?;
        rest = next;
        open.last_mut().ok_or("more ends than elements")?.text.push_str(&unescaped(before)?);
        if let Some(name) = tag.strip_prefix('/') {
            close(&mut open, name)?;
        } else {
            open.push(element(tag.trim_end_matches('/'))?);
            if tag.ends_with('/') {
                let name = open.last().map(|e| e.name.clone()).unwrap_or_default();
                close(&mut open, &name)?;
            }
        }
    }
    let mut root = open.pop().filter(|_| open.is_empty()).ok_or("an element without an end")?;
    if root.children.len() == 1 { Ok(root.children.remove(0)) } else { Err("not one root".to_owned()) }
}

fn close(open: &mut Vec<Element>, name: &str) -> Result<(), String> {
    let done = open.pop().filter(|done| done.name == name).ok_or_else(|| format!("</{name}> ends nothing"))?;
    open.last_mut().ok_or("an end without a beginning")?.children.push(done);
    Ok(())
}

fn element(tag: &str) -> Result<Element, String> {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((name, after)) = rest.trim_start().split_once("=\"") {
        let (value, next) = after.split_once('"').ok_or("an attribute without an end")?;
        attributes.push((name.to_owned(), unescaped(value)?));
        rest = next;
    }
    Ok(Element { name: name.to_owned(), attributes, ..Element::default() })
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or_else(|| format!("&{part} has no end"))?;
        plain.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(name).ok_or_else(|| format!("&{name}; is unknown"))?,
        });
        plain.push_str(rest);
    }
    Ok(plain)
}

fn numbered(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = number.strip_prefix('x').map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
    char::from_u32(code?)
}

pub(super) struct Reader<'m> {
    pub(super) shapes: &'m Shapes,
}

impl Reader<'_> {
    /// The members of a structure that stand in the body; `skip` says which do not.
    pub(super) fn structure(&self, shape: &Shape, found: &Element, skip: impl Fn(&ShapeRef) -> bool) -> Read {
        let (mut read, mut known) = (Map::new(), 0);
        for (member, reference) in shape.members.iter().filter(|(_, reference)| !skip(reference)) {
            let target = &self.shapes[&*reference.shape];
            let name = wire_name(member, reference, target);
            if reference.xml_attribute {
                if let Some((_, value)) = found.attributes.iter().find(|(attribute, _)| attribute == name) {
                    read.insert(member.clone(), from_text(target, "iso8601", value)?);
                }
                continue;
            }
            let all: Vec<&Element> = found.children.iter().filter(|child| child.name == name).collect();
            known += all.len();
            if !all.is_empty() {
                let value = self.member(reference, target, &all).map_err(|e| format!("{member}: {e}"))?;
                read.insert(member.clone(), value);
            }
        }
        if known == found.children.len() {
            Ok(Value::Object(read))
        } else {
            Err(format!("{found:?} has more than the model"))
        }
    }

    fn member(&self, reference: &ShapeRef, target: &Shape, all: &[&Element]) -> Read {
        let flattened = reference.flattened || target.flattened;
        match (target.kind, all) {
            (Type::List, _) if flattened => self.list(target, all),
            (Type::Map, _) if flattened => self.map(target, all),
            (_, [one]) => self.value(reference, one),
            _ => Err(format!("it stands there {} times", all.len())),
        }
    }

    fn value(&self, reference: &ShapeRef, found: &Element) -> Read {
        let shape = &self.shapes[&*reference.shape];
        match shape.kind {
            Type::Structure => self.structure(shape, found, |_| false),
            Type::List => {
                let element = shape.member.as_ref().ok_or("a list of nothing")?;
                named(found, element.location_name.as_deref().unwrap_or("member"))?;
                self.list(shape, &found.children.iter().collect::<Vec<_>>())
            }
            Type::Map => {
                named(found, "entry")?;
                self.map(shape, &found.children.iter().collect::<Vec<_>>())
            }
            _ if found.children.is_empty() => from_text(shape, format(reference, shape, "iso8601"), &found.text),
            _ => Err(format!("{found:?} is no {:?}", shape.kind)),
        }
    }

    fn list(&self, shape: &Shape, items: &[&Element]) -> Read {
        let element = shape.member.as_ref().ok_or("a list of nothing")?;
        items.iter().map(|item| self.value(element, item)).collect()
    }

    fn map(&self, shape: &Shape, entries: &[&Element]) -> Read {
        let (key, value) = shape.key.as_ref().zip(shape.value.as_ref()).ok_or("a map of nothing")?;
        let of = |reference: &ShapeRef, default: &str| reference.location_name.clone().unwrap_or(default.to_owned());
        let (key_name, value_name) = (of(key, "key"), of(value, "value"));
        let mut read = Map::new();
        for entry in entries {
            let [k, v] = entry.children.as_slice() else { return Err(format!("{entry:?} is no entry")) };
            if (&k.name, &v.name) != (&key_name, &value_name) {
                return Err(format!("{entry:?} is no entry of {key_name} and {value_name}"));
            }
            read.insert(k.text.clone(), self.value(value, v)?);
        }
        Ok(Value::Object(read))
    }
}

fn named(found: &Element, name: &str) -> Result<(), String> {
    match found.children.iter().find(|child| child.name != name) {
        Some(other) => Err(format!("{} where {name} should be", other.name)),
        None => Ok(()),
    }
}
