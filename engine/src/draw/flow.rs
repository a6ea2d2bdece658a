//! The flow of a runbook as data: what can happen, and what can come after it.
//!
//! Comes in: nothing; [`super::flow`] makes these. Goes out: nodes and edges, also as JSON.
//! Never: a place on a page; that is the layout's.

use serde::Serialize;

/// The graph of a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// The document's name, often a file name.
    pub document: String,
    /// The document's description.
    pub description: Option<String>,
    /// Each at the index that is its `id`.
    pub nodes: Vec<Node>,
    /// In document order of where they begin.
    pub edges: Vec<Edge>,
}

/// A step, or a place where a run begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its index in [`Flow::nodes`].
    pub id: usize,
    /// What it is to a reader.
    pub kind: NodeKind,
    /// Name of the step; of a missing one as the document calls it; else what the place is.
    pub name: String,
    /// The step's action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What is called: `ec2:StopInstances`, the name of a document, a runtime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What it waits for, asserts, repeats or sets, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Attempts and time-out where the step says so (`3 tries`, `15 min`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What a failure of the step leads to; absent where nothing can fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<OnFault>,
    /// The step's description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The loop whose body it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<usize>,
    /// Whether a run can come to it.
    pub reachable: bool,
}

/// What a node is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// The run begins.
    Start,
    /// The run ends.
    End,
    /// One round of a loop ends.
    RoundEnd,
    /// Looks.
    Read,
    /// Changes something.
    Write,
    /// Looks, and fails if it is not as desired.
    Assert,
    /// Looks until it is as desired.
    Wait,
    /// Lets time pass.
    Sleep,
    /// Chooses the next step.
    Branch,
    /// Waits until people agree.
    Approve,
    /// Waits until somebody resumes the run.
    Pause,
    /// Runs a script of the document.
    Script,
    /// Runs another runbook.
    Child,
    /// Hands over to a command, a function, a state machine or a webhook.
    Invoke,
    /// Sets a variable of the run.
    Variable,
    /// Repeats its body, which are the nodes within it.
    Loop,
    /// An action that is not known.
    Unknown,
    /// A step that is named and not there.
    Missing,
}

/// What a failure of a step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFault {
    /// The run stops.
    Abort,
    /// The run goes on as after success.
    Continue,
    /// The run goes on at another step: there is an edge.
    Step,
}

/// One node may come after another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// The node it leaves.
    pub from: usize,
    /// The node it leads to.
    pub to: usize,
    /// Why.
    pub kind: EdgeKind,
    /// The condition of a choice, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it leaves a loop before its end.
    pub leaves_loop: bool,
}

/// Why one node may come after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeKind {
    /// After success.
    Next,
    /// By a choice of a branch.
    Choice,
    /// Where no choice of a branch holds.
    Default,
    /// From a loop into its body.
    Body,
    /// After a failure, by onFailure.
    Failure,
    /// After a cancellation, by onCancel.
    Cancel,
}

impl NodeKind {
    /// The word in a node's corner; empty for where a run begins and ends.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Start | Self::End | Self::RoundEnd => "",
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::Assert => "ASSERT",
            Self::Wait => "WAIT",
            Self::Sleep => "SLEEP",
            Self::Branch => "BRANCH",
            Self::Approve => "APPROVAL",
            Self::Pause => "PAUSE",
            Self::Script => "SCRIPT",
            Self::Child => "RUNBOOK",
            Self::Invoke => "INVOKE",
            Self::Variable => "VARIABLE",
            Self::Loop => "LOOP",
            Self::Unknown => "UNKNOWN ACTION",
            Self::Missing => "NO SUCH STEP",
        }
    }
}

impl Node {
    /// The family of colours it is shown in.
    pub(super) fn class(&self) -> &'static str {
        match self.kind {
            NodeKind::Unknown | NodeKind::Missing => "wrong",
            _ if !self.reachable => "never",
            NodeKind::Write => "write",
            NodeKind::Read | NodeKind::Assert => "read",
            NodeKind::Wait | NodeKind::Sleep => "wait",
            NodeKind::Approve | NodeKind::Pause => "person",
            NodeKind::Script | NodeKind::Child | NodeKind::Invoke => "code",
            NodeKind::Start
            | NodeKind::End
            | NodeKind::RoundEnd
            | NodeKind::Branch
            | NodeKind::Variable
            | NodeKind::Loop => "plain",
        }
    }
}
