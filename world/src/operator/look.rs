//! The account as it is, read with plain API calls.
//!
//! Comes in: names. Goes out: what AWS says of them now. Never: what Kintsugi says it did.

use serde_json::{Value, json};

use super::make::Machine;
use super::{Operator, OperatorError};

/// An instance as EC2 describes it, with the state of the alarm that watches it (`-` when there is none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineState {
    /// `m5.large`
    pub instance_type: String,
    /// `running`
    pub state: String,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`
    pub alarm: String,
}

impl std::fmt::Display for MachineState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let alarm = if self.alarm == "-" { "no alarm".to_owned() } else { format!("alarm {}", self.alarm) };
        write!(f, "{}, {}, {alarm}", self.instance_type, self.state)
    }
}

/// A ticket in SSM OpsCenter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// `oi-...`
    pub id: String,
    /// Its first line.
    pub title: String,
    /// `Open`, `InProgress`, `Resolved`
    pub status: String,
}

impl Operator {
    /// An instance and its alarm.
    ///
    /// # Errors
    /// [`OperatorError`], as all of these.
    pub async fn see_machine(&self, machine: &Machine) -> Result<MachineState, OperatorError> {
        let input = json!({ "InstanceIds": [machine.instance] });
        let answer = self.call("ec2", "DescribeInstances", input).await?;
        let instance = &answer["Reservations"][0]["Instances"][0];
        let alarms = json!({ "AlarmNames": [machine.alarm] });
        let alarms = self.call("cloudwatch", "DescribeAlarms", alarms).await?;
        Ok(MachineState {
            instance_type: text(&instance["InstanceType"]),
            state: text(&instance["State"]["Name"]),
            alarm: text(&alarms["MetricAlarms"][0]["StateValue"]),
        })
    }

    /// How many of the four public access blocks of a bucket are on.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn see_public_access_blocks(&self, bucket: &str) -> Result<usize, OperatorError> {
        const BLOCKS: [&str; 4] = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        let answer = match self.call("s3", "GetPublicAccessBlock", json!({ "Bucket": bucket })).await {
            Err(OperatorError::Call { source, .. }) if absent(&source) => return Ok(0),
            other => other?,
        };
        let blocks = &answer["PublicAccessBlockConfiguration"];
        Ok(BLOCKS.iter().filter(|block| blocks[**block] == json!(true)).count())
    }

    /// The ingress permissions of a group as `port from range`, sorted.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn see_ingress(&self, group: &str) -> Result<Vec<String>, OperatorError> {
        let input = json!({ "Filters": [{ "Name": "group-id", "Values": [group] }] });
        let answer = self.call("ec2", "DescribeSecurityGroupRules", input).await?;
        let rules = answer["SecurityGroupRules"].as_array().cloned().unwrap_or_default();
        let line = |rule: &Value| format!("{} from {}", rule["FromPort"], text(&rule["CidrIpv4"]));
        let mut lines: Vec<String> = rules.iter().filter(|rule| rule["IsEgress"] == json!(false)).map(line).collect();
        lines.sort();
        Ok(lines)
    }

    /// A Config rule's verdict on one resource, `-` when it has none.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn see_compliance(&self, rule: &str, resource: &str) -> Result<String, OperatorError> {
        let input = json!({ "ConfigRuleName": rule });
        let results = self.all("config", "GetComplianceDetailsByConfigRule", input, "EvaluationResults").await?;
        let of =
            |result: &Value| text(&result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]);
        let own = results.iter().find(|result| of(result) == resource);
        Ok(own.map_or_else(|| "-".to_owned(), |result| text(&result["ComplianceType"])))
    }

    /// Every ticket in OpsCenter that is not closed.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn see_tickets(&self) -> Result<Vec<Ticket>, OperatorError> {
        // DescribeOpsItems wants at least one filter.
        let filter = json!([{ "Key": "Status", "Values": ["Open", "InProgress", "Resolved"], "Operator": "Equal" }]);
        let input = json!({ "OpsItemFilters": filter });
        Ok(self.all("ssm", "DescribeOpsItems", input, "OpsItemSummaries").await?.iter().map(ticket).collect())
    }
}

fn ticket(item: &Value) -> Ticket {
    Ticket { id: text(&item["OpsItemId"]), title: text(&item["Title"]), status: text(&item["Status"]) }
}

fn absent(error: &aws_api::ApiError) -> bool {
    matches!(error, aws_api::ApiError::Service(error) if error.code == "NoSuchPublicAccessBlockConfiguration")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("-").to_owned()
}
