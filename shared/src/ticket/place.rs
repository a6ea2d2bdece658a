//! Where a resource is found: its ARN, its page in the console, and the command that shows it.
//!
//! Comes in: a resource, account and Region as events name them. Goes out: names and addresses.
//! Never: a guess; a type we do not know has no ARN here, and keeps its id.

use crate::catalogue::name_in_ssm;
use crate::event::is_region;
use crate::incident::{Incident, Resource, alarm_name, partition};

use super::text::option;

/// Account and Region, as ARNs and console addresses need them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    account: &'a str,
    region: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn new(account: &'a str, region: &'a str) -> Self {
        Self { account, region }
    }

    pub(super) fn of(incident: &'a Incident) -> Self {
        Self::new(&incident.account, &incident.region)
    }

    fn partition(self) -> &'static str {
        partition(self.region)
    }

    /// A page of the console; none for what is no Region, because it stands in the address before the host's name.
    fn console(self, service: &str, rest: &str) -> Option<String> {
        let region = Some(self.region).filter(|region| is_region(region))?;
        let host = match self.partition() {
            "aws-cn" => "console.amazonaws.cn",
            "aws-us-gov" => "console.amazonaws-us-gov.com",
            _ => "console.aws.amazon.com",
        };
        Some(format!("https://{region}.{host}/{service}{rest}"))
    }

    /// The resource's ARN, or its id where the type is not one we know how to spell.
    pub(super) fn arn(self, resource: &Resource) -> String {
        let Place { account, region } = self;
        let id = &resource.id;
        let partition = self.partition();
        let regional = |service: &str, kind: &str| format!("arn:{partition}:{service}:{region}:{account}:{kind}/{id}");
        match resource.kind.as_str() {
            _ if id.starts_with("arn:") => id.clone(),
            "AWS::EC2::Instance" => regional("ec2", "instance"),
            "AWS::EC2::SecurityGroup" => regional("ec2", "security-group"),
            "AWS::EC2::Volume" => regional("ec2", "volume"),
            "AWS::SSM::AutomationExecution" => regional("ssm", "automation-execution"),
            "AWS::S3::Bucket" => format!("arn:{partition}:s3:::{id}"),
            _ => id.clone(),
        }
    }

    /// The resource's page in the console.
    pub(super) fn page(self, resource: &Resource) -> Option<String> {
        let (region, id) = (self.region, encode(&resource.id));
        match resource.kind.as_str() {
            "AWS::EC2::Instance" => {
                self.console("ec2", &format!("/home?region={region}#InstanceDetails:instanceId={id}"))
            }
            "AWS::EC2::SecurityGroup" => {
                self.console("ec2", &format!("/home?region={region}#SecurityGroup:groupId={id}"))
            }
            "AWS::S3::Bucket" => self.console("s3", &format!("/buckets/{id}?region={region}")),
            "AWS::SSM::AutomationExecution" => {
                self.console("systems-manager", &format!("/automation/execution/{id}?region={region}"))
            }
            "AWS::Lambda::Function" => self.console("lambda", &format!("/home?region={region}#/functions/{id}")),
            "AWS::EC2::Volume" => self.console("ec2", &format!("/home?region={region}#VolumeDetails:volumeId={id}")),
            _ => None,
        }
    }

    /// The page of what is at fault: its own, or what AWS Config has recorded of it, by its id there, where a rule of AWS
    /// Config names it.
    pub(super) fn page_of(self, incident: &Incident) -> Option<String> {
        let resource = incident.resource.as_ref()?;
        let recorded = || {
            config_rule(incident).filter(|_| resource.kind.starts_with("AWS::") && resource.kind != ACCOUNT)?;
            let (id, kind) = (encode(&resource.id), encode(&resource.kind));
            let path = format!("#/resources/details?resourceId={id}&resourceType={kind}");
            self.console("config", &format!("/home?region={}{path}", self.region))
        };
        self.page(resource).or_else(recorded)
    }

    /// The console page of what noticed a fault: its alarm or its Config rule.
    pub(super) fn noticed_page(self, incident: &Incident) -> Option<String> {
        let region = self.region;
        if let Some(alarm) = alarm_name(&incident.noticed_by) {
            return self.console("cloudwatch", &format!("/home?region={region}#alarmsV2:alarm/{}", encode(alarm)));
        }
        let rule = encode(config_rule(incident)?);
        self.console("config", &format!("/home?region={region}#/rules/details?configRuleName={rule}"))
    }

    /// An OpsItem's page in the console.
    pub(super) fn ops_item(self, id: &str) -> String {
        let region = self.region;
        let page = self.console("systems-manager", &format!("/opsitems/{}/overview?region={region}", encode(id)));
        page.unwrap_or_default()
    }

    /// The command that shows what noticed the fault as it is now; what told of it once, an event, has no state.
    pub(super) fn look(self, incident: &Incident) -> Option<String> {
        let region = option("--region", self.region);
        if let Some(alarm) = alarm_name(&incident.noticed_by) {
            return Some(format!("aws cloudwatch describe-alarms {region} {}", option("--alarm-names", alarm)));
        }
        let rule = option("--config-rule-name", config_rule(incident)?);
        let details = "aws configservice get-compliance-details-by-config-rule";
        Some(format!("{details} {region} {rule} --compliance-types NON_COMPLIANT"))
    }
}

/// The type under which AWS Config has the account itself.
const ACCOUNT: &str = "AWS::::Account";

/// The rule that noticed it, if a rule of AWS Config did, which always names a resource: not an alarm, nor an event that is
/// for its binding to understand, nor an automation.
fn config_rule(incident: &Incident) -> Option<&str> {
    let resource = incident.resource.as_ref()?;
    let rule = incident.noticed_by.as_str();
    let other = rule.is_empty() || rule.starts_with("arn:") || incident.binding.is_some();
    (!other && resource.kind != "AWS::SSM::AutomationExecution").then_some(rule)
}

/// An execution of one of our functions, by its ARN, and where it and its runbook are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran<'a> {
    place: Place<'a>,
    arn: &'a str,
    function: &'a str,
}

impl<'a> Ran<'a> {
    /// `None` where the execution was none of a durable function.
    pub(super) fn of(execution: &'a str) -> Option<Self> {
        let (function, _) = execution.split_once("/durable-execution/")?;
        let mut parts = function.split(':');
        let (_, service, region, account) = (parts.nth(1)?, parts.next()?, parts.next()?, parts.next()?);
        let function = parts.nth(1).filter(|_| service == "lambda")?;
        Some(Self { place: Place::new(account, region), arn: execution, function })
    }

    /// The function's page in the console.
    pub(super) fn function_page(self) -> Option<String> {
        let rest = format!("/home?region={}#/functions/{}", self.place.region, encode(self.function));
        self.place.console("lambda", &rest)
    }

    /// The page of its executions, each with every step: the console has no documented address of a single one.
    pub(super) fn executions_page(self) -> Option<String> {
        self.function_page().map(|page| format!("{page}?tab=durable"))
    }

    /// The page of the document that the stack of the function made of this runbook, or of the document in SSM that it is;
    /// there the console draws it. `named` is the function's name in the record, without the stack's.
    pub(super) fn runbook_page(self, named: &str, runbook: &str) -> Option<String> {
        let document = match name_in_ssm(runbook) {
            Some(name) => name.to_owned(),
            None => format!("{}{runbook}", self.function.strip_suffix(named)?),
        };
        let rest = format!("/documents/{}/description?region={}", encode(&document), self.place.region);
        self.place.console("systems-manager", &rest)
    }

    /// The command that shows every step of it.
    pub(super) fn history(self) -> String {
        let (region, arn) = (option("--region", self.place.region), option("--durable-execution-arn", self.arn));
        format!("aws lambda get-durable-execution-history {region} {arn} --include-execution-data")
    }
}

/// Percent-encodes everything that could end or change an address.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(kind: &str, id: &str) -> Resource {
        Resource { kind: kind.into(), id: id.into() }
    }

    #[test]
    fn known_types_have_arns_and_unknown_ones_keep_their_id() {
        let place = Place::new("123456789012", "eu-west-1");
        let cases = [
            ("AWS::EC2::Instance", "i-1", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"),
            ("AWS::EC2::SecurityGroup", "sg-1", "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1"),
            ("AWS::S3::Bucket", "b", "arn:aws:s3:::b"),
            ("AWS::Foo::Bar", "x", "x"),
            ("AWS::Foo::Bar", "arn:aws:foo:::x", "arn:aws:foo:::x"),
        ];
        for (kind, id, arn) in cases {
            assert_eq!(place.arn(&resource(kind, id)), arn);
        }
        let china = Place::new("123456789012", "cn-north-1");
        assert_eq!(china.arn(&resource("AWS::S3::Bucket", "b")), "arn:aws-cn:s3:::b");
        assert!(china.page(&resource("AWS::S3::Bucket", "b")).unwrap().contains("console.amazonaws.cn"));
    }

    fn noticed(by: &str, region: &str) -> Incident {
        Incident {
            fingerprint: String::new(),
            account: "123456789012".into(),
            region: region.into(),
            noticed_by: by.into(),
            resource: Some(resource("AWS::S3::Bucket", "b")),
            summary: String::new(),
            since: None,
            event: None,
            binding: None,
            given: Default::default(),
            delivery: crate::incident::Delivery::EventBridge,
        }
    }

    fn look(by: &str) -> String {
        let incident = noticed(by, "eu-west-1");
        Place::of(&incident).look(&incident).unwrap()
    }

    #[test]
    fn a_name_cannot_break_out_of_an_address_or_a_command() {
        let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu high#x'; rm";
        let incident = noticed(arn, "eu-west-1");
        let page = Place::of(&incident).noticed_page(&incident).unwrap();
        assert!(page.ends_with("#alarmsV2:alarm/cpu%20high%23x%27%3B%20rm"), "{page}");
        assert!(look(arn).ends_with(r"--alarm-names 'cpu high#x'\''; rm'"));
    }

    #[test]
    fn a_type_without_a_page_of_its_own_leads_to_what_aws_config_has_recorded_by_its_id_there() {
        let of = |by: &str, kind: &str| {
            let incident = Incident { resource: Some(resource(kind, "db-A#1")), ..noticed(by, "eu-west-1") };
            Place::of(&incident).page_of(&incident)
        };
        let page = of("no-public-databases", "AWS::RDS::DBInstance").unwrap();
        assert!(page.ends_with("#/resources/details?resourceId=db-A%231&resourceType=AWS%3A%3ARDS%3A%3ADBInstance"));
        for none in ["AWS::::Account", "Custom::Thing", ""] {
            assert_eq!(of("no-public-databases", none), None, "{none}");
        }
        let alarm = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:storage";
        assert_eq!(of(alarm, "AWS::RDS::DBInstance"), None, "an alarm names a database as its people do");
        assert!(of(alarm, "AWS::Lambda::Function").is_some());
    }

    #[test]
    fn an_execution_leads_to_its_function_its_runbook_and_its_history() {
        let arn =
            "arn:aws:lambda:eu-west-1:123456789012:function:prod-resize-on-cpu-alarm:7/durable-execution/web-1/5f0c";
        let ran = Ran::of(arn).unwrap();
        let host = "https://eu-west-1.console.aws.amazon.com";
        let page = format!("{host}/lambda/home?region=eu-west-1#/functions/prod-resize-on-cpu-alarm");
        assert_eq!(ran.function_page(), Some(page.clone()));
        assert_eq!(ran.executions_page(), Some(format!("{page}?tab=durable")));
        let runbook = format!("{host}/systems-manager/documents/prod-resize-instance/description?region=eu-west-1");
        assert_eq!(ran.runbook_page("resize-on-cpu-alarm", "resize-instance"), Some(runbook));
        assert!(
            ran.history().contains(&format!("--region eu-west-1 --durable-execution-arn {arn}")),
            "{}",
            ran.history()
        );
        for none in ["run-1", "", "arn:aws:lambda:eu-west-1/durable-execution/x/y"] {
            assert!(Ran::of(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_region_that_is_none_is_no_part_of_an_address() {
        for region in ["evil.example.com/", "x>) [click](http://evil", "", "EU (Ireland)", "eu-west-1\n", "-eu", "a@b"]
        {
            let place = Place::new("123456789012", region);
            assert_eq!(place.page(&resource("AWS::EC2::Instance", "i-1")), None, "{region}");
            let incident = noticed("restricted-ssh", region);
            assert_eq!(Place::of(&incident).noticed_page(&incident), None, "{region}");
            assert_eq!(place.ops_item("oi-1"), "", "{region}");
        }
    }

    #[test]
    fn a_name_that_looks_like_an_option_is_none() {
        let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:--endpoint-url=http://evil";
        assert!(look(arn).ends_with("--region eu-west-1 --alarm-names=--endpoint-url=http://evil"));
        assert!(look("-x").contains("--config-rule-name=-x "));
    }

    #[test]
    fn what_is_no_alarm_and_names_a_resource_is_a_config_rule() {
        let incident = noticed("restricted-ssh", "eu-west-1");
        let page = Place::of(&incident).noticed_page(&incident).unwrap();
        assert!(page.ends_with("configRuleName=restricted-ssh"));
        assert!(look("restricted-ssh").starts_with("aws configservice get-compliance-details-by-config-rule"));
    }

    #[test]
    fn what_an_event_an_automation_or_nothing_noticed_is_asked_of_no_rule() {
        let rule = noticed("restricted-ssh", "eu-west-1");
        let automation = resource("AWS::SSM::AutomationExecution", "333ba70b");
        let others = [
            Incident {
                noticed_by: "event aws.s3 AWS API Call via CloudTrail".into(),
                binding: Some("b".into()),
                ..rule.clone()
            },
            Incident { resource: Some(automation), ..rule.clone() },
            Incident { resource: None, ..rule.clone() },
            Incident { noticed_by: String::new(), ..rule },
        ];
        for incident in others {
            let place = Place::of(&incident);
            assert_eq!((place.noticed_page(&incident), place.look(&incident)), (None, None), "{incident:?}");
        }
    }
}
