//! A request, read by the model: path, query, headers, body.
//!
//! Comes in: the request as it would go out. Goes out: the input that a service would read in it.
//! Never: a part of the query or of the body that the model does not have.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Map, Value};

use super::form::Node;
use super::scalar::{Read, bytes, format, from_text};
use super::{Subject, cbor, form, json, xml};
use crate::model::{Shape, ShapeRef, Type};
use crate::protocol::Protocol;

pub(super) fn read(subject: &Subject, request: &HttpRequest) -> Read {
    let Some(input) = &subject.model.input else { return Ok(Value::Object(Map::new())) };
    let (shape, body) = (&subject.shapes[&*input.shape], request.body().bytes().ok_or("a body that is not in memory")?);
    let shapes = &subject.shapes;
    match subject.protocol {
        Protocol::Ec2 | Protocol::Query => read_form(subject, shape, body),
        Protocol::Json10 | Protocol::Json11 => {
            json::Reader { shapes, cbor: false }.structure(shape, &parsed(body)?, |_| false)
        }
        Protocol::Cbor => json::Reader { shapes, cbor: true }.structure(shape, &cbor::parse(body)?, |_| false),
        Protocol::RestJson | Protocol::RestXml => Rest { subject, shape, request }.read(body),
    }
}

fn parsed(body: &[u8]) -> Read {
    serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))
}

/// Signature version 2 stands in the form itself.
const SIGNATURE: &[&str] = &["AWSAccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "Timestamp"];

fn read_form(subject: &Subject, shape: &Shape, body: &[u8]) -> Read {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let mut node = Node::of(pairs(text))?;
    if node.take("Action").as_ref() != Some(&subject.model.name) || node.take("Version").is_none() {
        return Err(format!("{text} does not name its action and version"));
    }
    if matches!(subject.service.as_str(), "sdb" | "importexport") {
        SIGNATURE.iter().for_each(|name| drop(node.take(name)));
    }
    let ec2 = subject.protocol == Protocol::Ec2;
    form::Reader { shapes: &subject.shapes, ec2 }.structure(shape, &node)
}

/// The pairs of a query or a form, decoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut raw = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        raw.push(u8::from_str_radix(&part[..2], 16).unwrap());
        raw.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(raw).unwrap()
}

struct Rest<'r> {
    subject: &'r Subject,
    shape: &'r Shape,
    request: &'r HttpRequest,
}

impl Rest<'_> {
    fn read(&self, body: &[u8]) -> Read {
        // Where a request goes is tested with the endpoint rules; here its path counts.
        let (_, uri) = self.request.uri().split_once("://").ok_or("no address")?;
        let uri = uri.find(['/', '?']).map_or("", |host| &uri[host..]);
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let (path_template, query_template) = self.template();
        let mut query = pairs(query);
        if self.request.headers().get("content-type") == Some("application/x-www-form-urlencoded") {
            // What was too long for a query was moved into the body.
            query.extend(pairs(std::str::from_utf8(body).map_err(|e| e.to_string())?));
        }
        let fixed = pairs(query_template);
        query.retain(|pair| !fixed.contains(pair));
        let mut input = Map::new();
        self.labels(path_template, path, &mut input)?;
        self.query(query, &mut input)?;
        self.headers(&mut input)?;
        self.body(body, &mut input)?;
        Ok(Value::Object(input))
    }

    fn template(&self) -> (&str, &str) {
        let template = self.subject.model.http.request_uri.as_str();
        template.split_once('?').unwrap_or((template, ""))
    }

    fn target(&self, reference: &ShapeRef) -> &Shape {
        &self.subject.shapes[&*reference.shape]
    }

    fn located<'s>(&'s self, location: &'s str) -> impl Iterator<Item = (&'s String, &'s ShapeRef, String)> {
        let here = self.shape.members.iter().filter(move |(_, r)| r.location.as_deref() == Some(location));
        here.map(|(member, r)| (member, r, r.location_name.clone().unwrap_or_else(|| member.clone())))
    }

    fn labels(&self, template: &str, path: &str, input: &mut Map<String, Value>) -> Result<(), String> {
        let mut rest = path.trim_end_matches('/');
        for segment in template.trim_end_matches('/').split('/').skip(1) {
            let after = rest.strip_prefix('/').ok_or_else(|| format!("{path} is too short for {template}"))?;
            let Some((before, label, behind)) = label(segment) else {
                rest = after.strip_prefix(segment).ok_or_else(|| format!("{path} is not of {template}"))?;
                continue;
            };
            let (name, greedy) = label.strip_suffix('+').map_or((label, false), |name| (name, true));
            let wanted = template.split_once(segment).map_or(0, |(_, later)| later.matches('/').count());
            let end =
                if greedy { nth_slash_from_behind(after, wanted) } else { after.find('/').unwrap_or(after.len()) };
            let text = after[..end].strip_prefix(before).and_then(|text| text.strip_suffix(behind));
            let text = text.ok_or_else(|| format!("{path} is not of {template}"))?;
            let found = self.located("uri").find(|(_, _, wire)| wire == name);
            let (member, r, _) = found.ok_or_else(|| format!("no member is the label {name}"))?;
            let target = self.target(r);
            input.insert(member.clone(), from_text(target, format(r, target, "iso8601"), &decoded(text))?);
            rest = &after[end..];
        }
        if rest.is_empty() { Ok(()) } else { Err(format!("{path} is longer than {template}")) }
    }

    fn query(&self, mut query: Vec<(String, String)>, input: &mut Map<String, Value>) -> Result<(), String> {
        let mut maps = Vec::new();
        for (member, r, wire) in self.located("querystring") {
            let target = self.target(r);
            if target.kind == Type::Map {
                maps.push((member, target));
                continue;
            }
            let (here, others) = query.into_iter().partition(|(name, _)| *name == wire);
            query = others;
            let texts: Vec<String> = Vec::<(String, String)>::into_iter(here).map(|(_, text)| text).collect();
            if !texts.is_empty() {
                input.insert(member.clone(), self.texts(r, &texts).map_err(|e| format!("{member}: {e}"))?);
            }
        }
        if let [(member, target)] = maps.as_slice() {
            self.query_map(member, target, std::mem::take(&mut query), input)?;
        }
        if query.is_empty() { Ok(()) } else { Err(format!("{query:?} in the query are not of the model")) }
    }

    fn query_map(
        &self,
        member: &str,
        target: &Shape,
        query: Vec<(String, String)>,
        input: &mut Map<String, Value>,
    ) -> Result<(), String> {
        let value = target.value.as_ref().ok_or("a map of nothing")?;
        let mut texts: Vec<(String, Vec<String>)> = Vec::new();
        for (name, text) in query {
            match texts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, list)) => list.push(text),
                None => texts.push((name, vec![text])),
            }
        }
        if !texts.is_empty() {
            let read = texts.into_iter().map(|(name, list)| Ok((name, self.texts(value, &list)?)));
            input.insert(member.to_owned(), Value::Object(read.collect::<Result<_, String>>()?));
        }
        Ok(())
    }

    /// One value, or those of a list.
    fn texts(&self, r: &ShapeRef, texts: &[String]) -> Read {
        let target = self.target(r);
        match (&target.member, texts) {
            (Some(element), _) => {
                let shape = self.target(element);
                texts.iter().map(|text| from_text(shape, format(element, shape, "iso8601"), text)).collect()
            }
            (None, [text]) => from_text(target, format(r, target, "iso8601"), text),
            _ => Err(format!("it stands there {} times", texts.len())),
        }
    }

    fn headers(&self, input: &mut Map<String, Value>) -> Result<(), String> {
        for (member, r, wire) in self.located("header") {
            let Some(text) = self.request.headers().get(&wire) else { continue };
            input.insert(member.clone(), self.header(r, text).map_err(|e| format!("{member}: {e}"))?);
        }
        for (member, r, _) in self.located("headers") {
            let prefix = r.location_name.clone().unwrap_or_default();
            let all = self.request.headers().iter();
            let read: Map<String, Value> =
                all.filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?.to_owned(), value.into()))).collect();
            if !read.is_empty() {
                input.insert(member.clone(), Value::Object(read));
            }
        }
        Ok(())
    }

    fn header(&self, r: &ShapeRef, text: &str) -> Read {
        let target = self.target(r);
        if r.jsonvalue || target.jsonvalue {
            let raw = aws_smithy_types::base64::decode(text).map_err(|error| error.to_string())?;
            return parsed(&raw);
        }
        match &target.member {
            Some(element) => {
                let shape = self.target(element);
                elements(text).iter().map(|text| from_text(shape, format(element, shape, "rfc822"), text)).collect()
            }
            None => from_text(target, format(r, target, "rfc822"), text),
        }
    }

    fn body(&self, body: &[u8], input: &mut Map<String, Value>) -> Result<(), String> {
        let Some(payload) = &self.shape.payload else {
            let read =
                if body.is_empty() { Value::Null } else { self.document(self.shape, body, |r| r.location.is_some())? };
            input.extend(read.as_object().cloned().unwrap_or_default());
            return Ok(());
        };
        let (_, r) =
            self.shape.members.iter().find(|(member, _)| member == payload).ok_or("a payload that is no member")?;
        let target = self.target(r);
        let read = match target.kind {
            _ if body.is_empty() => return Ok(()),
            Type::Blob => bytes(body),
            Type::String => String::from_utf8(body.to_vec()).map_err(|error| error.to_string())?.into(),
            _ if target.document => parsed(body)?,
            _ => self.document(target, body, |_| false)?,
        };
        input.insert(payload.clone(), read);
        Ok(())
    }

    fn document(&self, shape: &Shape, body: &[u8], skip: impl Fn(&ShapeRef) -> bool) -> Read {
        let (shapes, form) = (&self.subject.shapes, "application/x-www-form-urlencoded");
        if self.request.headers().get("content-type") == Some(form) {
            return Ok(Value::Null);
        }
        if self.subject.protocol == Protocol::RestJson {
            return json::Reader { shapes, cbor: false }.structure(shape, &parsed(body)?, skip);
        }
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        xml::Reader { shapes }.structure(shape, &xml::parse(text)?, skip)
    }
}

/// `v1-{Name}.json` as what stands before the label, the label, and what stands behind it.
fn label(segment: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = segment.split_once('{')?;
    let (label, behind) = rest.split_once('}')?;
    Some((before, label, behind))
}

/// Where the part ends that leaves so many slashes behind it.
fn nth_slash_from_behind(text: &str, count: usize) -> usize {
    if count == 0 { text.len() } else { text.rmatch_indices('/').nth(count - 1).map_or(text.len(), |(at, _)| at) }
}

/// The elements of a header's list; quoted where they have commas or quotes in them. Dates have commas of their own.
fn elements(text: &str) -> Vec<String> {
    let (mut elements, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (element, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let end = closing_quote(quoted);
            (quoted[..end].replace("\\\"", "\"").replace("\\\\", "\\"), &quoted[(end + 1).min(quoted.len())..])
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].trim().to_owned(), &rest[end..])
        };
        elements.push(element);
        rest = after.trim_start_matches([',', ' ']);
    }
    elements
}

fn closing_quote(quoted: &str) -> usize {
    let ends = quoted.match_indices('"').find(|(at, _)| !quoted[..*at].ends_with('\\'));
    ends.map_or(quoted.len(), |(at, _)| at)
}
