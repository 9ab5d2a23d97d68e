//! Learning a twin from telemetry, calibrating it against measured runs, and checking it.
//!
//! [`calibrate()`] fits named parameters to measured throughput and latency by simulation.
//!
//! [`learn`] reads files of spans, finds components, endpoints and the trees of calls, fits laws to
//! the times, and writes a twin file that a person would want to edit. Half of the time is held
//! back: the twin of the other half is simulated and compared with it ([`Check`]).
//!
//! What is not learned: that slow moments come together. Every time is drawn on its own; where one slow moment of a
//! callee hits several calls of a request, the twin's median of the caller is too high and its tail
//! too short. The check shows by how much.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//!
//! let paths = ["spans.csv.xz".into()];
//! let options = foreshadow_twin::LearnOptions::default();
//! let learned = foreshadow_twin::learn(&paths, &options, &mut |_| ControlFlow::Continue(()))?;
//! std::fs::write("shop.twin.yaml", &learned.twin_yaml)?;
//! if let Some(check) = &learned.check {
//!     println!("{check}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backtest;
mod batches;
mod calibrate;
mod check;
mod declare;
mod dependencies;
mod difference;
mod error;
mod expected;
mod graph;
mod history;
mod infer;
mod law;
mod learn;
mod model;
mod names;
mod observe;
mod quality;
#[cfg(test)]
mod testing;
mod times;
mod update;
mod write;

pub use backtest::{
    Backtest, BacktestRow, Drift, Drifted, Predicted, backtest, stamped, unstamped,
};
pub use calibrate::{
    CalibrateError, CalibrateOptions, Calibration, Figure, Fitted, LoadTests, Measure, Parameter,
    ParameterError, Profile, Results, ResultsError, Row as MeasuredRow, Run, calibrate,
};
pub use check::{Check, Compared, Row};
pub use declare::FactsReport;
pub use dependencies::{
    CriticalPath, Dependencies, Layout, Leg, Link, LinkKind, Part, PartKind, Spacing, Status,
    WeakPoint, layout,
};
pub use difference::ValueChange;
pub use error::Error;
pub use graph::{Dependency, DependencyKind, Graph, Node, service_edges};
pub use learn::{LearnOptions, Learned, OnProgress, Progress, learn};
pub use quality::Quality;
pub use times::times;
pub use update::{Updated, update};
