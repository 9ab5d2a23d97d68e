//! Load: learned from telemetry, forecast, and synthesised for the simulator.
//!
//! [`forecast()`] predicts a regular series of counts with intervals that are measured on the
//! series' own past.

pub mod bursts;
pub mod dispersion;
mod error;
mod forecast;
mod learn;
pub mod synthesis;

pub use error::Error;
pub use learn::{
    Entry, LearnedFile, LoadOptions, forecast_load, forecast_section, learn, with_forecast,
};
pub use forecast::{
    Forecast, ForecastOptions, LEVELS, Standing, accuracy, forecast, seasons,
};
