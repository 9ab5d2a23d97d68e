//! Many faults, many seeds: what breaks, how far it spreads, how likely that is.
//!
//! A trial is a pair of runs over the same requests, with faults and without ([`pair`]). Trials are
//! grouped into units, pure functions whose results are objects in Parquet ([`mod@unit`], [`record`],
//! [`store`]); threads run those that are missing ([`engine`]), and answers are made of what all
//! came to ([`report`]).

pub mod breaking;
pub mod capacity;
pub mod case;
pub mod engine;
pub mod error;
pub mod estate;
pub mod estimate;
pub mod fixes;
mod loss;
pub mod merge;
mod over_time;
pub mod pair;
pub mod rare;
pub mod record;
mod recovery;
pub mod report;
pub mod score;
pub mod spec;
pub mod store;
pub mod structure;

pub mod unit;

pub use engine::{Progress, Results, Settings};
pub use error::Error;
pub use over_time::over_time;
pub use report::Report;
pub use spec::Spec;
