//! Values with units, as files have them.

use std::time::Duration;

/// A time with its unit, as files have it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    foreshadow_scenarios::duration(text)
}

/// A part of a whole, as files have it.
pub(super) fn share(text: &str) -> Result<f64, String> {
    foreshadow_scenarios::share(text)
}

/// A share of traces, as files have shares.
pub(super) fn sampled(text: &str) -> Result<f64, String> {
    let share = foreshadow_scenarios::share(text)?;
    if share > 0.0 { Ok(share) } else { Err(String::from("expected a share above 0, such as 10%")) }
}
