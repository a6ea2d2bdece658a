//! The form of a query or ec2 request, read by the model.
//!
//! Comes in: the pairs of the form. Goes out: the members they are.
//! Never: a pair that the model does not have.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::scalar::{Read, format, from_text, wire_name};
use crate::model::{Shape, ShapeRef, Shapes, Type};

/// `A.B.1=x` by its names.
#[derive(Debug, Default)]
pub(super) struct Node {
    value: Option<String>,
    below: BTreeMap<String, Self>,
}

impl Node {
    pub(super) fn of(pairs: Vec<(String, String)>) -> Result<Self, String> {
        let mut root = Self::default();
        for (path, value) in pairs {
            let node = path.split('.').fold(&mut root, |node, name| node.below.entry(name.to_owned()).or_default());
            if node.value.replace(value).is_some() {
                return Err(format!("{path} stands there twice"));
            }
        }
        Ok(root)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.below.remove(name)?.value
    }

    /// What stands under a name that may itself have dots in it, and which of the names below this node it used.
    fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, name| node.below.get(name))
    }

    /// The nodes under 1, 2, 3 …
    fn numbered(&self) -> Result<Vec<&Self>, String> {
        (1..=self.below.len())
            .map(|n| self.below.get(&n.to_string()).ok_or_else(|| format!("there is no {n} in {self:?}")))
            .collect()
    }
}

pub(super) struct Reader<'m> {
    pub(super) shapes: &'m Shapes,
    pub(super) ec2: bool,
}

impl Reader<'_> {
    pub(super) fn structure(&self, shape: &Shape, found: &Node) -> Read {
        let (mut read, mut known) = (Map::new(), Vec::new());
        for (member, reference) in shape.members.iter() {
            let target = &self.shapes[&*reference.shape];
            let name = self.name(member, reference, target);
            if let Some(node) = found.at(&name) {
                known.push(name.split('.').next().unwrap_or_default().to_owned());
                read.insert(
                    member.clone(),
                    self.member(reference, target, node).map_err(|e| format!("{member}: {e}"))?,
                );
            }
        }
        match found.below.keys().find(|name| !known.contains(name)) {
            Some(more) => Err(format!("{more} is not of the model")),
            None => Ok(Value::Object(read)),
        }
    }

    fn name(&self, member: &str, reference: &ShapeRef, target: &Shape) -> String {
        if self.ec2 {
            let capital = |name: &String| name[..1].to_uppercase() + &name[1..];
            let located = reference.location_name.as_ref().map(capital);
            return reference.query_name.clone().or(located).unwrap_or_else(|| member.to_owned());
        }
        let element = target.member.as_ref().and_then(|element| element.location_name.as_deref());
        let flattened = reference.flattened || target.flattened;
        element.filter(|_| flattened).unwrap_or_else(|| wire_name(member, reference, target)).to_owned()
    }

    fn member(&self, reference: &ShapeRef, target: &Shape, node: &Node) -> Read {
        let flattened = self.ec2 || reference.flattened || target.flattened;
        match target.kind {
            Type::List => self.list(target, node, flattened),
            Type::Map => self.map(target, node, flattened),
            _ => self.value(reference, node),
        }
    }

    fn value(&self, reference: &ShapeRef, node: &Node) -> Read {
        let shape = &self.shapes[&*reference.shape];
        match (shape.kind, &node.value) {
            (Type::Structure, None) => self.structure(shape, node),
            (Type::List, _) => self.list(shape, node, self.ec2 || shape.flattened),
            (Type::Map, _) => self.map(shape, node, self.ec2 || shape.flattened),
            (_, Some(text)) if node.below.is_empty() => from_text(shape, format(reference, shape, "iso8601"), text),
            _ => Err(format!("{node:?} is no {:?}", shape.kind)),
        }
    }

    fn list(&self, shape: &Shape, node: &Node, flattened: bool) -> Read {
        let element = shape.member.as_ref().ok_or("a list of nothing")?;
        let name = element.location_name.as_deref().unwrap_or("member");
        let items = self.under(node, flattened, name)?;
        items.numbered()?.into_iter().map(|item| self.value(element, item)).collect()
    }

    fn map(&self, shape: &Shape, node: &Node, flattened: bool) -> Read {
        let (key, value) = shape.key.as_ref().zip(shape.value.as_ref()).ok_or("a map of nothing")?;
        let of = |reference: &ShapeRef, default: &str| reference.location_name.clone().unwrap_or(default.to_owned());
        let mut read = Map::new();
        for entry in self.under(node, flattened, "entry")?.numbered()? {
            let (k, v) = (entry.below.get(&of(key, "key")), entry.below.get(&of(value, "value")));
            let (Some(k), Some(v), 2) = (k, v, entry.below.len()) else { return Err(format!("{entry:?} is no entry")) };
            read.insert(k.value.clone().ok_or("a key without a text")?, self.value(value, v)?);
        }
        Ok(Value::Object(read))
    }

    fn under<'n>(&self, node: &'n Node, flattened: bool, name: &str) -> Result<&'n Node, String> {
        let only = (flattened || node.below.len() == 1).then_some(node);
        let found = only.and_then(|node| if flattened { Some(node) } else { node.below.get(name) });
        found.ok_or_else(|| format!("{node:?} is no list under {name}"))
    }
}
