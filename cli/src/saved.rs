//! Saved reports of any kind.

use std::path::Path;

use anyhow::{Context, bail};
use foreshadow_campaigns::{Report as Campaign, capacity::Report as Capacity};
use foreshadow_optimizer::tune::report::Report as Tune;
use foreshadow_scenarios::report::{self, Report, Verdict};

use crate::args::Format;
use crate::{files, render};

/// What a file of JSON holds.
pub(crate) enum Saved {
    /// Of `rehearse`: one report, or several.
    Rehearsals(Vec<Report>),
    /// Of `campaign`.
    Campaign(Box<Campaign>),
    /// Of `capacity`.
    Capacity(Box<Capacity>),
    /// Of `tune`.
    Tune(Box<Tune>),
}

impl Saved {
    /// Reads a report of any kind.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = files::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| {
            format!(
                "{} is no report that can be shown (`rehearse`, `campaign`, `capacity` and `tune` write one \
                 with `--out report.json`)",
                path.display()
            )
        })
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        // Only rehearsals come in lists.
        let is_list = text.trim_start().starts_with('[');
        Ok(match report::kind(text)?.as_str() {
            _ if is_list => Self::Rehearsals(report::read(text)?),
            "campaign/v1" => Self::Campaign(Box::new(serde_json::from_str(text)?)),
            "capacity/v1" => Self::Capacity(Box::new(serde_json::from_str(text)?)),
            "tune/v1" => Self::Tune(Box::new(serde_json::from_str(text)?)),
            _ => Self::Rehearsals(report::read(text)?),
        })
    }

    /// Reads what must be of `campaign`.
    pub(crate) fn campaign(path: &Path) -> anyhow::Result<Campaign> {
        match Self::read(path)? {
            Self::Campaign(report) => Ok(*report),
            other => bail!(
                "{}: expected a report of `foreshadow campaign`, found one of `{}`",
                path.display(),
                other.command()
            ),
        }
    }

    /// The command that writes such reports.
    pub(crate) fn command(&self) -> &'static str {
        match self {
            Self::Rehearsals(_) => "rehearse",
            Self::Campaign(_) => "campaign",
            Self::Capacity(_) => "capacity",
            Self::Tune(_) => "tune",
        }
    }

    /// The worst of all its verdicts.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Rehearsals(reports) => reports.iter().filter_map(|report| report.verdict).max(),
            Self::Campaign(report) => report.verdict,
            Self::Capacity(report) => report.verdict(),
            Self::Tune(report) => Some(report.verdict),
        }
    }

    /// The report in one form.
    pub(crate) fn render(&self, form: Format, screen: render::Screen) -> anyhow::Result<String> {
        match self {
            Self::Rehearsals(reports) => render::render(reports, form, screen),
            Self::Campaign(report) => render::campaign(report, form, screen),
            Self::Capacity(report) => render::capacity(report, form, screen),
            Self::Tune(report) => render::tune(report, form, screen),
        }
    }
}
