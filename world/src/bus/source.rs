//! SQS as a source of events: what Lambda's pollers do.
//!
//! Comes in: a queue in moto. Goes out: invocations with its messages, which are deleted when the function took them.
//! Never: a message deleted that no function took; it comes back after the queue's visibility timeout.

use std::time::Duration;

use serde_json::{Value, json};

use super::deliver::Bus;
use crate::cloud::moto::MotoError;
use crate::gateway::{ACCOUNT, REGION};

/// Between looks at an empty queue.
const PAUSE: Duration = Duration::from_millis(300);

impl Bus {
    /// Polls one of the template's queues for as long as the world lives.
    pub async fn poll(self, source: usize) {
        loop {
            let took = self.poll_once(source).await;
            if !matches!(took, Ok(true)) {
                tokio::time::sleep(PAUSE).await;
            }
            if let Err(error) = took {
                tracing::warn!(error = &error as &dyn std::error::Error, "a queue could not be read");
            }
        }
    }

    /// Whether there was something.
    async fn poll_once(&self, source: usize) -> Result<bool, MotoError> {
        let source = &self.routes().sources[source];
        let url = self.queue_url(&source.queue).await?;
        let receive = json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": source.batch.clamp(1, 10),
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
            "WaitTimeSeconds": 0,
        });
        let received = self.moto().call("sqs", "ReceiveMessage", receive).await?;
        let Some(messages) = received["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
            return Ok(false);
        };
        let records: Vec<Value> = messages.iter().map(|message| record(message, &source.queue)).collect();
        if let Some(answer) = self.take(source.function, &source.queue, json!({ "Records": records })).await {
            let back = failures(&answer);
            for message in
                messages.iter().filter(|message| !back.contains(&message["MessageId"].as_str().unwrap_or_default()))
            {
                let delete = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
                self.moto().call("sqs", "DeleteMessage", delete).await?;
            }
        }
        Ok(true)
    }
}

/// The messages that the function gives back (`ReportBatchItemFailures`).
fn failures(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    failures.filter_map(|failure| failure["itemIdentifier"].as_str()).collect()
}

/// A message as Lambda gives it to a function.
fn record(message: &Value, queue: &str) -> Value {
    json!({
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes(&message["MessageAttributes"]),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"),
        "awsRegion": REGION,
    })
}

fn attributes(attributes: &Value) -> Value {
    let pairs = attributes.as_object().into_iter().flatten();
    let spelled = pairs.map(|(name, value)| {
        let value = json!({
            "stringValue": value["StringValue"],
            "dataType": value["DataType"],
            "stringListValues": [],
            "binaryListValues": [],
        });
        (name.clone(), value)
    });
    Value::Object(spelled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_as_lambda_tells_it() {
        let message = json!({
            "MessageId": "m", "ReceiptHandle": "r", "Body": "b", "MD5OfBody": "5", "Attributes": {"SentTimestamp": "1"},
            "MessageAttributes": {"ErrorMessage": {"StringValue": "no", "DataType": "String"}},
        });
        let record = record(&message, "q");
        assert_eq!(record["eventSourceARN"], "arn:aws:sqs:eu-west-1:123456789012:q");
        assert_eq!(
            (&record["body"], &record["messageAttributes"]["ErrorMessage"]["stringValue"]),
            (&json!("b"), &json!("no"))
        );
    }
}
