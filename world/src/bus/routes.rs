//! Who gets which event, read from the SAM template.
//!
//! Comes in: the template's text. Goes out: [`Routes`]: functions with their queues, EventBridge rules, SNS
//! subscriptions, SQS event sources. Never: an event; [`super::deliver`] carries those.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::resolve::Template;
use super::yaml::{self, YamlError};
use event_pattern::{InvalidPattern, Pattern};

/// Why a template cannot be routed by.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// It is not YAML.
    #[error("the template cannot be read")]
    Yaml(#[source] YamlError),
    /// One of its rules has a pattern that EventBridge refuses.
    #[error("the rule {rule} cannot be obeyed")]
    Pattern {
        /// Logical id of the function and the event, or of the rule.
        rule: String,
        /// What is wrong with it.
        #[source]
        source: InvalidPattern,
    },
}

/// A function as the bus sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// What the local runner calls it: the name of its binary.
    pub name: String,
    /// What AWS would call it: `kintsugi-resize-on-cpu-alarm`.
    pub physical_name: String,
    /// Whether it is durable: then a handler's failure is the end of an execution, which Lambda does not retry.
    pub durable: bool,
    /// Name of the SQS queue for events that every attempt failed on.
    pub dead_letter_queue: Option<String>,
    /// How often Lambda tries again after the first failure.
    pub retries: usize,
}

/// Where an event goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// Index into [`Routes::functions`].
    Function(usize),
    /// Name of an SQS queue.
    Queue(String),
}

/// An EventBridge rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Where the template has it: `ResizeOnCpuAlarmFunction/CpuAlarm`.
    pub name: String,
    /// The bus it listens on.
    pub bus: String,
    /// What it wants.
    pub pattern: Pattern,
    /// Who gets what it wants.
    pub targets: Vec<Target>,
    /// A constant or a part of the event to send instead: `Input` or `InputPath`.
    pub input: Input,
}

/// What a target gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The event.
    Whole,
    /// A constant.
    Constant(Value),
    /// A part of the event, as a JSON pointer.
    Part(String),
}

impl Input {
    fn of(target: &Value) -> Self {
        if let Some(text) = target["Input"].as_str() {
            return Self::Constant(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)));
        }
        match target["InputPath"].as_str() {
            Some(path) => Self::Part(path.trim_start_matches('$').replace('.', "/")),
            None => Self::Whole,
        }
    }

    /// What is sent for this event.
    #[must_use]
    pub fn of_event(&self, event: &Value) -> Value {
        match self {
            Self::Whole => event.clone(),
            Self::Constant(value) => value.clone(),
            Self::Part(pointer) => event.pointer(pointer).cloned().unwrap_or(Value::Null),
        }
    }
}

/// A function that reads a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the queue.
    pub queue: String,
    /// Index into [`Routes::functions`].
    pub function: usize,
    /// Most messages in one invocation.
    pub batch: u64,
}

/// Everything the template says about who gets which event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Routes {
    /// Every function.
    pub functions: Vec<Function>,
    /// Every rule that is enabled.
    pub rules: Vec<Rule>,
    /// Topic ARN and function.
    pub subscriptions: Vec<(String, usize)>,
    /// Event source mappings of queues.
    pub sources: Vec<Source>,
    /// Every queue of the template, by name: made in moto when the world starts.
    pub queues: Vec<String>,
    /// Every topic of the template, by name: made in moto when the world starts.
    pub topics: Vec<String>,
    /// Every SSM document of the template, as `CreateDocument` takes it: made in moto when the world starts.
    pub documents: Vec<Value>,
}

impl Routes {
    /// The same without what leads to these functions. They can still be invoked by name.
    #[must_use]
    pub fn without(mut self, deaf: &BTreeSet<String>) -> Self {
        let hears = |functions: &[Function], index: usize| !deaf.contains(&functions[index].name);
        for rule in &mut self.rules {
            rule.targets.retain(|target| match target {
                Target::Function(index) => hears(&self.functions, *index),
                Target::Queue(_) => true,
            });
        }
        self.subscriptions.retain(|(_, index)| hears(&self.functions, *index));
        self.sources.retain(|source| hears(&self.functions, source.function));
        self
    }

    /// Reads a template. Parameters that are not given have their defaults.
    ///
    /// # Errors
    /// [`RouteError`] with the place of the fault.
    pub fn read(text: &str, parameters: &BTreeMap<String, String>) -> Result<Self, RouteError> {
        let template = Template::new(&yaml::to_json(text).map_err(RouteError::Yaml)?, parameters);
        let mut routes = Self::default();
        routes.read_resources(&template);
        for (id, kind, resource) in template.resources() {
            match kind {
                "AWS::Serverless::Function" => routes.read_events(&template, id, resource)?,
                "AWS::Events::Rule" => routes.read_rule(id, &template.resolve(&resource["Properties"]))?,
                "AWS::SNS::Subscription" => routes.read_subscription(&template.resolve(&resource["Properties"])),
                "AWS::Lambda::EventSourceMapping" => routes.read_mapping(&template.resolve(&resource["Properties"])),
                _ => {}
            }
        }
        Ok(routes)
    }

    /// The function that an ARN, a name in AWS or a local name means.
    #[must_use]
    pub fn function(&self, name_or_arn: &str) -> Option<usize> {
        let name = name_or_arn.split_once(":function:").map_or(name_or_arn, |(_, name)| name);
        let name = name.split(':').next().unwrap_or(name);
        self.functions.iter().position(|function| function.name == name || function.physical_name == name)
    }

    /// Functions that listen to a topic.
    pub fn subscribers<'a>(&'a self, topic_arn: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.subscriptions.iter().filter(move |(topic, _)| topic == topic_arn).map(|(_, function)| *function)
    }

    fn read_resources(&mut self, template: &Template) {
        for (id, kind, resource) in template.resources() {
            match kind {
                "AWS::Serverless::Function" => self.functions.push(read_function(template, id, resource)),
                "AWS::SQS::Queue" => self.queues.push(template.name(id)),
                "AWS::SNS::Topic" => self.topics.push(template.name(id)),
                "AWS::SSM::Document" => self.documents.push(document(template, id, resource)),
                _ => {}
            }
        }
    }

    fn read_events(&mut self, template: &Template, id: &str, resource: &Value) -> Result<(), RouteError> {
        let Some(function) = self.function(&local_name(template, id, resource)) else { return Ok(()) };
        let events = template.resolve(&resource["Properties"]["Events"]);
        for (name, event) in events.as_object().into_iter().flatten() {
            let properties = &event["Properties"];
            match event["Type"].as_str() {
                Some("EventBridgeRule" | "CloudWatchEvent") => {
                    let targets = vec![Target::Function(function)];
                    self.add_rule(format!("{id}/{name}"), properties, targets, Input::of(properties))?;
                }
                Some("SNS") => self.subscribe(&properties["Topic"], function),
                Some("SQS") => self.add_source(properties, &properties["Queue"], function),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_rule(&mut self, id: &str, properties: &Value) -> Result<(), RouteError> {
        for target in properties["Targets"].as_array().into_iter().flatten() {
            let arn = target["Arn"].as_str().unwrap_or_default();
            let found = match self.function(arn) {
                Some(function) => Some(Target::Function(function)),
                None => queue_name(arn).map(Target::Queue),
            };
            if let Some(found) = found {
                self.add_rule(id.to_owned(), properties, vec![found], Input::of(target))?;
            }
        }
        Ok(())
    }

    fn add_rule(
        &mut self,
        name: String,
        properties: &Value,
        targets: Vec<Target>,
        input: Input,
    ) -> Result<(), RouteError> {
        let pattern =
            [&properties["Pattern"], &properties["EventPattern"]].into_iter().find(|pattern| !pattern.is_null());
        // A rule without a pattern is a schedule; the world sends those when it is asked to.
        let Some(pattern) = pattern else { return Ok(()) };
        if properties["State"] == json!("DISABLED") || properties["Enabled"] == json!(false) {
            return Ok(());
        }
        let pattern = Pattern::new(pattern).map_err(|source| RouteError::Pattern { rule: name.clone(), source })?;
        let bus = properties["EventBusName"].as_str().unwrap_or("default").to_owned();
        self.rules.push(Rule { name, bus, pattern, targets, input });
        Ok(())
    }

    fn read_subscription(&mut self, properties: &Value) {
        let function = properties["Endpoint"].as_str().and_then(|endpoint| self.function(endpoint));
        if let (Some("lambda"), Some(function)) = (properties["Protocol"].as_str(), function) {
            self.subscribe(&properties["TopicArn"], function);
        }
    }

    fn subscribe(&mut self, topic: &Value, function: usize) {
        if let Some(arn) = topic.as_str() {
            self.subscriptions.push((arn.to_owned(), function));
        }
    }

    fn read_mapping(&mut self, properties: &Value) {
        if let Some(function) = properties["FunctionName"].as_str().and_then(|name| self.function(name)) {
            self.add_source(properties, &properties["EventSourceArn"], function);
        }
    }

    fn add_source(&mut self, properties: &Value, queue: &Value, function: usize) {
        let batch = properties["BatchSize"].as_u64().unwrap_or(10);
        if let Some(queue) = queue.as_str().and_then(queue_name) {
            self.sources.push(Source { queue, function, batch });
        }
    }
}

fn document(template: &Template, id: &str, resource: &Value) -> Value {
    let properties = &resource["Properties"];
    let content = match &properties["Content"] {
        Value::String(text) => json!(text),
        inline => json!(inline.to_string()),
    };
    let format = properties["DocumentFormat"].as_str().unwrap_or("JSON");
    json!({ "Name": template.name(id), "Content": content, "DocumentType": properties["DocumentType"], "DocumentFormat": format })
}

fn queue_name(arn: &str) -> Option<String> {
    arn.strip_prefix("arn:aws:sqs:").and_then(|rest| rest.rsplit(':').next()).map(str::to_owned)
}

fn read_function(template: &Template, id: &str, resource: &Value) -> Function {
    let property = |name: &str| template.function_property(resource, name);
    let invoke = property("EventInvokeConfig");
    let on_failure = invoke.pointer("/DestinationConfig/OnFailure/Destination");
    let queue = [
        property("DeadLetterQueue")["TargetArn"].as_str().map(str::to_owned),
        on_failure.and_then(Value::as_str).map(str::to_owned),
    ];
    Function {
        name: local_name(template, id, resource),
        physical_name: template.name(id),
        durable: property("DurableConfig").is_object(),
        dead_letter_queue: queue.into_iter().flatten().find_map(|arn| queue_name(&arn)),
        retries: invoke["MaximumRetryAttempts"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(2),
    }
}

/// The binary's name; a function without one is known by its logical id.
fn local_name(template: &Template, id: &str, resource: &Value) -> String {
    let binary = template.resolve(&resource["Metadata"]["BuildProperties"]["Binary"]);
    binary.as_str().map_or_else(|| id.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r"
Parameters:
  TopicArn: {Type: String, Default: ''}
Conditions:
  Own: !Equals [!Ref TopicArn, '']
Globals:
  Function:
    DurableConfig: {ExecutionTimeout: 60}
    EventInvokeConfig: {MaximumRetryAttempts: 1}
    DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
Resources:
  Resize:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: resize-on-cpu-alarm}}
    Properties:
      FunctionName: !Sub ${AWS::StackName}-resize
      Events:
        Alarm:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.cloudwatch]}}
        Off:
          Type: EventBridgeRule
          Properties: {State: DISABLED, Pattern: {source: [aws.ec2]}}
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        Notified: {Type: SNS, Properties: {Topic: !If [Own, !Ref Topic, !Ref TopicArn]}}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Dead.Arn, BatchSize: 1}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: own
      EventPattern: {source: [kintsugi]}
      Targets:
        - {Arn: !Ref Resize.Alias, Id: a, InputPath: $.detail}
        - {Arn: !GetAtt Dead.Arn, Id: b}
  Dead: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic, Condition: Own}
";

    fn read(parameters: &[(&str, &str)]) -> Routes {
        let parameters = parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Routes::read(TEMPLATE, &parameters).unwrap()
    }

    #[test]
    fn the_template_says_who_gets_which_event() {
        let routes = read(&[]);
        let rules: Vec<_> =
            routes.rules.iter().map(|rule| (rule.name.as_str(), rule.bus.as_str(), rule.targets.clone())).collect();
        assert_eq!(
            rules,
            [
                ("Resize/Alarm", "default", vec![Target::Function(0)]),
                ("Rule", "own", vec![Target::Function(0)]),
                ("Rule", "own", vec![Target::Queue("kintsugi-Dead".into())]),
            ]
        );
        assert_eq!(routes.subscribers("arn:aws:sns:eu-west-1:123456789012:kintsugi-Topic").collect::<Vec<_>>(), [0]);
        assert_eq!(routes.sources, [Source { queue: "kintsugi-Dead".into(), function: 0, batch: 1 }]);
        assert_eq!(
            (routes.queues, routes.topics),
            (vec!["kintsugi-Dead".to_owned()], vec!["kintsugi-Topic".to_owned()])
        );
    }

    #[test]
    fn the_projects_own_template_is_understood() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let routes = Routes::read(&std::fs::read_to_string(path).unwrap(), &BTreeMap::new()).unwrap();
        assert!(!routes.functions.is_empty());
        // Scripts are started by the other functions, the page of approvals by its URL, the finder by the clock.
        let by_events = |(_, function): &(usize, &Function)| {
            !["RunScriptFunction", "decide-approval", "find-faults"].contains(&function.name.as_str())
        };
        for (index, function) in routes.functions.iter().enumerate().filter(by_events) {
            assert!(function.durable, "{}", function.name);
            assert!(
                function.dead_letter_queue.as_ref().is_some_and(|queue| routes.queues.contains(queue)),
                "{function:?}"
            );
            assert!(
                routes.rules.iter().any(|rule| rule.targets.contains(&Target::Function(index))),
                "{}",
                function.name
            );
        }
        assert!(
            routes.subscriptions.iter().all(|(topic, _)| topic.starts_with("arn:aws:sns:")),
            "{:?}",
            routes.subscriptions
        );
        for document in &routes.documents {
            engine::parse(document["Content"].as_str().unwrap(), document["Name"].as_str().unwrap()).unwrap();
        }
    }

    #[test]
    fn a_parameter_moves_a_subscription_to_another_topic() {
        let routes = read(&[("TopicArn", "arn:aws:sns:eu-west-1:123456789012:theirs")]);
        assert_eq!(routes.subscribers("arn:aws:sns:eu-west-1:123456789012:theirs").count(), 1);
        assert!(routes.topics.is_empty());
    }

    #[test]
    fn a_function_is_known_by_every_name_it_has() {
        let routes = read(&[]);
        let expected = Function {
            name: "resize-on-cpu-alarm".into(),
            physical_name: "kintsugi-resize".into(),
            durable: true,
            dead_letter_queue: Some("kintsugi-Dead".into()),
            retries: 1,
        };
        assert_eq!(routes.functions, [expected]);
        for name in [
            "resize-on-cpu-alarm",
            "kintsugi-resize",
            "arn:aws:lambda:eu-west-1:123456789012:function:kintsugi-resize:live",
        ] {
            assert_eq!(routes.function(name), Some(0), "{name}");
        }
        assert_eq!(routes.function("arn:aws:lambda:eu-west-1:123456789012:function:other"), None);
    }

    #[test]
    fn a_rule_sends_the_part_it_names() {
        let event = json!({"detail": {"a": 1}});
        assert_eq!(read(&[]).rules[1].input.of_event(&event), json!({"a": 1}));
        assert_eq!(read(&[]).rules[2].input.of_event(&event), event);
    }

    #[test]
    fn a_pattern_eventbridge_would_refuse_stops_the_world_with_its_place() {
        let broken = TEMPLATE.replace("{source: [kintsugi]}", "{source: kintsugi}");
        let error = Routes::read(&broken, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "the rule Rule cannot be obeyed");
    }
}
