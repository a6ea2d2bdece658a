//! A durable execution of one of our functions that did not come to its own end: nobody else can tell of it.

use crate::event::ExecutionEnd;
use crate::incident::Incident;
use crate::ticket::draft::{Body, Category, Draft, Fact, News, Severity};
use crate::ticket::place::Ran;
use crate::ticket::text::{clean, option, time};

use super::Composed;

pub(super) fn compose(end: &ExecutionEnd) -> Composed {
    if end.failed() {
        Composed::ticket(draft(end))
    } else {
        Composed::nothing(format!("execution {} is {}", end.execution, end.status))
    }
}

fn draft(end: &ExecutionEnd) -> Draft {
    let incident = end.incident();
    Draft {
        fingerprint: incident.fingerprint.clone(),
        // As the function itself says it, where it still could.
        occurrence: clean(&end.execution),
        title: clean(&format!("{} did not come to an end: {}", incident.noticed_by, end.status)),
        severity: Severity::Critical,
        category: Category::Recovery,
        resources: vec![end.function.clone()],
        runbook: None,
        seen: end.ended,
        began: None,
        news: News::Broken,
        kind: end.status.clone(),
        binding: None,
        wishes: Default::default(),
        body: body(end, &incident),
    }
}

fn body(end: &ExecutionEnd, incident: &Incident) -> Body {
    let ran = Ran::of(&end.execution);
    Body::default()
        .heading("What broke")
        .paragraph(&incident.summary)
        .facts([
            Fact::new("Function", &end.function).linked(ran.and_then(Ran::function_page)),
            Fact::new("Execution", &end.execution).linked(ran.and_then(Ran::executions_page)),
            Fact::new("Status", &end.status),
            Fact::new("Account", &end.account),
            Fact::new("Region", &end.region),
            Fact::new("Began", time(end.started)),
            Fact::new("Ended", time(end.ended)),
        ])
        .heading("What is left to do")
        .paragraph(
            "It may have stopped between two changes, and has not looked at what it did. The first command shows the event \
             it was about and why it ended, the second each step that was done. Check that resource. Its lock does not bar \
             the next run: an execution that has ended loses it.",
        )
        .commands(commands(end))
}

fn commands(end: &ExecutionEnd) -> [String; 2] {
    let region = option("--region", &end.region);
    let execution = option("--durable-execution-arn", &end.execution);
    ["get-durable-execution", "get-durable-execution-history"]
        .map(|command| format!("aws lambda {command} {region} {execution}"))
}
