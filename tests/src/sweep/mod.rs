//! The sweep: every effect of every runbook fails, comes twice, is cut off, and after each the rules that never break
//! are looked at in the account itself.
//!
//! Comes in: scenes (a runbook, how its fault is made, what healed and as it was mean). Goes out: a matrix of what came of
//! every case, and every breach of a rule. Never: a case that is counted without having been looked at.
//!
//! The way: [`recording`] writes down the effects of an undisturbed run, [`plan`] makes cases of them, [`conduct`] has
//! [`perform`] play each in a lane of its own, [`check`] looks at the [`evidence`], [`table`] prints what came of it.

pub mod approvers;
pub mod case;
pub mod check;
pub mod conduct;
pub mod evidence;
pub mod failure;
pub mod finished;
pub mod lane;
pub mod letters;
pub mod perform;
pub mod plan;
pub mod recording;
pub mod scene;
pub mod table;

/// Why a case could not be played. Nothing is known of the rules then.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;
