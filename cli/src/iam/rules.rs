//! Which inputs name the resources of an action.
//!
//! By AWS's Service Authorization Reference. An action stands here only if IAM lets it be limited to these resources;
//! every other one is for all resources. `{}` stands for the input's value; what comes before the first `:` is the
//! service, then Region and account: `R` and `A` for the policy's own, nothing where the ARN has none.

/// One group of actions of a service and the members that name their resources.
pub(super) struct Rule {
    /// As in policies, before the colon.
    pub(super) service: &'static str,
    /// Names of actions; one that ends with `*` stands for all that begin so.
    pub(super) actions: &'static [&'static str],
    /// Member and ARN. Those that are there count; if none is, the action is for all resources.
    pub(super) named: &'static [(&'static str, &'static str)],
    /// Resources of the same call that no input names.
    pub(super) also: &'static [&'static str],
}

const fn rule(
    service: &'static str,
    actions: &'static [&'static str],
    named: &'static [(&'static str, &'static str)],
) -> Rule {
    Rule { service, actions, named, also: &[] }
}

const INSTANCE: &str = "ec2:R:A:instance/{}";
const VOLUME: &str = "ec2:R:A:volume/{}";
const GROUP: &str = "ec2:R:A:security-group/{}";
/// Images and snapshots belong to a Region, whoever owns them.
const IMAGE: &str = "ec2:R::image/{}";
const SNAPSHOT: &str = "ec2:R::snapshot/{}";
const ANY_IMAGE: &str = "ec2:R::image/*";
const ANY_SNAPSHOT: &str = "ec2:R::snapshot/*";
const FUNCTION: &str = "lambda:R:A:function:{}";
const ALARM: &str = "cloudwatch:R:A:alarm:{}";
/// AWS's own documents have no account.
const DOCUMENT: &str = "ssm:R:*:document/{}";
const ARN: &str = "{}";

pub(super) const RULES: &[Rule] = &[
    rule(
        "ec2",
        &[
            "StartInstances",
            "StopInstances",
            "RebootInstances",
            "TerminateInstances",
            "MonitorInstances",
            "UnmonitorInstances",
        ],
        &[("InstanceIds", INSTANCE)],
    ),
    rule(
        "ec2",
        &["ModifyInstanceAttribute", "ResetInstanceAttribute", "ModifyInstanceMetadataOptions"],
        &[("InstanceId", INSTANCE), ("Groups", GROUP)],
    ),
    rule("ec2", &["AttachVolume", "DetachVolume"], &[("InstanceId", INSTANCE), ("VolumeId", VOLUME)]),
    rule("ec2", &["DeleteVolume", "ModifyVolume"], &[("VolumeId", VOLUME)]),
    Rule { service: "ec2", actions: &["CreateSnapshot"], named: &[("VolumeId", VOLUME)], also: &[ANY_SNAPSHOT] },
    rule("ec2", &["DeleteSnapshot"], &[("SnapshotId", SNAPSHOT)]),
    Rule {
        service: "ec2",
        actions: &["CreateImage"],
        named: &[("InstanceId", INSTANCE)],
        also: &[ANY_IMAGE, ANY_SNAPSHOT],
    },
    rule("ec2", &["DeregisterImage", "ModifyImageAttribute"], &[("ImageId", IMAGE)]),
    rule(
        "ec2",
        &[
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "DeleteSecurityGroup",
        ],
        &[("GroupId", GROUP)],
    ),
    rule("ec2", &["CreateTags", "DeleteTags"], &[("Resources", "ec2:R:*:*/{}")]),
    rule(
        "rds",
        &[
            "StartDBInstance",
            "StopDBInstance",
            "RebootDBInstance",
            "CreateDBSnapshot",
            "DeleteDBInstance",
            "ModifyDBInstance",
        ],
        &[
            ("DBInstanceIdentifier", "rds:R:A:db:{}"),
            ("DBSnapshotIdentifier", "rds:R:A:snapshot:{}"),
            ("FinalDBSnapshotIdentifier", "rds:R:A:snapshot:{}"),
            ("DBParameterGroupName", "rds:R:A:pg:{}"),
            ("OptionGroupName", "rds:R:A:og:{}"),
            ("DBSubnetGroupName", "rds:R:A:subgrp:{}"),
        ],
    ),
    rule("rds", &["StartDBCluster", "StopDBCluster"], &[("DBClusterIdentifier", "rds:R:A:cluster:{}")]),
    rule("rds", &["DeleteDBSnapshot", "ModifyDBSnapshotAttribute"], &[("DBSnapshotIdentifier", "rds:R:A:snapshot:{}")]),
    rule("lambda", &["InvokeFunction"], &[("FunctionName", FUNCTION), ("FunctionName", "lambda:R:A:function:{}:*")]),
    rule(
        "lambda",
        &[
            "CreateFunction",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "DeleteFunction",
            "GetFunction*",
            "PublishVersion",
            "PutFunctionConcurrency",
            "DeleteFunctionConcurrency",
            "GetPolicy",
            "AddPermission",
            "RemovePermission",
        ],
        &[("FunctionName", FUNCTION)],
    ),
    rule(
        "sns",
        &["Publish", "Subscribe", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic"],
        &[("TopicArn", ARN)],
    ),
    rule(
        "sqs",
        &[
            "SendMessage*",
            "ReceiveMessage",
            "DeleteMessage*",
            "PurgeQueue",
            "GetQueueAttributes",
            "SetQueueAttributes",
            "DeleteQueue",
        ],
        &[("QueueUrl", "sqs:R:A:{}")],
    ),
    rule("sqs", &["GetQueueUrl", "CreateQueue"], &[("QueueName", "sqs:R:A:{}")]),
    rule(
        "iam",
        &[
            "*Role",
            "*RolePolicy",
            "*RolePolicies",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRoleDescription",
        ],
        &[("RoleName", "iam::A:role/{}")],
    ),
    rule(
        "iam",
        &["*User", "*UserPolicy", "*UserPolicies", "*AccessKey", "*LoginProfile"],
        &[("UserName", "iam::A:user/{}")],
    ),
    rule(
        "iam",
        &[
            "AddRoleToInstanceProfile",
            "RemoveRoleFromInstanceProfile",
            "GetInstanceProfile",
            "CreateInstanceProfile",
            "DeleteInstanceProfile",
        ],
        &[("InstanceProfileName", "iam::A:instance-profile/{}")],
    ),
    rule(
        "iam",
        &[
            "GetPolicy",
            "GetPolicyVersion",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "ListPolicyVersions",
        ],
        &[("PolicyArn", ARN)],
    ),
    rule(
        "kms",
        &[
            "DescribeKey",
            "EnableKey",
            "DisableKey",
            "EnableKeyRotation",
            "DisableKeyRotation",
            "GetKeyRotationStatus",
            "GetKeyPolicy",
            "PutKeyPolicy",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "Encrypt",
            "Decrypt",
            "GenerateDataKey",
            "CreateGrant",
        ],
        &[("KeyId", "kms:R:A:key/{}")],
    ),
    rule(
        "dynamodb",
        &[
            "GetItem",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "Scan",
            "DescribeTable",
            "UpdateTable",
            "DeleteTable",
            "DescribeContinuousBackups",
            "UpdateContinuousBackups",
            "DescribeTimeToLive",
            "UpdateTimeToLive",
        ],
        &[("TableName", "dynamodb:R:A:table/{}")],
    ),
    rule(
        "dynamodb",
        &["Query"],
        &[("TableName", "dynamodb:R:A:table/{}"), ("IndexName", "dynamodb:R:A:table/*/index/{}")],
    ),
    rule(
        "cloudformation",
        &[
            "CreateStack",
            "UpdateStack",
            "DeleteStack",
            "DescribeStacks",
            "DescribeStackEvents",
            "DescribeStackResource*",
            "GetTemplate",
            "CreateChangeSet",
            "ExecuteChangeSet",
            "DescribeChangeSet",
            "DeleteChangeSet",
            "DetectStackDrift",
            "ContinueUpdateRollback",
            "CancelUpdateStack",
        ],
        &[("StackName", "cloudformation:R:A:stack/{}/*")],
    ),
    rule(
        "ssm",
        &["GetParameter", "GetParameters", "GetParameterHistory", "PutParameter", "DeleteParameter"],
        &[("Name", "ssm:R:A:parameter/{}"), ("Names", "ssm:R:A:parameter/{}")],
    ),
    rule(
        "ssm",
        &[
            "GetDocument",
            "DescribeDocument",
            "UpdateDocument",
            "DeleteDocument",
            "DescribeDocumentPermission",
            "ModifyDocumentPermission",
        ],
        &[("Name", DOCUMENT)],
    ),
    rule(
        "ssm",
        &["SendCommand"],
        &[("DocumentName", DOCUMENT), ("InstanceIds", INSTANCE), ("Targets", "ec2:R:A:instance/*")],
    ),
    rule("ssm", &["StartAutomationExecution"], &[("DocumentName", "ssm:R:*:automation-definition/{}:*")]),
    rule(
        "secretsmanager",
        &[
            "GetSecretValue",
            "DescribeSecret",
            "PutSecretValue",
            "UpdateSecret",
            "RotateSecret",
            "DeleteSecret",
            "RestoreSecret",
        ],
        &[("SecretId", "secretsmanager:R:A:secret:{}-??????")],
    ),
    rule(
        "states",
        &[
            "StartExecution",
            "StartSyncExecution",
            "DescribeStateMachine",
            "UpdateStateMachine",
            "DeleteStateMachine",
            "ListExecutions",
        ],
        &[("stateMachineArn", ARN)],
    ),
    rule("states", &["DescribeExecution", "StopExecution", "GetExecutionHistory"], &[("executionArn", ARN)]),
    rule(
        "logs",
        &[
            "CreateLogGroup",
            "DeleteLogGroup",
            "PutRetentionPolicy",
            "DeleteRetentionPolicy",
            "CreateLogStream",
            "PutLogEvents",
            "PutMetricFilter",
            "DeleteMetricFilter",
            "PutSubscriptionFilter",
            "FilterLogEvents",
        ],
        &[("logGroupName", "logs:R:A:log-group:{}:*")],
    ),
    rule("logs", &["AssociateKmsKey", "DisassociateKmsKey"], &[("logGroupName", "logs:R:A:log-group:{}:*")]),
    rule(
        "cloudtrail",
        &["UpdateTrail", "StartLogging", "StopLogging", "DeleteTrail", "GetTrailStatus"],
        &[("Name", "cloudtrail:R:A:trail/{}")],
    ),
    rule("cloudtrail", &["PutEventSelectors", "GetEventSelectors"], &[("TrailName", "cloudtrail:R:A:trail/{}")]),
    rule(
        "cloudwatch",
        &["DescribeAlarms", "DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions"],
        &[("AlarmNames", ALARM)],
    ),
    rule("cloudwatch", &["PutMetricAlarm", "SetAlarmState"], &[("AlarmName", ALARM)]),
    rule(
        "autoscaling",
        &[
            "UpdateAutoScalingGroup",
            "SetDesiredCapacity",
            "SuspendProcesses",
            "ResumeProcesses",
            "DeleteAutoScalingGroup",
            "AttachInstances",
            "DetachInstances",
            "EnterStandby",
            "ExitStandby",
            "StartInstanceRefresh",
        ],
        &[("AutoScalingGroupName", "autoscaling:R:A:autoScalingGroup:*:autoScalingGroupName/{}")],
    ),
    rule(
        "elasticloadbalancing",
        &["ModifyLoadBalancerAttributes", "SetSecurityGroups", "SetSubnets", "DeleteLoadBalancer"],
        &[("LoadBalancerArn", ARN), ("LoadBalancerName", "elasticloadbalancing:R:A:loadbalancer/{}")],
    ),
    rule(
        "elasticloadbalancing",
        &["RegisterTargets", "DeregisterTargets", "ModifyTargetGroup*", "DeleteTargetGroup"],
        &[("TargetGroupArn", ARN)],
    ),
    rule(
        "redshift",
        &["ModifyCluster", "RebootCluster", "PauseCluster", "ResumeCluster", "EnableLogging", "DeleteCluster"],
        &[("ClusterIdentifier", "redshift:R:A:cluster:{}")],
    ),
    rule("sts", &["AssumeRole"], &[("RoleArn", ARN)]),
];
