//! An SSM Automation execution that did not end well.

use crate::event::AutomationEnd;
use crate::incident::Incident;
use crate::ticket::draft::{Body, Category, Draft, Fact, News, Severity};
use crate::ticket::place::Place;
use crate::ticket::text::{clean, option, time};

use super::{Composed, resources};

pub(super) fn compose(end: &AutomationEnd) -> Composed {
    if end.failed() {
        Composed::ticket(draft(end))
    } else {
        Composed::nothing(format!("automation {} of {} is {}", end.execution, end.document, end.status))
    }
}

fn draft(end: &AutomationEnd) -> Draft {
    let incident = end.incident();
    Draft {
        fingerprint: incident.fingerprint.clone(),
        occurrence: format!("{} {}", end.execution, end.status),
        title: clean(&format!("Automation {} ended {}", end.document, end.status)),
        severity: Severity::High,
        category: Category::Recovery,
        resources: resources(&incident),
        runbook: Some(end.document.clone()),
        seen: end.ended,
        began: None,
        news: News::Broken,
        kind: end.status.clone(),
        binding: None,
        wishes: Default::default(),
        body: body(end, &incident),
    }
}

fn body(end: &AutomationEnd, incident: &Incident) -> Body {
    let page = incident.resource.as_ref().and_then(|execution| Place::of(incident).page(execution));
    Body::default()
        .heading("What broke")
        .paragraph(&incident.summary)
        .facts([
            Fact::new("Execution", &end.execution).linked(page),
            Fact::new("Document", &end.document),
            Fact::new("Status", &end.status),
            Fact::new("Started by", end.executed_by.as_deref().unwrap_or_default()),
            Fact::new("Account", &end.account),
            Fact::new("Region", &end.region),
            Fact::new("Ended", time(end.ended)),
        ])
        .heading("What is left to do")
        .paragraph(
            "The steps before the one that failed may have changed something, and nothing puts that back by itself. \
             The commands show why it failed and what each step did.",
        )
        .commands(commands(end))
}

fn commands(end: &AutomationEnd) -> [String; 2] {
    let region = option("--region", &end.region);
    let execution = option("--automation-execution-id", &end.execution);
    [
        format!(
            "aws ssm get-automation-execution {region} {execution} \
             --query AutomationExecution.FailureMessage --output text"
        ),
        format!("aws ssm describe-automation-step-executions {region} {execution}"),
    ]
}
