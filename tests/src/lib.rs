//! What the tests of the whole share: the checkout as data.
//!
//! Comes in: files of this checkout. Goes out: their text, Cargo's view of the workspace, the template as JSON.
//! Never: a change of anything.

pub mod browser;
pub mod catalogue_page;
pub mod checkout;
pub mod finder;
pub mod local;
pub mod pace;
pub mod page;
pub mod scene;
pub mod source;
pub mod storm;
pub mod sweep;
pub mod template;
