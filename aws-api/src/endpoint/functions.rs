//! The functions endpoint rules may call.
//!
//! Comes in: evaluated arguments.
//! Goes out: a value; null where the function has no answer, which the rules take as "no".
//! Never: a failure.

use serde_json::Value;

use super::{Partitions, arn, url};

/// A function by its name in the rules.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function {
    BooleanEquals,
    Coalesce,
    GetAttr,
    IfThenElse,
    IsSet,
    IsValidHostLabel,
    IsVirtualHostableS3Bucket,
    Not,
    ParseArn,
    ParseUrl,
    Partition,
    Split,
    StringEquals,
    Substring,
    UriEncode,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "booleanEquals" => Self::BooleanEquals,
            "coalesce" => Self::Coalesce,
            "getAttr" => Self::GetAttr,
            "ite" => Self::IfThenElse,
            "isSet" => Self::IsSet,
            "isValidHostLabel" => Self::IsValidHostLabel,
            "aws.isVirtualHostableS3Bucket" => Self::IsVirtualHostableS3Bucket,
            "not" => Self::Not,
            "aws.parseArn" => Self::ParseArn,
            "parseURL" => Self::ParseUrl,
            "aws.partition" => Self::Partition,
            "split" => Self::Split,
            "stringEquals" => Self::StringEquals,
            "substring" => Self::Substring,
            "uriEncode" => Self::UriEncode,
            _ => return None,
        })
    }

    pub(super) fn apply(self, arguments: &[Value], partitions: &Partitions) -> Value {
        let null = Value::Null;
        let argument = |i: usize| arguments.get(i).unwrap_or(&null);
        let text = |i: usize| argument(i).as_str();
        let is_true = |i: usize| *argument(i) == true;
        match self {
            Self::IsSet => (!argument(0).is_null()).into(),
            Self::Not => (argument(0).is_null() || *argument(0) == false).into(),
            Self::StringEquals | Self::BooleanEquals => (argument(0) == argument(1)).into(),
            Self::GetAttr => text(1).and_then(|path| attribute(argument(0), path)).cloned().unwrap_or_default(),
            Self::Substring => optional(substring(text(0), argument(1), argument(2), is_true(3))),
            Self::Split => split(text(0), text(1), argument(2)),
            Self::UriEncode => optional(text(0).map(url::encode)),
            Self::ParseUrl => optional(text(0).and_then(url::parse)),
            Self::ParseArn => optional(text(0).and_then(arn::parse)),
            Self::Partition => text(0).map(|region| partitions.of(region)).unwrap_or_default(),
            Self::IsValidHostLabel => text(0).is_some_and(|t| url::is_host_label(t, is_true(1))).into(),
            Self::IsVirtualHostableS3Bucket => text(0).is_some_and(|t| url::is_hostable_bucket(t, is_true(1))).into(),
            Self::Coalesce => arguments.iter().find(|a| !a.is_null()).cloned().unwrap_or_default(),
            Self::IfThenElse => argument(if is_true(0) { 1 } else { 2 }).clone(),
        }
    }
}

fn optional(value: Option<impl Into<Value>>) -> Value {
    value.map(Into::into).unwrap_or_default()
}

/// `resourceId[0]`, `authority`, `[1]`.
pub(super) fn attribute<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, part| {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, Some(index.trim_end_matches(']').parse::<usize>().ok()?)),
            None => (part, None),
        };
        let value = if name.is_empty() { value } else { value.get(name)? };
        index.map_or(Some(value), |index| value.get(index))
    })
}

fn substring(text: Option<&str>, start: &Value, stop: &Value, reverse: bool) -> Option<String> {
    let text = text.filter(|t| t.is_ascii())?;
    let (start, stop) = (usize::try_from(start.as_u64()?).ok()?, usize::try_from(stop.as_u64()?).ok()?);
    if start >= stop || text.len() < stop {
        return None;
    }
    let range = if reverse { text.len() - stop..text.len() - start } else { start..stop };
    text.get(range).map(str::to_owned)
}

/// A limit of 0 means no limit.
fn split(text: Option<&str>, delimiter: Option<&str>, limit: &Value) -> Value {
    let (Some(text), Some(delimiter)) = (text, delimiter) else { return Value::Null };
    let parts: Vec<&str> = match limit.as_u64().and_then(|n| usize::try_from(n).ok()) {
        Some(0) => text.split(delimiter).collect(),
        Some(limit) => text.splitn(limit, delimiter).collect(),
        None => return Value::Null,
    };
    parts.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_reaches_members_and_elements() {
        let value = json!({"resourceId": ["a", "b"], "url": {"authority": "x"}});
        assert_eq!(attribute(&value, "resourceId[1]"), Some(&json!("b")));
        assert_eq!(attribute(&value, "url.authority"), Some(&json!("x")));
        assert_eq!(attribute(&value, "resourceId[2]"), None);
        assert_eq!(attribute(&json!(["a"]), "[0]"), Some(&json!("a")));
    }

    #[test]
    fn a_substring_may_count_from_the_end_and_is_absent_when_too_long() {
        assert_eq!(substring(Some("bucket--x-s3"), &json!(0), &json!(6), true).as_deref(), Some("--x-s3"));
        assert_eq!(substring(Some("bucket"), &json!(0), &json!(3), false).as_deref(), Some("buc"));
        assert_eq!(substring(Some("ab"), &json!(0), &json!(3), false), None);
        assert_eq!(substring(Some("ünï"), &json!(0), &json!(1), false), None);
    }
}
