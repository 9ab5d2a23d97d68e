//! The machine of Foreshadow: a deterministic discrete-event simulator of systems of services.

#![allow(clippy::inline_always, reason = "the hot loop is one function: a seventh of its time")]

pub mod calendar;
mod check;
pub mod error;
mod frame;
pub mod histogram;
pub mod kernel;
pub mod plan;
mod program;
pub mod random;
pub mod replicate;
pub mod stats;
mod system;
pub mod tally;
pub mod time;

pub use error::Error;
pub use plan::Plan;
pub use replicate::Simulation;
pub use system::{Visit, Visits, visits};
pub use tally::Tally;
