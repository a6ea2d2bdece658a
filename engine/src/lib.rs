//! The runbook language: AWS Systems Manager Automation documents (schemaVersion 0.3), parsed, checked,
//! planned and run.
//!
//! Comes in: document text, typed parameters, and a [`Host`] that performs effects.
//! Goes out: findings, a plan, or the record of an execution.
//! Never: an AWS crate, a clock, an environment variable, a file. Every effect goes through the [`Host`],
//! and given the same answers the interpreter takes the same path: that is how a run survives a crash.
//!
//! ```text
//! text -> parse -> Document -> validate -> Findings
//!                      |-----> api_calls            (for IAM)
//!                      |-----> plan  (host: reads)  -> Plan
//!                      '-----> run   (host: all)    -> Execution
//! ```
//!
//! ```
//! let text = "
//! schemaVersion: '0.3'
//! parameters:
//!   Bucket: {type: String}
//! mainSteps:
//!   - name: look
//!     action: aws:executeAwsApi
//!     inputs: {Service: s3, Api: GetPublicAccessBlock, Bucket: '{{ Buckett }}'}
//! ";
//! let document = engine::parse(text, "look.yaml").unwrap();
//! let findings = engine::validate(&document);
//! let expected = "look.yaml:8:62: error[undeclared-parameter]: step look: the parameter Buckett is not declared; did you mean Bucket?";
//! assert_eq!(findings.to_string(), expected);
//! assert_eq!(engine::api_calls(&document)[0].1, "GetPublicAccessBlock");
//! ```

mod action;
mod condition;
mod context;
mod document;
pub mod draw;
mod explain;
mod finding;
pub mod host;
mod near;
mod parse;
mod pattern;
mod place;
mod plain;
mod plan;
mod print;

mod reference;
mod report;
mod resolve;
mod rule;
mod run;
mod selector;
mod static_call;
mod validate;
pub mod yaml;

pub use action::{Support, api_calls, pascal, support};
pub use context::{Context, PollPolicy, Readings};
pub use document::{
    Amount, AttachedFile, Document, OnCancel, OnFailure, Parameter, Step, StepOutput, ValueType, Variable,
};
pub use explain::{Changes, ExplainedParameter, ExplainedStep, Explanation, IsRead, Longest, Part, explain};
pub use finding::{Finding, Findings, Fix, Severity};
pub use host::{
    Ability, ApiCall, Approval, ApprovalRequest, ApprovalStatus, ApproverDecision, CallFault, DocumentFault,
    DocumentRequest, FaultKind, Host, HostError, PauseRequest, Progress, Resumption, ScriptAnswer, ScriptFault,
    ScriptFaultKind, ScriptRequest, ScriptSource, StopRequest, WebhookAnswer, WebhookRequest,
};
pub use parse::{parse, sketch};
pub use place::Place;
pub use plain::{is_hidden, plain, plain_lines};
pub use plan::{Plan, PlanKind, PlannedStep, Round, plan};
pub use print::{print, tree};

pub use reference::Reference;
pub use rule::{Level, RULES, Rule};
pub use run::{
    Cause, ChildProblem, Execution, ExecutionStatus, Failure, ParameterProblem, ParentStep, RunError, StepRecord,
    StepStatus, UnsupportedStep, run,
};
pub use static_call::{StaticCall, static_call, value_type};
pub use validate::validate;
