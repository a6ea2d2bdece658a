//! A command that was sent to one machine, as SSM tells of it.
//!
//! Comes in: the call that sent it, what came of it. Goes out: members of SSM's answers. Never: more output than SSM keeps.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::shell::Said;
use crate::clock;

/// SSM keeps so many characters of what a step said.
const KEPT: usize = 2500;
const PLUGIN: &str = "aws:runShellScript";

/// One command on one machine, ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) instance: String,
    document: Value,
    parameters: Value,
    at: Timestamp,
    said: Said,
}

impl Sent {
    pub(super) fn new(id: String, instance: String, input: &Map<String, Value>, at: Timestamp, said: Said) -> Self {
        let member = |name: &str| input.get(name).cloned().unwrap_or_default();
        Self { id, instance, document: member("DocumentName"), parameters: member("Parameters"), at, said }
    }

    fn status(&self) -> &'static str {
        if self.said.code == 0 { "Success" } else { "Failed" }
    }

    /// In answers about commands.
    pub(super) fn command(&self) -> Value {
        let failed = u8::from(self.said.code != 0);
        json!({
            "CommandId": self.id, "DocumentName": self.document, "Parameters": self.parameters,
            "InstanceIds": [self.instance], "Targets": [], "RequestedDateTime": clock::epoch(self.at),
            "Status": self.status(), "StatusDetails": self.status(),
            "TargetCount": 1, "CompletedCount": 1, "ErrorCount": failed, "DeliveryTimedOutCount": 0,
        })
    }

    /// In a list of what commands did; with its steps if they are asked for.
    pub(super) fn invocation(&self, details: bool) -> Value {
        let plugin = json!({
            "Name": PLUGIN, "Status": self.status(), "StatusDetails": self.status(),
            "ResponseCode": self.said.code, "Output": self.output(),
            "ResponseStartDateTime": clock::epoch(self.at), "ResponseFinishDateTime": clock::epoch(self.at),
        });
        json!({
            "CommandId": self.id, "InstanceId": self.instance, "DocumentName": self.document,
            "RequestedDateTime": clock::epoch(self.at), "Status": self.status(), "StatusDetails": self.status(),
            "CommandPlugins": if details { vec![plugin] } else { vec![] },
        })
    }

    /// Of one node, by itself.
    pub(super) fn alone(&self) -> Value {
        json!({
            "CommandId": self.id, "InstanceId": self.instance, "DocumentName": self.document, "PluginName": PLUGIN,
            "ResponseCode": self.said.code, "Status": self.status(), "StatusDetails": self.status(),
            "ExecutionStartDateTime": self.at.to_string(), "ExecutionEndDateTime": self.at.to_string(),
            "StandardOutputContent": kept(&self.said.out), "StandardErrorContent": kept(&self.said.err),
        })
    }

    /// SSM joins both streams, and says how a step failed.
    fn output(&self) -> String {
        let Said { code, out, err } = &self.said;
        let end = if *code == 0 { String::new() } else { format!("failed to run commands: exit status {code}") };
        if err.is_empty() && *code == 0 {
            return kept(out);
        }
        kept(&format!("{out}\n----------ERROR-------\n{err}{end}"))
    }
}

fn kept(text: &str) -> String {
    text.chars().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_failed_says_how() {
        let sent = |code: i32, err: &str| {
            let said = Said { code, out: "a\n".into(), err: err.into() };
            let sent = Sent::new("c".into(), "i-1".into(), &Map::new(), Timestamp::UNIX_EPOCH, said);
            (sent.command()["ErrorCount"].clone(), sent.invocation(true)["CommandPlugins"][0]["Output"].clone())
        };
        assert_eq!(sent(0, ""), (json!(0), json!("a\n")));
        let failed = "a\n\n----------ERROR-------\nno\nfailed to run commands: exit status 2";
        assert_eq!(sent(2, "no\n"), (json!(1), json!(failed)));
    }
}
