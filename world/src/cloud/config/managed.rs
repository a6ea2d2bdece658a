//! The managed rules this world evaluates, each a pure function over a resource's state.
//!
//! Comes in: a resource as the EC2 and S3 APIs describe it. Goes out: whether it is as the rule wants it.
//! Never: a call; [`super::look`] reads the state.

use serde_json::Value;

use super::{bucket, security_group};

/// One of AWS's managed rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Managed {
    /// No public read of a bucket.
    BucketPublicRead,
    /// No public write to a bucket.
    BucketPublicWrite,
    /// All four settings of the bucket's public access block are on.
    BucketLevelBlock,
    /// No security group lets the world in on port 22.
    IncomingSsh,
}

impl Managed {
    /// Every rule of this world.
    pub const ALL: [Self; 4] =
        [Self::BucketPublicRead, Self::BucketPublicWrite, Self::BucketLevelBlock, Self::IncomingSsh];

    /// The rule with this `SourceIdentifier`.
    #[must_use]
    pub fn of(identifier: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.identifier() == identifier)
    }

    /// Its `SourceIdentifier`.
    #[must_use]
    pub fn identifier(self) -> &'static str {
        match self {
            Self::BucketPublicRead => "S3_BUCKET_PUBLIC_READ_PROHIBITED",
            Self::BucketPublicWrite => "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
            Self::BucketLevelBlock => "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
            Self::IncomingSsh => "INCOMING_SSH_DISABLED",
        }
    }

    /// The type of resource it looks at.
    #[must_use]
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::BucketPublicRead | Self::BucketPublicWrite | Self::BucketLevelBlock => "AWS::S3::Bucket",
            Self::IncomingSsh => "AWS::EC2::SecurityGroup",
        }
    }

    /// Whether the resource is as the rule wants it.
    #[must_use]
    pub fn is_compliant(self, resource: &Value, parameters: &Value) -> bool {
        match self {
            Self::BucketPublicRead => !bucket::is_public(resource, bucket::Access::Read),
            Self::BucketPublicWrite => !bucket::is_public(resource, bucket::Access::Write),
            Self::BucketLevelBlock => bucket::is_excluded(resource, parameters) || bucket::blocks_everything(resource),
            Self::IncomingSsh => !security_group::lets_the_world_in(resource, 22),
        }
    }
}
