//! One binary for every integration test.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, wherever the line stands")]

mod golden;
mod property;
mod scenarios;
mod validation;
