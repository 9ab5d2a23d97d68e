//! Load: learned from telemetry, forecast, and synthesised for the simulator.
//!
//! [`forecast()`] predicts a regular series of counts with intervals that are measured on the
//! series' own past.

mod error;
mod forecast;

pub use error::Error;
pub use forecast::{
    Forecast, ForecastOptions, LEVELS, Standing, accuracy, forecast, seasons,
};
