//! `foreshadow report`: saved reports in any form, and what changed between two.

use std::path::Path;

use anyhow::{Context, bail};
use foreshadow_scenarios::report::{self, Changes, Compared, Report, Verdict, changes};

use crate::args::{FailOn, ShowReport};
use crate::show::Places;
use crate::{Status, files, render};

/// Renders one saved report, or compares two.
pub(crate) fn run(command: &ShowReport) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let reports = read(&command.report)?;
    let Some(with) = &command.with else {
        places.fill(|form, color| render::render(&reports, form, color))?;
        let verdicts = reports.iter().filter_map(|report| report.verdict);
        let comparisons = reports.iter().flat_map(|report| &report.comparisons);
        return Ok(status(verdicts, comparisons.map(|c| c.verdict), command.fail_on));
    };
    let (before, after) = (reports, read(with)?);
    let changes = pairs(&before, &after, command)?;
    places.fill(|form, color| render::changes(&changes, form, color))?;
    let verdicts = changes.iter().filter_map(|changes| changes.candidate.verdict);
    let comparisons = changes.iter().flat_map(|changes| &changes.comparisons);
    Ok(status(verdicts, comparisons.map(|c| c.verdict), command.fail_on))
}

/// The reports of a file.
fn read(path: &Path) -> anyhow::Result<Vec<Report>> {
    let text = files::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    report::read(&text).with_context(|| {
        format!(
            "{} is no report that can be shown (`foreshadow rehearse … --out {}` writes one)",
            path.display(),
            "report.json"
        )
    })
}

/// Each report beside the one it is compared with: by name, or the only two.
fn pairs(
    before: &[Report],
    after: &[Report],
    command: &ShowReport,
) -> anyhow::Result<Vec<Changes>> {
    if let ([before], [after]) = (before, after) {
        return Ok(vec![changes(before, after)]);
    }
    let pairs: Vec<Changes> = after
        .iter()
        .filter_map(|after| {
            let before = before.iter().find(|before| before.scenario == after.scenario)?;
            Some(changes(before, after))
        })
        .collect();
    if pairs.is_empty() {
        let names = |reports: &[Report]| {
            reports.iter().map(|report| report.scenario.as_str()).collect::<Vec<_>>().join(", ")
        };
        let with = command.with.as_deref().unwrap_or(Path::new(""));
        bail!(
            "no scenario is in both files, so nothing can be compared: {} has {}, {} has {}",
            command.report.display(),
            names(before),
            with.display(),
            names(after)
        );
    }
    Ok(pairs)
}

/// Showing a report is no trial: it ends well whatever it says, unless asked to do otherwise.
fn status(
    verdicts: impl Iterator<Item = Verdict>,
    mut comparisons: impl Iterator<Item = Compared>,
    fail_on: Option<FailOn>,
) -> Status {
    let worst = verdicts.max();
    let failed = match fail_on {
        None => false,
        Some(FailOn::Missed) => worst == Some(Verdict::Missed),
        Some(FailOn::Worse) => {
            worst == Some(Verdict::Missed) || comparisons.any(|one| one == Compared::Worse)
        }
        Some(FailOn::Undecided) => worst > Some(Verdict::Held),
    };
    if failed { Status::Missed } else { Status::Held }
}
