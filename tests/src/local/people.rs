//! Approvers, as far as a test plays them: each reads only the messages that are for them, and decides by their link.
//!
//! Comes in: names, words. Goes out: links as they were sent, decisions as they were taken.
//! Never: a link that was not delivered; a topic without the filter that an approver's subscription has.

use std::error::Error;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use serde_json::{Value, json};
use shared::approval::{Claims, Decided, NotDecided, Word, store};
use shared::aws::Services;
use shared::settings::Settings;

use super::stage::Stage;
use crate::checkout;

pub(super) const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:kintsugi-approvals";
pub(super) const SECRET: &str = "kintsugi-ApprovalKey";
const RULES: &str = "/kintsugi/approvers";
/// Of an approver who waits for a message: it is sent within milliseconds of the question.
const WITHIN: Duration = Duration::from_secs(60);

/// The approvers of a stage, and the services they decide with.
pub struct People<'a> {
    stage: &'a Stage<'a>,
    services: Services,
}

/// One approver's messages.
pub struct Mailbox {
    queue: String,
    name: String,
}

#[derive(Debug)]
struct Lambda(String);

impl LoadServiceConfig for Lambda {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.service_id() == "Lambda").then(|| self.0.clone())
    }
}

impl<'a> People<'a> {
    /// Whoever may approve by these rules.
    ///
    /// # Errors
    /// The rules cannot be stored.
    pub async fn with(stage: &'a Stage<'a>, rules: &str) -> Result<Self, Box<dyn Error>> {
        let input = json!({"Name": RULES, "Value": rules, "Type": "String", "Overwrite": true});
        stage.operator.call("ssm", "PutParameter", input).await?;
        let services = services(stage, stage.stack.runner().url()).await?;
        Ok(Self { stage, services })
    }

    /// The services they decide with.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The same in another process, which has read nothing yet.
    ///
    /// # Errors
    /// There are no models.
    pub async fn elsewhere(&self) -> Result<Self, Box<dyn Error>> {
        Ok(Self { stage: self.stage, services: services(self.stage, self.stage.stack.runner().url()).await? })
    }

    /// The same where the durable service cannot be reached.
    ///
    /// # Errors
    /// There are no models.
    pub async fn cut_off(&self) -> Result<Self, Box<dyn Error>> {
        Ok(Self { stage: self.stage, services: services(self.stage, "http://127.0.0.1:9").await? })
    }

    /// An approver's mailbox: a subscription of the topic with the approver's filter.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn mailbox(&self, name: &str) -> Result<Mailbox, Box<dyn Error>> {
        let operator = &self.stage.operator;
        let queue_name = json!({"QueueName": self.stage.name(&format!("mail-of-{name}"))});
        let queue = operator.text("sqs", "CreateQueue", queue_name, "/QueueUrl").await?;
        let attribute = json!({"QueueUrl": queue, "AttributeNames": ["QueueArn"]});
        let arn = operator.text("sqs", "GetQueueAttributes", attribute, "/Attributes/QueueArn").await?;
        let filter = json!({"approver": [name]}).to_string();
        let attributes = json!({"FilterPolicy": filter, "RawMessageDelivery": "true"});
        let subscribe = json!({"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": arn, "Attributes": attributes});
        operator.call("sns", "Subscribe", subscribe).await?;
        Ok(Mailbox { queue, name: name.to_owned() })
    }

    /// The next message for this approver, once it has come.
    ///
    /// # Errors
    /// None came.
    pub async fn message(&self, mailbox: &Mailbox) -> Result<String, Box<dyn Error>> {
        let waiting = async {
            loop {
                if let Some(message) = self.receive(mailbox).await? {
                    return Ok(message);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let message = tokio::time::timeout(WITHIN, waiting).await;
        message.map_err(|_| format!("{} got no message", mailbox.name))?
    }

    /// A message for this approver, if there is one.
    ///
    /// # Errors
    /// The mailbox cannot be read.
    pub async fn receive(&self, mailbox: &Mailbox) -> Result<Option<String>, Box<dyn Error>> {
        let receive = json!({"QueueUrl": mailbox.queue, "MaxNumberOfMessages": 1});
        let answer = self.stage.operator.call("sqs", "ReceiveMessage", receive).await?;
        let message = &answer["Messages"][0];
        let Value::String(body) = &message["Body"] else { return Ok(None) };
        let delete = json!({"QueueUrl": mailbox.queue, "ReceiptHandle": message["ReceiptHandle"]});
        self.stage.operator.call("sqs", "DeleteMessage", delete).await?;
        Ok(Some(body.clone()))
    }

    /// The token of the link in the next message for this approver.
    ///
    /// # Errors
    /// None came, or it has not exactly one link.
    pub async fn link(&self, mailbox: &Mailbox) -> Result<String, Box<dyn Error>> {
        Ok(link_in(&self.message(mailbox).await?)?.to_owned())
    }

    /// What a link says, if it is one.
    ///
    /// # Errors
    /// It is none.
    pub async fn claims(&self, token: &str) -> Result<Claims, Box<dyn Error>> {
        Ok(self.services.keyring.verify(&self.services, token, jiff_now()).await?)
    }

    /// Decides by a link.
    ///
    /// # Errors
    /// The link is none.
    pub async fn decide(
        &self,
        token: &str,
        approved: bool,
        reason: Option<&str>,
    ) -> Result<Result<Decided, NotDecided>, Box<dyn Error>> {
        let claims = self.claims(token).await?;
        let word = Word { approved, reason: reason.map(str::to_owned) };
        Ok(store::decide(&self.services, &claims, &word).await)
    }

    /// Decides by the link in the next message for this approver.
    ///
    /// # Errors
    /// There is no message, or the word does not count.
    pub async fn answer(
        &self,
        mailbox: &Mailbox,
        approved: bool,
        reason: Option<&str>,
    ) -> Result<Decided, Box<dyn Error>> {
        let link = self.link(mailbox).await?;
        Ok(self.decide(&link, approved, reason).await??)
    }
}

/// The token of the one link in a message.
///
/// # Errors
/// There is none, or more than one.
pub fn link_in(message: &str) -> Result<&str, String> {
    let links: Vec<&str> = message.lines().filter_map(|line| line.split_once("/?token=")).map(|(_, t)| t).collect();
    match links[..] {
        [token] => Ok(token),
        _ => Err(format!("not one link in:\n{message}")),
    }
}

#[expect(clippy::disallowed_methods, reason = "a person who opens a link does it now")]
fn jiff_now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

async fn services(stage: &Stage<'_>, lambda: &str) -> Result<Services, Box<dyn Error>> {
    let credentials = Credentials::new("approvers", "local", None, None, "a test");
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(stage.stack.gateway_url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .load()
        .await;
    let sdk = sdk.into_builder().service_config(Lambda(lambda.to_owned())).build();
    let models = checkout::root().join(".local/models/models.pack").display().to_string();
    let find = |name: &str| match name {
        "KINTSUGI_MODELS" => Some(models.clone()),
        "KINTSUGI_GUARD_TABLE" => Some("kintsugi-GuardTable".to_owned()),
        "KINTSUGI_APPROVAL_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    };
    Ok(Services::over(sdk, Settings::read(find)?)?)
}
