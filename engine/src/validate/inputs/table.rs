//! The inputs of the actions that are not API calls, as AWS's guide has them.
//!
//! Comes in: an action. Goes out: its entry. Never: which inputs are required or known; the action's Spec says that.

use super::group::Group::{self, AtLeastOne, AtMostOne, Together};
use super::kind::Kind::{self, Flag, List, Map, Maps, Rate, Text, Texts, Whole, WholeOrText, Word, Words};

/// One action's inputs.
pub(super) struct Entry {
    action: &'static str,
    pub(super) inputs: &'static [(&'static str, Kind)],
    pub(super) groups: &'static [Group],
}

pub(super) fn entry(action: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.action == action)
}

const TEXT: Kind = Text { least: 0, most: usize::MAX };
const NAME: Kind = Text { least: 1, most: usize::MAX };
const TEXTS: Kind = Texts { least: 0, most: usize::MAX };
const SOME: Kind = Texts { least: 1, most: usize::MAX };
const COUNT: Kind = WholeOrText { least: 1, most: i64::MAX };
const TAGS: &[&str] = &["Key", "Value"];
const TARGETS: Kind = Maps { keys: &["Key", "Values"], least: 0, most: 5 };
const MAPS: Kind = Maps { keys: &[], least: 0, most: usize::MAX };

static TABLE: &[Entry] = &[
    Entry {
        action: "aws:approve",
        inputs: &[
            ("NotificationArn", TEXT),
            ("Message", Text { least: 0, most: 4096 }),
            ("MinRequiredApprovals", WholeOrText { least: 1, most: 10 }),
        ],
        groups: &[],
    },
    Entry {
        action: "aws:copyImage",
        inputs: &[
            ("SourceRegion", NAME),
            ("SourceImageId", NAME),
            ("ImageName", NAME),
            ("ImageDescription", TEXT),
            ("Encrypted", Flag),
            ("KmsKeyId", TEXT),
            ("ClientToken", TEXT),
        ],
        groups: &[],
    },
    Entry {
        action: "aws:createImage",
        inputs: &[("InstanceId", NAME), ("ImageName", NAME), ("ImageDescription", TEXT), ("NoReboot", Flag)],
        groups: &[],
    },
    Entry {
        action: "aws:createStack",
        inputs: &[
            ("StackName", NAME),
            ("Capabilities", Words(&["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])),
            ("ClientRequestToken", Text { least: 1, most: 128 }),
            ("DisableRollback", Flag),
            ("NotificationARNs", Texts { least: 0, most: 5 }),
            ("OnFailure", Word(&["DO_NOTHING", "ROLLBACK", "DELETE"])),
            ("Parameters", Maps { keys: &["ParameterKey"], least: 0, most: usize::MAX }),
            ("ResourceTypes", TEXTS),
            ("RoleARN", Text { least: 20, most: 2048 }),
            ("Tags", Maps { keys: TAGS, least: 0, most: 10 }),
            ("TemplateBody", Text { least: 1, most: 51_200 }),
            ("TemplateURL", NAME),
            ("TimeoutInMinutes", COUNT),
        ],
        groups: &[
            AtLeastOne(&["TemplateBody", "TemplateURL"]),
            AtMostOne(&["TemplateBody", "TemplateURL"]),
            AtMostOne(&["StackPolicyBody", "StackPolicyURL"]),
            AtMostOne(&["DisableRollback", "OnFailure"]),
        ],
    },
    Entry {
        action: "aws:createTags",
        inputs: &[
            ("ResourceIds", SOME),
            ("Tags", Maps { keys: TAGS, least: 0, most: 50 }),
            ("ResourceType", Word(&["EC2", "ManagedInstance", "MaintenanceWindow", "Parameter"])),
        ],
        groups: &[],
    },
    Entry { action: "aws:deleteImage", inputs: &[("ImageId", NAME)], groups: &[] },
    Entry {
        action: "aws:deleteStack",
        inputs: &[
            ("StackName", NAME),
            ("ClientRequestToken", Text { least: 1, most: 128 }),
            ("RetainResources", TEXTS),
            ("RoleARN", Text { least: 20, most: 2048 }),
        ],
        groups: &[],
    },
    Entry {
        action: "aws:executeAutomation",
        inputs: &[
            ("DocumentName", NAME),
            ("DocumentVersion", TEXT),
            ("RuntimeParameters", Map),
            ("Tags", Maps { keys: TAGS, least: 0, most: 5 }),
            ("TargetParameterName", NAME),
            ("Targets", TARGETS),
            ("TargetMaps", Maps { keys: &[], least: 0, most: 300 }),
            ("TargetLocations", Maps { keys: &[], least: 1, most: 100 }),
            ("MaxConcurrency", Rate { zero: false }),
            ("MaxErrors", Rate { zero: true }),
        ],
        groups: &[Together(&["Targets", "TargetParameterName"]), AtMostOne(&["Targets", "TargetMaps"])],
    },
    Entry {
        action: "aws:executeScript",
        inputs: &[("Runtime", NAME), ("Handler", NAME), ("InputPayload", Map), ("Script", TEXT), ("Attachment", NAME)],
        groups: &[],
    },
    Entry {
        action: "aws:executeStateMachine",
        inputs: &[("stateMachineArn", NAME), ("name", Text { least: 1, most: 80 }), ("input", TEXT)],
        groups: &[],
    },
    Entry {
        action: "aws:invokeLambdaFunction",
        inputs: &[
            ("FunctionName", NAME),
            ("Qualifier", NAME),
            ("InvocationType", Word(&["Event", "RequestResponse", "DryRun"])),
            ("LogType", Word(&["None", "Tail"])),
            ("ClientContext", TEXT),
            ("InputPayload", Map),
            ("Payload", TEXT),
        ],
        groups: &[],
    },
    Entry { action: "aws:invokeWebhook", inputs: &[("IntegrationName", NAME), ("Body", TEXT)], groups: &[] },
    Entry {
        action: "aws:loop",
        inputs: &[
            ("Iterators", List { most: 100 }),
            ("IteratorDataType", Word(&["Boolean", "Integer", "String", "StringMap"])),
            ("MaxIterations", Whole { least: 1, most: 100 }),
        ],
        groups: &[],
    },
    Entry {
        action: "aws:runCommand",
        inputs: &[
            ("DocumentName", NAME),
            ("InstanceIds", Texts { least: 0, most: 50 }),
            ("Targets", TARGETS),
            ("Parameters", Map),
            ("CloudWatchOutputConfig", Map),
            ("Comment", Text { least: 0, most: 100 }),
            ("DocumentHashType", Word(&["Sha256", "Sha1"])),
            ("NotificationConfig", Map),
            ("OutputS3BucketName", TEXT),
            ("OutputS3KeyPrefix", TEXT),
            ("ServiceRoleArn", TEXT),
            ("TimeoutSeconds", WholeOrText { least: 30, most: 2_592_000 }),
            ("MaxConcurrency", Rate { zero: false }),
            ("MaxErrors", Rate { zero: true }),
        ],
        groups: &[AtLeastOne(&["InstanceIds", "Targets"])],
    },
    Entry {
        action: "aws:runInstances",
        inputs: &[
            ("ImageId", NAME),
            ("InstanceType", NAME),
            ("MinInstanceCount", COUNT),
            ("MaxInstanceCount", COUNT),
            ("IamInstanceProfileName", TEXT),
            ("IamInstanceProfileArn", TEXT),
            ("KeyName", TEXT),
            ("SubnetId", TEXT),
            ("SecurityGroupIds", TEXTS),
            ("SecurityGroups", TEXTS),
            ("NetworkInterfaces", MAPS),
            ("BlockDeviceMappings", MAPS),
            ("Placement", Map),
            ("PrivateIpAddress", TEXT),
            ("TagSpecifications", MAPS),
            ("UserData", TEXT),
            ("ClientToken", TEXT),
            ("DisableApiTermination", Flag),
            ("EbsOptimized", Flag),
            ("InstanceInitiatedShutdownBehavior", Word(&["stop", "terminate"])),
            ("MetadataOptions", Map),
        ],
        groups: &[AtMostOne(&["IamInstanceProfileName", "IamInstanceProfileArn"])],
    },
];
