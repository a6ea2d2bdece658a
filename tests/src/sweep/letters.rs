//! The dead-letter queue, emptied into memory: several lanes read it, and each wants its own letters.
//!
//! Comes in: the queue. Goes out: the letters that name an execution. Never: a letter lost; what nobody asked for stays.

use serde_json::{Value, json};
use tokio::sync::Mutex;
use world::cloud::moto::{Moto, MotoError};

const QUEUE: &str = "kintsugi-dead-letters";

/// The letters so far.
#[derive(Debug, Default)]
pub struct Letters(Mutex<Vec<String>>);

impl Letters {
    /// The letters in which this word stands.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub async fn of(&self, moto: &Moto, word: &str) -> Result<Vec<String>, MotoError> {
        let mut letters = self.0.lock().await;
        let url = moto.call("sqs", "GetQueueUrl", json!({ "QueueName": QUEUE })).await?["QueueUrl"].take();
        loop {
            let receive = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
            let answer = moto.call("sqs", "ReceiveMessage", receive).await?;
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let delete = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
                moto.call("sqs", "DeleteMessage", delete).await?;
                letters.push(message["Body"].as_str().map_or_else(|| Value::to_string(&message), str::to_owned));
            }
        }
        Ok(letters.iter().filter(|letter| letter.contains(word)).cloned().collect())
    }
}
