//! The part of AWS that the world plays itself.
//!
//! Comes in: a call. Goes out: the world's own answer to it, or word that it is moto's; and what follows from a call
//! that moto has performed. Never: a change of moto's answer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::alarms::{Alarms, Mutes};
use super::automation::Automations;
use super::calendars::Calendars;
use super::config::{self, Config};
use super::machine::Machines;
use super::metadata;
use super::moto::{Moto, MotoError};
use super::ops_items::OpsItems;
use super::put_events::put_events;
use super::topic;
use crate::bus::{Bus, Invoker, Routes};
use crate::clock::Clock;
use crate::gateway::call::Call;
use crate::gateway::respond::AwsError;
use crate::tasks::Tasks;

const BUCKET_CHANGES: [&str; 13] = [
    "CreateBucket",
    "DeleteBucket",
    "PutBucketAcl",
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "PutPublicAccessBlock",
    "DeletePublicAccessBlock",
    "PutBucketOwnershipControls",
    "DeleteBucketOwnershipControls",
    "PutBucketVersioning",
    "PutBucketLogging",
    "PutBucketEncryption",
    "DeleteBucketEncryption",
];
const GROUP_CHANGES: [&str; 7] = [
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "ModifySecurityGroupRules",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
];

/// What the world plays itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// AWS Config's rules.
    pub config: Config,
    /// CloudWatch's alarms.
    pub alarms: Alarms,
    /// CloudWatch's mute rules.
    pub mutes: Mutes,
    /// SSM's automations.
    pub automations: Automations,
    /// SSM's Change Calendars.
    pub calendars: Calendars,
    /// Instances that Run Command reaches.
    pub machines: Machines,
    /// SSM's OpsItems.
    pub ops_items: OpsItems,
    /// EventBridge, SNS to Lambda, Lambda's asynchronous queue.
    pub bus: Bus,
    /// moto itself.
    pub moto: Moto,
    /// The world's clock.
    pub clock: Arc<Clock>,
    tasks: Arc<Tasks>,
}

/// What must be remembered from before a call until after it.
#[derive(Debug)]
pub struct Before {
    alarm: Option<Value>,
    metadata: Option<Value>,
}

impl Cloud {
    /// A cloud before this moto.
    #[must_use]
    pub fn new(moto: Moto, routes: Routes, invoker: Arc<dyn Invoker>, clock: Arc<Clock>) -> Self {
        let tasks = Arc::new(Tasks::default());
        let bus = Bus::new(routes, invoker, moto.clone(), clock.clone(), tasks.clone());
        let config = Config::new(moto.clone(), bus.clone(), clock.clone(), tasks.clone());
        let machines = Machines::new(moto.clone(), clock.clone());
        let alarms = Alarms::new(machines.clone(), bus.clone(), clock.clone());
        let automations = Automations::new(moto.clone(), bus.clone(), clock.clone(), tasks.clone());
        let (calendars, ops_items) = (Calendars::new(clock.clone()), OpsItems::new(clock.clone()));
        let mutes = Mutes::new(clock.clone());
        Self { config, alarms, mutes, automations, calendars, machines, ops_items, bus, moto, clock, tasks }
    }

    /// Makes in moto what the template deploys and this cloud needs (queues, topics, documents), and starts what AWS does
    /// by itself.
    ///
    /// # Errors
    /// When moto does not make them.
    pub async fn begin(&self) -> Result<(), MotoError> {
        for queue in &self.bus.routes().queues {
            self.moto.call("sqs", "CreateQueue", json!({ "QueueName": queue })).await?;
        }
        for topic in &self.bus.routes().topics {
            self.moto.call("sns", "CreateTopic", json!({ "Name": topic })).await?;
        }
        for document in &self.bus.routes().documents {
            self.moto.find("ssm", "CreateDocument", document.clone(), &["DocumentAlreadyExists"]).await?;
        }
        self.tasks.spawn(self.alarms.clone().run());
        for source in 0..self.bus.routes().sources.len() {
            self.tasks.spawn(self.bus.clone().poll(source));
        }
        Ok(())
    }

    /// Ends everything under way.
    pub fn end(&self) {
        self.tasks.abort();
    }

    /// The world's own answer, or `None`: the call is moto's.
    pub async fn answer(&self, call: &Call) -> Option<Result<Value, AwsError>> {
        match call.service.as_str() {
            "config" => config::api::answer(&self.config, &call.operation, &call.input).await,
            "cloudwatch" => self.mutes.answer(&call.operation, &call.input),
            "cloudtrail" if call.operation == "DescribeTrails" => {
                let names = call.input.get("trailNameList")?.as_array()?;
                let told = config::trails::named(&self.moto, names).await;
                Some(told.map_err(|error| AwsError::new("InternalErrorException", error.to_string())))
            }
            "ssm" if self.calendars.is_for(&call.operation, &call.input) => {
                Some(self.calendars.answer(&call.operation, &call.input))
            }
            "ssm" => self.systems_manager(call).await,
            "events" if call.operation == "PutEvents" => {
                Some(put_events(&self.moto, &self.bus, &call.input, self.clock.now()).await)
            }
            _ => None,
        }
    }

    async fn systems_manager(&self, call: &Call) -> Option<Result<Value, AwsError>> {
        if let Some(answer) = self.machines.answer(&call.operation, &call.input).await {
            return Some(answer);
        }
        match self.ops_items.answer(&call.operation, &call.input, &call.caller).await {
            None => self.automations.answer(&call.operation, &call.input, &call.caller).await,
            answer => answer,
        }
    }

    /// Before moto performs the call.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn before(&self, call: &Call) -> Result<Before, MotoError> {
        let alarm = match call.text("AlarmName") {
            Some(name) if call.is("cloudwatch", "SetAlarmState") => self.alarms.describe(name).await?,
            _ => None,
        };
        let metadata = metadata::before(&self.moto, call).await?;
        Ok(Before { alarm, metadata })
    }

    /// After moto has performed the call: what AWS would do next.
    ///
    /// # Errors
    /// When moto's state cannot be read.
    pub async fn after(&self, call: &Call, before: Before) -> Result<(), MotoError> {
        if let Some(alarm) = before.alarm {
            self.alarms.tell(&alarm).await?;
        }
        if let Some(options) = before.metadata {
            metadata::keep(&self.moto, call, &options).await?;
            self.config.changed("AWS::EC2::Instance", call.text("InstanceId")).await;
        }
        match (call.service.as_str(), call.operation.as_str()) {
            ("sns", "Publish") => {
                if let (Some(arn), Some(message)) =
                    (call.text("TopicArn").or(call.text("TargetArn")), call.text("Message"))
                {
                    topic::notify(&self.moto, &self.bus, arn, call.text("Subject"), message).await?;
                }
            }
            ("cloudwatch", "PutMetricData") => self.alarms.measured(&call.input).await?,
            ("s3", operation) if BUCKET_CHANGES.contains(&operation) => {
                self.config.changed("AWS::S3::Bucket", call.text("Bucket")).await;
            }
            ("ec2", operation) if GROUP_CHANGES.contains(&operation) => {
                self.config.changed("AWS::EC2::SecurityGroup", call.text("GroupId")).await;
            }
            _ => {}
        }
        Ok(())
    }
}
