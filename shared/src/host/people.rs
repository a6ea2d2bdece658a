//! Waiting for people in one process: at a terminal, or over processes, each of which brings one decision.
//!
//! Comes in: an approval or a pause, and whoever can be asked. Goes out: what was decided, recorded with its time.
//! Never: a decision of nobody, of somebody who is not asked, or twice of the same person.

use std::time::Duration;

use async_trait::async_trait;
use engine::{
    ApiCall, Approval, ApprovalRequest, ApprovalStatus, ApproverDecision, Host as _, HostError, PauseRequest, Progress,
    Resumption,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use thiserror::Error;

use super::answer::{perform, wall_clock};
use super::local::LocalHost;
use super::recorded;

/// How soon a person who thinks is interrupted by a stop or a time-out. Shorter only burns cycles.
const GLANCE: Duration = Duration::from_millis(200);

/// Whoever can be asked.
#[async_trait]
pub trait People: Send + Sync {
    /// One decision on a request, of which some may have been made. Waits as long as it takes to think; the host stops
    /// waiting when the run is cancelled or the time is over.
    async fn decide(&self, request: &ApprovalRequest, decided: &[ApproverDecision]) -> Word;

    /// Whether a paused run shall go on.
    async fn go_on(&self, request: &PauseRequest) -> Word;
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Yes; for a pause: go on.
    Yes(Speaker),
    /// No.
    No(Speaker),
    /// Nobody decides now: the run stops where it is, its journal kept.
    Later,
}

/// Who said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Speaker {
    /// A name or an ARN, as the speaker gives it.
    pub name: String,
    /// Why.
    pub comment: Option<String>,
}

/// Nobody, ever: a run that has to wait stops where it is.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

#[async_trait]
impl People for Nobody {
    async fn decide(&self, _: &ApprovalRequest, _: &[ApproverDecision]) -> Word {
        Word::Later
    }

    async fn go_on(&self, _: &PauseRequest) -> Word {
        Word::Later
    }
}

/// Why a run stopped where it is: it waits for a person. The source of the [`HostError`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Waiting {
    /// For a decision.
    #[error("step {step} waits for {missing} more of {}", approvers.join(", "))]
    Approval {
        /// The step.
        step: String,
        /// Who may decide.
        approvers: Vec<String>,
        /// How many must still approve.
        missing: u32,
        /// Until when.
        until: Timestamp,
    },
    /// For a word to go on.
    #[error("step {step} is paused")]
    Pause {
        /// The step.
        step: String,
    },
}

/// A decision that does not count. The source of the [`HostError`]; the run waits on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotCounted {
    /// By somebody who is not asked.
    #[error("{name} is not one of those who decide on step {step}: {}", approvers.join(", "))]
    NotAnApprover {
        /// Who spoke.
        name: String,
        /// The step.
        step: String,
        /// Who may.
        approvers: Vec<String>,
    },
    /// By somebody who has decided.
    #[error("{name} has decided on step {step} before")]
    Twice {
        /// Who spoke.
        name: String,
        /// The step.
        step: String,
    },
}

/// The approver that a name or ARN stands for: itself, the user or role name at the end of an ARN, or the role of an
/// assumed-role ARN.
#[must_use]
pub fn approver_of<'a>(approvers: &'a [String], who: &str) -> Option<&'a str> {
    let who = who.trim();
    let names = names_of(who);
    let found = approvers.iter().find(|approver| *approver == who);
    let found = found.or_else(|| approvers.iter().find(|approver| names.iter().any(|name| name == *approver)));
    found
        .or_else(|| approvers.iter().find(|approver| names_of(approver).iter().any(|name| name == who)))
        .map(String::as_str)
}

/// By what else an ARN is known.
fn names_of(arn: &str) -> Vec<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, _, account, resource] = parts.as_slice() else { return Vec::new() };
    let path: Vec<&str> = resource.split('/').collect();
    match (*service, path.as_slice()) {
        ("iam", ["user" | "role", .., name]) => vec![(*name).to_owned()],
        ("sts", ["assumed-role", role, _session]) => {
            vec![format!("arn:{partition}:iam::{account}:role/{role}"), (*role).to_owned()]
        }
        // As which some emulators know users.
        ("sts", ["user", name]) => vec![format!("arn:{partition}:iam::{account}:user/{name}"), (*name).to_owned()],
        _ => Vec::new(),
    }
}

/// An approval that is waited for.
struct Asked<'a> {
    op: &'a str,
    request: ApprovalRequest,
    decisions: Vec<ApproverDecision>,
    until: Timestamp,
}

impl Asked<'_> {
    /// How it ended, if the decisions say so. One no is enough.
    fn settled(&self) -> Option<ApprovalStatus> {
        if self.decisions.iter().any(|decision| !decision.approved) {
            return Some(ApprovalStatus::Rejected);
        }
        (self.missing() == 0).then_some(ApprovalStatus::Approved)
    }

    fn missing(&self) -> u32 {
        let approved = u32::try_from(self.decisions.len()).unwrap_or(u32::MAX);
        self.request.minimum.saturating_sub(approved)
    }

    /// What somebody said as a decision, or why it does not count.
    fn decision(&self, speaker: Speaker, approved: bool) -> Result<ApproverDecision, NotCounted> {
        let (step, approvers) = (self.request.step.clone(), &self.request.approvers);
        let Some(approver) = approver_of(approvers, &speaker.name) else {
            return Err(NotCounted::NotAnApprover { name: speaker.name, step, approvers: approvers.clone() });
        };
        if self.decisions.iter().any(|decision| decision.approver == approver) {
            return Err(NotCounted::Twice { name: approver.to_owned(), step });
        }
        let comment = speaker.comment.filter(|comment| !comment.trim().is_empty());
        Ok(ApproverDecision { approver: approver.to_owned(), approved, comment, at: wall_clock() })
    }

    fn waiting(&self) -> Waiting {
        let decided = |approver: &&String| !self.decisions.iter().any(|decision| decision.approver == **approver);
        Waiting::Approval {
            step: self.request.step.clone(),
            approvers: self.request.approvers.iter().filter(decided).cloned().collect(),
            missing: self.missing(),
            until: self.until,
        }
    }
}

impl LocalHost {
    pub(super) async fn ask_approvers(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        if let Some(answer) = self.known(op)? {
            return Ok(answer);
        }
        let since: Timestamp = recorded(self, &format!("{op}/asked"), async { wall_clock() }).await?;
        let until = since.saturating_add(request.timeout).unwrap_or(Timestamp::MAX);
        self.tell_topic(op, &request, until).await?;
        let mut asked = Asked { op, request, decisions: self.decisions(op)?, until };
        let status = self.until_settled(&mut asked).await?;
        let approval = Approval { status, decisions: asked.decisions };
        recorded(self, op, async move { approval }).await
    }

    async fn until_settled(&self, asked: &mut Asked<'_>) -> Result<ApprovalStatus, HostError> {
        loop {
            if let Some(status) = asked.settled() {
                return Ok(status);
            }
            let word = tokio::select! {
                biased;
                interrupted = self.interrupted(Some(asked.until), asked.request.cancellable) => {
                    return Ok(interrupted.approval());
                }
                word = self.people().decide(&asked.request, &asked.decisions) => word,
            };
            let decision = match word {
                Word::Yes(speaker) => asked.decision(speaker, true),
                Word::No(speaker) => asked.decision(speaker, false),
                Word::Later => return Err(failed(asked.op, asked.waiting())),
            };
            let decision = decision.map_err(|error| failed(asked.op, error))?;
            let name = format!("{}/decision/{}", asked.op, asked.decisions.len() + 1);
            asked.decisions.push(recorded(self, &name, async move { decision }).await?);
        }
    }

    pub(super) async fn ask_to_go_on(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        if let Some(answer) = self.known(op)? {
            return Ok(answer);
        }
        let since: Timestamp = recorded(self, &format!("{op}/asked"), async { wall_clock() }).await?;
        let until = request.timeout.map(|timeout| since.saturating_add(timeout).unwrap_or(Timestamp::MAX));
        let resumption = tokio::select! {
            biased;
            interrupted = self.interrupted(until, request.cancellable) => interrupted.resumption(),
            word = self.people().go_on(&request) => match word {
                Word::Yes(_) => Resumption::Resumed,
                Word::No(_) | Word::Later => {
                    return Err(failed(op, Waiting::Pause { step: request.step.clone() }));
                }
            },
        };
        recorded(self, op, async move { resumption }).await
    }

    /// The answer that was recorded under this name.
    fn known<T: DeserializeOwned>(&self, op: &str) -> Result<Option<T>, HostError> {
        let answer = self.answered(op);
        answer.map(|answer| serde_json::from_value(answer).map_err(|source| failed(op, source))).transpose()
    }

    /// The decisions of before, in the order they came.
    fn decisions(&self, op: &str) -> Result<Vec<ApproverDecision>, HostError> {
        (1..).map_while(|number| self.known(&format!("{op}/decision/{number}")).transpose()).collect()
    }

    /// Returns when the time is over or the run is asked to stop.
    async fn interrupted(&self, until: Option<Timestamp>, cancellable: bool) -> Interrupted {
        loop {
            if until.is_some_and(|until| wall_clock() >= until) {
                return Interrupted::TimedOut;
            }
            if cancellable && self.stop_is_asked().await {
                return Interrupted::Cancelled;
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Tells the topic once that somebody is waited for. That it could not be told is no reason not to wait.
    async fn tell_topic(&self, op: &str, request: &ApprovalRequest, until: Timestamp) -> Result<(), HostError> {
        let Some(topic) = &request.notification_arn else { return Ok(()) };
        let op = format!("{op}/told");
        let call = ApiCall {
            service: "sns".to_owned(),
            api: "Publish".to_owned(),
            input: json!({
                "TopicArn": topic,
                "Subject": subject(&request.step),
                "Message": message(self.execution_id(), request, until),
            }),
            idempotency_key: format!("{}/{op}", self.execution_id()),
            timeout: None,
        };
        let told = recorded(self, &op, perform(self.services().clone(), call, false)).await?;
        if let Err(fault) = told {
            let message = format!("{topic} could not be told: {fault}");
            self.report(Progress::Warning { step: Some(request.step.clone()), message });
        }
        Ok(())
    }
}

/// What ends the wait without a word of anybody.
#[derive(Debug, Clone, Copy, Serialize)]
enum Interrupted {
    TimedOut,
    Cancelled,
}

impl Interrupted {
    fn approval(self) -> ApprovalStatus {
        match self {
            Self::TimedOut => ApprovalStatus::TimedOut,
            Self::Cancelled => ApprovalStatus::Cancelled,
        }
    }

    fn resumption(self) -> Resumption {
        match self {
            Self::TimedOut => Resumption::TimedOut,
            Self::Cancelled => Resumption::Cancelled,
        }
    }
}

/// SNS takes a hundred characters.
fn subject(step: &str) -> String {
    format!("Approval needed: {step}").chars().take(100).collect()
}

fn message(execution: &str, request: &ApprovalRequest, until: Timestamp) -> String {
    let said = request.message.as_deref().map(|said| format!("{said}\n\n")).unwrap_or_default();
    format!(
        "{said}Step {} of execution {execution} waits until {until} for {} of: {}.\n",
        request.step,
        request.minimum,
        request.approvers.join(", ")
    )
}

fn failed(op: &str, source: impl std::error::Error + Send + Sync + 'static) -> HostError {
    HostError { operation: op.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approver_is_known_by_name_and_by_arn() {
        let approvers: Vec<String> =
            ["kim", "arn:aws:iam::1:user/ops/lee", "arn:aws:iam::1:role/Approver"].map(str::to_owned).to_vec();
        for (who, approver) in [
            ("kim", Some("kim")),
            ("arn:aws:iam::1:user/kim", Some("kim")),
            ("lee", Some("arn:aws:iam::1:user/ops/lee")),
            ("arn:aws:iam::1:user/ops/lee", Some("arn:aws:iam::1:user/ops/lee")),
            ("arn:aws:sts::1:assumed-role/Approver/session", Some("arn:aws:iam::1:role/Approver")),
            ("arn:aws:sts::2:assumed-role/Approver/session", None),
            ("arn:aws:sts::1:assumed-role/Other/kim", None),
            ("session", None),
            ("", None),
        ] {
            assert_eq!(approver_of(&approvers, who), approver, "{who}");
        }
    }

    #[test]
    fn a_subject_fits_into_what_sns_takes() {
        assert_eq!(subject("ask"), "Approval needed: ask");
        assert_eq!(subject(&"x".repeat(200)).len(), 100);
    }
}
