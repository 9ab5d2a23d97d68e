//! Reports for people and programs.
//!
//! What people read is a [`Page`]: a headline, sentences and tables, made once from the report and
//! then set as plain text or as Markdown. Programs get the report itself as JSON.

mod campaign;
mod capacity;
mod changes;
mod drive;
mod estate;
pub(crate) mod forecast;
mod github;
mod html;
mod junit;
mod markdown;
mod page;
mod text;

use anyhow::bail;
use foreshadow_scenarios::report::{Changes, Report};

use crate::args::Format;
use page::Page;
pub(crate) use text::wrapped;

/// The reports of one command in one form; `color` asks for escape codes in text.
pub(crate) fn render(reports: &[Report], format: Format, color: bool) -> anyhow::Result<String> {
    let pages = || reports.iter().map(Page::of);
    Ok(match format {
        Format::Text => pages().map(|page| text::set(&page, color)).collect::<Vec<_>>().join("\n"),
        Format::Markdown => pages().map(|page| markdown::set(&page)).collect::<Vec<_>>().join("\n"),
        Format::Json => json(reports)?,
        Format::Html => html::rehearsals(reports)?,
        Format::Junit => junit::set(reports),
        Format::Github => reports.iter().map(github::set).collect(),
    })
}

/// The report of a campaign in one form.
pub(crate) fn campaign(
    report: &foreshadow_campaigns::Report,
    format: Format,
    color: bool,
) -> anyhow::Result<String> {
    let page = || campaign::page(report);
    Ok(match format {
        Format::Text => text::set(&page(), color),
        Format::Markdown => markdown::set(&page()),
        Format::Json => serde_json::to_string_pretty(report)? + "\n",
        Format::Html => html::campaign(report)?,
        Format::Junit => junit::campaign(report),
        Format::Github => github::campaign(report),
    })
}

/// The report of a capacity in one form.
pub(crate) fn capacity(
    report: &foreshadow_campaigns::capacity::Report,
    format: Format,
    color: bool,
) -> anyhow::Result<String> {
    let page = || capacity::page(report);
    Ok(match format {
        Format::Text => text::set(&page(), color),
        Format::Markdown => markdown::set(&page()),
        Format::Json => serde_json::to_string_pretty(report)? + "\n",
        Format::Html => html::plain("Capacity", &page(), "Loads", &report.repeat)?,
        Format::Junit => junit::capacity(report),
        Format::Github => github::capacity(report),
    })
}

/// How resilient systems are, in one form, as of `today`.
pub(crate) fn estate(
    estate: &foreshadow_campaigns::estate::Estate,
    today: jiff::Timestamp,
    format: Format,
    color: bool,
) -> anyhow::Result<String> {
    let page = || estate::page(estate, today);
    Ok(match format {
        Format::Text => text::set(&page(), color),
        Format::Markdown => markdown::set(&page()),
        Format::Json => serde_json::to_string_pretty(estate)? + "\n",
        Format::Html => {
            let repeat = estate.systems.first().map_or("", |system| &system.repeat);
            html::plain("Resilience", &page(), "Systems", repeat)?
        }
        Format::Junit | Format::Github => {
            bail!("scores are no tests: they can be shown as text, json, markdown or html")
        }
    })
}

/// What came of a load on a real target, in one form.
pub(crate) fn drive(
    report: &foreshadow_loadgen::drive::Report,
    format: Format,
    color: bool,
) -> anyhow::Result<String> {
    let page = || drive::page(report);
    Ok(match format {
        Format::Text => text::set(&page(), color),
        Format::Markdown => markdown::set(&page()),
        Format::Json => serde_json::to_string_pretty(report)? + "\n",
        Format::Html => html::plain("Driven", &page(), "Endpoints", &report.repeat)?,
        Format::Junit | Format::Github => {
            bail!("what came of a load can be shown as text, json, markdown or html")
        }
    })
}

/// What changed between saved reports, in one form.
pub(crate) fn changes(all: &[Changes], format: Format, color: bool) -> anyhow::Result<String> {
    let pages = || all.iter().map(changes::page);
    Ok(match format {
        Format::Text => pages().map(|page| text::set(&page, color)).collect::<Vec<_>>().join("\n"),
        Format::Markdown => pages().map(|page| markdown::set(&page)).collect::<Vec<_>>().join("\n"),
        Format::Json => json(all)?,
        Format::Html => html::changes(all)?,
        Format::Junit | Format::Github => {
            bail!("what changed between two reports can be shown as text, json, markdown or html")
        }
    })
}

/// One as it is, several as a list.
fn json<T: serde::Serialize>(all: &[T]) -> anyhow::Result<String> {
    Ok(match all {
        [one] => serde_json::to_string_pretty(one)?,
        all => serde_json::to_string_pretty(all)?,
    } + "\n")
}
