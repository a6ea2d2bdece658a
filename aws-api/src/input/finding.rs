//! What is wrong with an input, and where.
//!
//! Comes in: a place and a problem. Goes out: one line for people. Never: the value found there.

use std::fmt;

use serde_json::Value;

use crate::names::DidYouMean;

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, from the input's root: `Filters[0].Values`; empty for the input itself.
    pub path: String,
    /// What.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The model has no such member.
    UnknownMember {
        /// Names the model has that are near.
        near: Vec<String>,
    },
    /// A required member is not there.
    Missing,
    /// The value is of another type than the model says. Nothing is coerced.
    WrongType {
        /// What the model says.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A number outside the range of its type, or below the model's smallest.
    OutOfRange {
        /// What is allowed.
        allowed: String,
    },
    /// Fewer characters or elements than the model allows.
    TooShort {
        /// The fewest allowed.
        min: u64,
        /// How many there are.
        found: u64,
    },
    /// A union takes exactly one of its members.
    NotExactlyOne {
        /// How many are there.
        found: usize,
    },
    /// Neither a bucket's name nor the ARN of an access point.
    NotABucket,
    /// An ARN, but of something else.
    OtherArn {
        /// What it must name.
        expected: &'static str,
    },
    /// Another account than the one of an ARN beside it.
    OtherAccount,
    /// Text that travels in a header and has other characters than ASCII.
    NotAscii,
    /// A text that is no point in time.
    NotATimestamp,
}

impl Finding {
    pub(super) fn not_an_object(found: &Value) -> Self {
        let problem = Problem::WrongType { expected: "an object", found: type_name(found) };
        Self { path: String::new(), problem }
    }
}

/// A value's JSON type, with its article.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_f64() => "a fractional number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the input" } else { &self.path };
        write!(f, "{path} {}", self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMember { near } => write!(f, "is not a member{}", DidYouMean(near)),
            Self::Missing => f.write_str("is required"),
            Self::WrongType { expected, found } => write!(f, "must be {expected}, not {found}"),
            Self::OutOfRange { allowed } => write!(f, "must be {allowed}"),
            Self::TooShort { min, found } => write!(f, "must have a length of at least {min}, not {found}"),
            Self::NotExactlyOne { found } => write!(f, "must have exactly one member, not {found}"),
            Self::NotABucket => f.write_str("is neither the name of a bucket nor the ARN of an access point"),
            Self::OtherArn { expected } => write!(f, "is an ARN, but not of {expected}"),
            Self::OtherAccount => f.write_str("is another account than the one of the ARN"),
            Self::NotAscii => f.write_str("must be ASCII, key and value"),
            Self::NotATimestamp => f.write_str("is not a timestamp (ISO 8601, or seconds since 1970)"),
        }
    }
}
