//! ec2: user data and console output are base64 on the wire and text for boto3's users.
//!
//! Comes in: input or output. Goes out: the same, encoded or decoded. Never: a second encoding of anything else.

use aws_smithy_types::base64;
use serde_json::{Map, Value};

use crate::value::bytes;

pub(super) fn encode_user_data(input: &mut Map<String, Value>) {
    if let Some(encoded) = input.get("UserData").and_then(bytes).map(base64::encode) {
        input.insert("UserData".to_owned(), encoded.into());
    }
}

pub(super) fn decode_console_output(output: &mut Value) {
    if let Some(Value::String(text)) = output.get_mut("Output")
        && let Ok(bytes) = base64::decode(text.as_str())
    {
        *text = String::from_utf8_lossy(&bytes).into_owned();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn user_data_is_encoded_and_console_output_decoded() {
        let Value::Object(mut input) = json!({"UserData": "echo hi"}) else { panic!() };
        encode_user_data(&mut input);
        assert_eq!(input["UserData"], "ZWNobyBoaQ==");
        let mut output = json!({"Output": "ZWNobyBoaQ=="});
        decode_console_output(&mut output);
        assert_eq!(output, json!({"Output": "echo hi"}));
    }
}
