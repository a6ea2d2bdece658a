//! The XML of a query or ec2 answer as JSON, guided by the compiled shapes, in one pass.
//!
//! The SDK's XML codec reads the text once for each level of nesting; an answer of EC2 has eight.
//!
//! Comes in: the body. Goes out: JSON as [`super::read()`] makes it.
//! Never: a member the model does not have; attributes, which no query or ec2 model has.

use aws_smithy_schema::serde::SerdeError;
use aws_smithy_schema::traits::TimestampFormat;
use aws_smithy_schema::{Schema, ShapeType};
use aws_smithy_types::date_time::Format;
use aws_smithy_types::{DateTime, base64};
use serde_json::{Map, Value};

use super::elements::{Elements, broken};
use super::read::float;
use super::time;
use crate::schema::{CompiledOperation, Kind, Member, Shape};

/// Deeper is nothing that AWS sends, and would use up the stack.
const DEEPEST: u32 = 128;

/// Reads the structure with this index: from the element of this name at the top or right below it, else from the top.
pub(crate) fn read_xml(
    operation: &CompiledOperation,
    shape: usize,
    body: &[u8],
    wrapper: Option<&str>,
) -> Result<Value, SerdeError> {
    let shape = &operation.shapes[shape];
    let mut reader = Reader { operation, elements: Elements::of(body)?, depth: 0 };
    if !reader.enter(wrapper)? {
        // There is no such element: what should be in it stands at the top.
        reader.elements = Elements::of(body)?;
        reader.elements.next()?;
    }
    let value = reader.value(shape.schema, shape)?;
    reader.elements.finish()?;
    Ok(value)
}

/// Whether a text is XML to its end, for codecs that take half an answer for a whole one. No text at all is fine.
pub(crate) fn check_xml(body: &[u8]) -> Result<(), SerdeError> {
    if body.trim_ascii().is_empty() { Ok(()) } else { Elements::of(body)?.finish() }
}

struct Reader<'a, 'x> {
    operation: &'a CompiledOperation,
    elements: Elements<'x>,
    depth: u32,
}

impl Reader<'_, '_> {
    fn enter(&mut self, wrapper: Option<&str>) -> Result<bool, SerdeError> {
        let top = self.elements.next()?;
        if wrapper.is_none() || top == wrapper {
            return Ok(true);
        }
        while let Some(name) = self.elements.next()? {
            if Some(name) == wrapper {
                return Ok(true);
            }
            self.elements.skip()?;
        }
        Ok(false)
    }

    fn value(&mut self, schema: &Schema<'_>, shape: &Shape) -> Result<Value, SerdeError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(broken("it is nested too deeply"));
        }
        let value = match &shape.kind {
            Kind::Structure { members, .. } => self.structure(members)?,
            Kind::List { element, element_schema } => {
                let (element, mut items) = (&self.operation.shapes[*element], Vec::new());
                while self.elements.next()?.is_some() {
                    items.push(self.value(element_schema, element)?);
                }
                Value::Array(items)
            }
            Kind::Map { value, value_schema, .. } => {
                let mut entries = Map::new();
                while self.elements.next()?.is_some() {
                    self.entry(schema, value_schema, &self.operation.shapes[*value], &mut entries)?;
                }
                Value::Object(entries)
            }
            Kind::Simple(kind) => simple(*kind, schema, &self.elements.text()?)?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn structure(&mut self, members: &[Member]) -> Result<Value, SerdeError> {
        let mut object = Map::new();
        while let Some(name) = self.elements.next()? {
            match members.iter().find(|member| wire_name(member.schema) == Some(name)) {
                Some(member) => self.member(member, &mut object)?,
                None => self.elements.skip()?,
            }
        }
        Ok(Value::Object(object))
    }

    /// A flattened list or map stands there once for each of its elements.
    fn member(&mut self, member: &Member, object: &mut Map<String, Value>) -> Result<(), SerdeError> {
        let (operation, target) = (self.operation, &self.operation.shapes[member.target]);
        match &target.kind {
            Kind::List { element, element_schema } if member.schema.xml_flattened() => {
                let item = self.value(element_schema, &operation.shapes[*element])?;
                if let Value::Array(items) = object.entry(member.name).or_insert_with(|| Value::Array(Vec::new())) {
                    items.push(item);
                }
            }
            Kind::Map { value, value_schema, .. } if member.schema.xml_flattened() => {
                let map = object.entry(member.name).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(entries) = map {
                    self.entry(member.schema, value_schema, &operation.shapes[*value], entries)?;
                }
            }
            _ => {
                let value = self.value(member.schema, target)?;
                object.insert(member.name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// `<entry><key>…</key><value>…</value></entry>`, whatever the names; without both it is no entry.
    fn entry(
        &mut self,
        schema: &Schema<'_>,
        value_schema: &Schema<'_>,
        shape: &Shape,
        entries: &mut Map<String, Value>,
    ) -> Result<(), SerdeError> {
        let name_of = |part: Option<&Schema<'_>>| part.and_then(|s| s.xml_name()).map(|name| name.value().to_owned());
        let key_name = name_of(schema.key());
        let value_name = name_of(schema.member());
        let (mut key, mut value) = (None, None);
        while let Some(name) = self.elements.next()? {
            if name == key_name.as_deref().unwrap_or("key") {
                key = Some(self.elements.text()?.into_owned());
            } else if name == value_name.as_deref().unwrap_or("value") {
                value = Some(self.value(value_schema, shape)?);
            } else {
                self.elements.skip()?;
            }
        }
        entries.extend(key.zip(value));
        Ok(())
    }
}

fn wire_name<'s>(schema: &'s Schema<'_>) -> Option<&'s str> {
    schema.xml_name().map(|name| name.value()).or_else(|| schema.member_name())
}

fn simple(kind: ShapeType, schema: &Schema<'_>, text: &str) -> Result<Value, SerdeError> {
    let wrong = || broken(&format!("a text is no {kind:?}"));
    Ok(match kind {
        ShapeType::String => text.into(),
        ShapeType::Boolean => text.parse::<bool>().map_err(|_| wrong())?.into(),
        ShapeType::Byte => text.parse::<i8>().map_err(|_| wrong())?.into(),
        ShapeType::Short => text.parse::<i16>().map_err(|_| wrong())?.into(),
        ShapeType::Integer => text.parse::<i32>().map_err(|_| wrong())?.into(),
        ShapeType::Long => text.parse::<i64>().map_err(|_| wrong())?.into(),
        ShapeType::Float | ShapeType::Double => float(text.parse::<f64>().map_err(|_| wrong())?),
        ShapeType::Blob => base64::encode(base64::decode(text).map_err(|_| wrong())?).into(),
        ShapeType::Timestamp => time::to_text(&DateTime::from_str(text, time_format(schema)).map_err(|_| wrong())?),
        _ => return Err(wrong()),
    })
}

fn time_format(schema: &Schema<'_>) -> Format {
    match schema.timestamp_format().map(|format| format.format()) {
        Some(TimestampFormat::EpochSeconds) => Format::EpochSeconds,
        Some(TimestampFormat::HttpDate) => Format::HttpDate,
        _ => Format::DateTimeWithOffset,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::models;

    fn read(service: &str, api: &str, xml: &str) -> Option<Result<Value, SerdeError>> {
        let operation = models()?.operation(service, api).unwrap();
        let schema = &operation.schema;
        Some(read_xml(schema, schema.output.unwrap(), xml.as_bytes(), schema.result_wrapper.as_deref()))
    }

    #[test]
    fn an_answer_of_ec2_is_read_and_what_the_model_does_not_know_is_left_out() {
        let xml = "<R><requestId>1</requestId><volumeSet><item><size>8</size><new><size>9</size></new><encrypted>true\
            </encrypted><createTime>2026-11-22T17:44:05.000Z</createTime><tagSet/></item></volumeSet></R>";
        let Some(output) = read("ec2", "DescribeVolumes", xml) else { return };
        let volume = json!({"Size": 8, "Encrypted": true, "CreateTime": "2026-11-22T17:44:05Z", "Tags": []});
        assert_eq!(output.unwrap(), json!({"Volumes": [volume]}));
    }

    #[test]
    fn flattened_lists_and_maps_are_put_together() {
        let xml = "<R><M><a/></M><ListMetricsResult/></R>";
        let Some(output) = read("sdb", "GetAttributes", xml) else { return };
        assert_eq!(output.unwrap(), json!({}));
        let xml = "<R><GetAttributesResult><Attribute><Name>a</Name><Value>1</Value></Attribute><Other/>\
            <Attribute><Name>b</Name><Value>2</Value></Attribute></GetAttributesResult></R>";
        let attributes = json!([{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}]);
        assert_eq!(read("sdb", "GetAttributes", xml).unwrap().unwrap(), json!({"Attributes": attributes}));
    }

    #[test]
    fn the_entries_of_a_map_have_a_key_and_a_value() {
        let entry = "<entry><key>Users</key><value>3</value></entry><entry><value>4</value></entry>";
        let xml = format!("<R><GetAccountSummaryResult><SummaryMap>{entry}</SummaryMap></GetAccountSummaryResult></R>");
        let Some(output) = read("iam", "GetAccountSummary", &xml) else { return };
        assert_eq!(output.unwrap(), json!({"SummaryMap": {"Users": 3}}));
    }

    #[test]
    fn half_an_answer_and_a_text_of_another_type_are_errors() {
        let Some(cut) = read("ec2", "DescribeVolumes", "<R><volumeSet><item><size>8</size></item>") else { return };
        assert!(cut.unwrap_err().to_string().contains("ends too early"));
        let xml = "<R><volumeSet><item><size>secret</size></item></volumeSet></R>";
        let wrong = read("ec2", "DescribeVolumes", xml).unwrap().unwrap_err().to_string();
        assert!(wrong.contains("a text is no Integer") && !wrong.contains("secret"), "{wrong}");
        let deep = "<a>".repeat(200) + &"</a>".repeat(200);
        assert_eq!(read("ec2", "DescribeVolumes", &deep).unwrap().unwrap(), json!({}));
    }
}
