//! `foreshadow score`: how resilient systems are, from saved reports of campaigns.

use foreshadow_campaigns::estate::Estate;

use crate::args::Score;
use crate::saved::Saved;
use crate::show::Places;
use crate::{Status, render};

/// Shows the scores of one system or several.
pub(crate) fn run(command: &Score) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let reports = command.reports.iter().map(|path| Saved::campaign(path));
    let reports = reports.collect::<anyhow::Result<Vec<_>>>()?;
    let estate = Estate::of(&reports)?;
    let today = jiff::Timestamp::now();
    places.fill(|form, screen| render::estate(&estate, today, form, screen))?;
    let is_low = |least: f64| estate.score.value < Some(least);
    Ok(if command.fail_under.is_some_and(is_low) { Status::Missed } else { Status::Held })
}
