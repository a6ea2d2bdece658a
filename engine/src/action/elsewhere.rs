//! The actions that run in AWS's own documents only.
//!
//! Comes in: a step. Goes out: nothing but its name, so that it is not taken for a spelling mistake.
//! Never: an effect. A document with one of these is refused before its first step.

use super::{COMMON, Runs, Spec};

pub(super) static SPECS: &[Spec] = &[
    Spec { name: "aws:putServerUpgradeMetrics", optional: None, runs: Runs::Private, ..COMMON },
    Spec { name: "aws:shareSQLMedia", optional: None, runs: Runs::Private, ..COMMON },
];
