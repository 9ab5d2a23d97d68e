//! `foreshadow report`: saved reports in any form, and what changed between two.

use std::path::Path;

use anyhow::bail;
use foreshadow_scenarios::report::{Changes, Compared, Report, Verdict, changes, figures};

use crate::args::{FailOn, ShowReport};
use crate::saved::Saved;
use crate::show::Places;
use crate::{Status, render};

/// Renders one saved report, or compares two.
pub(crate) fn run(command: &ShowReport) -> anyhow::Result<Status> {
    let places = Places::new(&command.show)?;
    let saved = Saved::read(&command.report)?;
    let Some(with) = &command.with else {
        places.fill(|form, screen| saved.render(form, screen))?;
        let compared = match &saved {
            Saved::Rehearsals(reports) => reports.iter().flat_map(|r| &r.comparisons).collect(),
            Saved::Tune(report) => report.comparisons.iter().collect(),
            Saved::Campaign(_) | Saved::Capacity(_) => Vec::new(),
        };
        let compared = compared.into_iter().map(|comparison| comparison.verdict);
        return Ok(status(saved.verdict(), compared, command.fail_on));
    };
    let changes = between(&saved, &Saved::read(with)?, command)?;
    places.fill(|form, screen| render::changes(&changes, form, screen))?;
    let worst = changes.iter().filter_map(|changes| changes.candidate.verdict).max();
    let comparisons = changes.iter().flat_map(|changes| &changes.comparisons);
    Ok(status(worst, comparisons.map(|c| c.verdict), command.fail_on))
}

/// What changed between two files of one kind.
fn between(before: &Saved, after: &Saved, command: &ShowReport) -> anyhow::Result<Vec<Changes>> {
    let changes = match (before, after) {
        (Saved::Rehearsals(before), Saved::Rehearsals(after)) => {
            return pairs(before, after, command);
        }
        (Saved::Campaign(before), Saved::Campaign(after)) => {
            figures((before.side(), after.side()), &before.figures(), &after.figures())
        }
        (Saved::Capacity(before), Saved::Capacity(after)) => {
            figures((before.side(), after.side()), &before.figures(), &after.figures())
        }
        (Saved::Tune(_), Saved::Tune(_)) => bail!(
            "reports of `tune` cannot be compared; rehearse both changes: `foreshadow rehearse` with `--change`"
        ),
        (before, after) => bail!(
            "a report of `{}` cannot be compared with one of `{}`",
            before.command(),
            after.command()
        ),
    };
    if changes.comparisons.is_empty() {
        bail!("nothing is in both files, so nothing can be compared");
    }
    Ok(vec![changes])
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
    worst: Option<Verdict>,
    mut comparisons: impl Iterator<Item = Compared>,
    fail_on: Option<FailOn>,
) -> Status {
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
