//! Things that are wrong, made as they go wrong: in the account's own state.
//!
//! Comes in: an operator and names. Goes out: what was made. Never: a state that the local world is merely told.

use serde_json::{Value, json};

use super::{Operator, OperatorError};
use crate::gateway::{ACCOUNT, REGION};

/// Amazon's own name for its current image.
const IMAGE: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
/// The tag by which a resource is opted in.
pub const OPT_IN: &str = "kintsugi:remediate";
/// An office's addresses, in a range that is kept for examples.
pub const OFFICE: &str = "203.0.113.0/24";
/// The topic of the template that CPU alarms notify.
pub const CPU_TOPIC: &str = "kintsugi-cpu-alarms";
/// Of an alarm's metric, in seconds.
const PERIOD: u32 = 60;
/// Of an alarm, in per cent.
const THRESHOLD: u32 = 80;

/// An instance and the name of the alarm that watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its name tag.
    pub name: String,
    /// Its id.
    pub instance: String,
    /// The type it was started with.
    pub instance_type: String,
    /// Its alarm, which need not exist yet.
    pub alarm: String,
}

/// A Config rule with a managed identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the account.
    pub name: &'static str,
    /// AWS's identifier.
    pub identifier: &'static str,
    /// The type of resource it looks at.
    pub kind: &'static str,
}

/// No bucket that the world can read.
pub const NO_PUBLIC_BUCKETS: Rule =
    Rule { name: "no-public-buckets", identifier: "S3_BUCKET_PUBLIC_READ_PROHIBITED", kind: "AWS::S3::Bucket" };
/// No security group that lets the world in by SSH.
pub const NO_OPEN_SSH: Rule =
    Rule { name: "no-open-ssh", identifier: "INCOMING_SSH_DISABLED", kind: "AWS::EC2::SecurityGroup" };

impl Operator {
    /// A running instance, opted in.
    ///
    /// # Errors
    /// [`OperatorError`], as all of these.
    pub async fn machine(&self, name: &str, instance_type: &str) -> Result<Machine, OperatorError> {
        let machine = self.foreign_machine(name, instance_type).await?;
        self.opt_in(&machine.instance).await?;
        Ok(machine)
    }

    /// The image that instances are made of.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn image(&self) -> Result<String, OperatorError> {
        self.text("ssm", "GetParameter", json!({ "Name": IMAGE }), "/Parameter/Value").await
    }

    /// A running instance that nobody has opted in.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn foreign_machine(&self, name: &str, instance_type: &str) -> Result<Machine, OperatorError> {
        let image = self.image().await?;
        let tags = json!([{ "Key": "Name", "Value": name }]);
        let run = json!({
            "ImageId": image, "InstanceType": instance_type, "MinCount": 1, "MaxCount": 1,
            "TagSpecifications": [{ "ResourceType": "instance", "Tags": tags }],
        });
        let instance = self.text("ec2", "RunInstances", run, "/Instances/0/InstanceId").await?;
        let (name, instance_type) = (name.to_owned(), instance_type.to_owned());
        Ok(Machine { alarm: format!("{name}-cpu"), name, instance, instance_type })
    }

    /// One of two instances of an Auto Scaling group, which may have from one to three; they and it are opted in. The
    /// group has the name of its member.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn member(&self, name: &str, instance_type: &str) -> Result<Machine, OperatorError> {
        let template = json!({ "InstanceType": instance_type, "ImageId": self.image().await? });
        let template = json!({ "LaunchTemplateName": name, "LaunchTemplateData": template });
        self.call("ec2", "CreateLaunchTemplate", template).await?;
        let tag = json!({
            "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": OPT_IN, "Value": "true",
            "PropagateAtLaunch": true,
        });
        let group = json!({
            "AutoScalingGroupName": name, "LaunchTemplate": { "LaunchTemplateName": name, "Version": "$Latest" },
            "MinSize": 1, "MaxSize": 3, "DesiredCapacity": 2, "AvailabilityZones": [format!("{REGION}a")], "Tags": [tag],
        });
        self.call("autoscaling", "CreateAutoScalingGroup", group).await?;
        let names = json!({ "AutoScalingGroupNames": [name] });
        let first = "/AutoScalingGroups/0/Instances/0/InstanceId";
        let instance = self.text("autoscaling", "DescribeAutoScalingGroups", names, first).await?;
        let (name, instance_type) = (name.to_owned(), instance_type.to_owned());
        Ok(Machine { alarm: format!("{name}-cpu"), name, instance, instance_type })
    }

    /// Tags an EC2 resource as opted in.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn opt_in(&self, resource: &str) -> Result<(), OperatorError> {
        let tags = json!({ "Resources": [resource], "Tags": [{ "Key": OPT_IN, "Value": "true" }] });
        self.call("ec2", "CreateTags", tags).await.map(drop)
    }

    /// A CPU alarm on the instance. EventBridge hears of every alarm; `actions` hear of this one besides.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn cpu_alarm(&self, machine: &Machine, actions: &[String]) -> Result<(), OperatorError> {
        let alarm = json!({
            "AlarmName": machine.alarm, "AlarmActions": actions,
            "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Statistic": "Average",
            "Dimensions": [{ "Name": "InstanceId", "Value": machine.instance }],
            "Period": PERIOD, "EvaluationPeriods": 1, "Threshold": THRESHOLD,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        self.call("cloudwatch", "PutMetricAlarm", alarm).await.map(drop)
    }

    /// Sets an alarm to OK by hand. Still above its threshold, it goes back to ALARM at its next evaluation; an alarm
    /// speaks only when its state changes.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn set_ok(&self, alarm: &str) -> Result<(), OperatorError> {
        let ok = json!({ "AlarmName": alarm, "StateValue": "OK", "StateReason": "set by hand" });
        self.call("cloudwatch", "SetAlarmState", ok).await.map(drop)
    }

    /// A bucket that everybody can read, opted in. AWS makes a bucket private: somebody has taken the blocks away and
    /// put a policy there that lets everybody in.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn public_bucket(&self, name: &str) -> Result<(), OperatorError> {
        let place = json!({ "LocationConstraint": REGION });
        self.call("s3", "CreateBucket", json!({ "Bucket": name, "CreateBucketConfiguration": place })).await?;
        let tags = json!({ "TagSet": [{ "Key": OPT_IN, "Value": "true" }] });
        self.call("s3", "PutBucketTagging", json!({ "Bucket": name, "Tagging": tags })).await?;
        self.call("s3", "DeletePublicAccessBlock", json!({ "Bucket": name })).await?;
        let everybody = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*"),
            }],
        });
        let policy = json!({ "Bucket": name, "Policy": everybody.to_string() });
        self.call("s3", "PutBucketPolicy", policy).await.map(drop)
    }

    /// A security group, opted in: port 22 from everywhere and from the office, port 443 from everywhere.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn open_group(&self, name: &str) -> Result<String, OperatorError> {
        let vpc = self.text("ec2", "DescribeVpcs", json!({}), "/Vpcs/0/VpcId").await?;
        let create = json!({ "GroupName": name, "Description": "The way in", "VpcId": vpc });
        let group = self.text("ec2", "CreateSecurityGroup", create, "/GroupId").await?;
        self.opt_in(&group).await?;
        let permissions = json!([permission(22, &["0.0.0.0/0", OFFICE]), permission(443, &["0.0.0.0/0"])]);
        let open = json!({ "GroupId": group, "IpPermissions": permissions });
        self.call("ec2", "AuthorizeSecurityGroupIngress", open).await?;
        Ok(group)
    }

    /// Switches a Config rule on; AWS evaluates it at once.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn switch_on(&self, rule: Rule) -> Result<(), OperatorError> {
        let Rule { name, identifier, kind } = rule;
        let source = json!({ "Owner": "AWS", "SourceIdentifier": identifier });
        let rule = json!({ "ConfigRuleName": name, "Source": source, "Scope": { "ComplianceResourceTypes": [kind] } });
        self.call("config", "PutConfigRule", json!({ "ConfigRule": rule })).await.map(drop)
    }
}

/// The two actions of an alarm that notifies the template's topic and invokes a function by itself.
#[must_use]
pub fn both_actions(function: &str) -> [String; 2] {
    [
        format!("arn:aws:sns:{REGION}:{ACCOUNT}:{CPU_TOPIC}"),
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:kintsugi-{function}:live"),
    ]
}

fn permission(port: u16, ranges: &[&str]) -> Value {
    let ranges: Vec<Value> = ranges.iter().map(|range| json!({ "CidrIp": range })).collect();
    json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges })
}
