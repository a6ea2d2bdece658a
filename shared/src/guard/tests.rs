//! What the guards' tests begin with.

use super::{Claim, Limits};
use crate::incident::{Delivery, Incident, Resource};
use crate::settings::Mode;

pub(super) fn claim(since: Option<&str>) -> Claim {
    Claim {
        owner: "me".into(),
        function: "f".into(),
        fingerprint: "abc".into(),
        resource: Resource { kind: "AWS::EC2::Instance".into(), id: "i-1".into() },
        since: since.map(|text| text.parse().unwrap()),
        event: None,
        mode: Mode::Enforce,
        binding: "b".into(),
        limits: Limits::default(),
        waits: std::time::Duration::ZERO,
    }
}

pub(super) fn incident() -> Incident {
    Incident {
        fingerprint: "abc".into(),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        noticed_by: "rule".into(),
        resource: None,
        summary: String::new(),
        since: None,
        event: None,
        binding: None,
        given: Default::default(),
        delivery: Delivery::EventBridge,
    }
}
