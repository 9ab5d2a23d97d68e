//! Load: learned from telemetry, forecast, and synthesised for the simulator.
//!
//! [`learn()`] turns recordings of requests into a load file, [`forecast_load`] says what comes next:
//! [`forecast()`] predicts a regular series of counts with intervals that are measured on the series'
//! own past. A scenario drives a system by such a file; the instants at which its requests are due, for
//! whoever sends them to a real system, are [`foreshadow_sim::visits`] of its plan.

#![allow(
    clippy::cast_possible_wrap,
    reason = "seconds since 1970 and numbers of bins, both far below 2⁶³"
)]

pub mod bursts;
pub mod dispersion;
pub mod drive;
mod error;
mod forecast;
mod learn;
pub mod synthesis;

pub use error::Error;
pub use forecast::{Forecast, ForecastOptions, LEVELS, Standing, accuracy, forecast, seasons};
pub use learn::{
    Entry, LearnedFile, LoadOptions, Sizes, forecast_load, forecast_section, learn, with_forecast,
};
