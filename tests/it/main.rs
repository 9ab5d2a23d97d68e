//! One binary for every integration test.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, wherever the line stands")]

mod assumptions;
mod blame;
mod blastradius;
mod calibration;
mod campaigns;
mod cli;
mod crates;
mod determinism;
mod effects;
mod golden;
mod metastable;
mod property;
mod recovery;
mod scenario;
mod scenarios;
mod steady;
mod tuning;
mod validation;
