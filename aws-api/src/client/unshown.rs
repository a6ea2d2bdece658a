//! Keeps what is sent and what comes back out of the SDK's own trace logs, which write both in their debug form.
//!
//! Comes in: a signed request; an output.
//! Goes out: the same, with a debug form that says nothing.
//! Never: another byte on the wire.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// An output that is not shown.
pub(super) struct Unshown(pub(super) Value);

impl fmt::Debug for Unshown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an output, not shown")
    }
}

/// Puts the body, once it is signed, where its debug form does not reach.
#[derive(Debug)]
pub(super) struct UnshownBody;

#[dyn_dispatch_hint]
impl Intercept for UnshownBody {
    fn name(&self) -> &'static str {
        "UnshownBody"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.request_mut().body_mut();
        *body = SdkBody::from_body_1_x(std::mem::replace(body, SdkBody::taken()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_output_and_a_body_say_nothing_of_what_is_in_them() {
        let output = Unshown(json!({"SecretString": "hunter2"}));
        let body = SdkBody::from_body_1_x(SdkBody::from("hunter2"));
        let said = format!("{output:?} {body:?}");
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(body.content_length(), Some(7));
    }
}
