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
mod tune;

use std::slice;

use anyhow::bail;
use foreshadow_scenarios::report::{Changes, Report};

use crate::args::Format;
use page::Page;
pub(crate) use text::{Screen, wrapped};

/// `JUnit` and the annotations of GitHub, of what can pass or fail; else what it is that cannot.
type Tests<'a> = Result<[&'a dyn Fn() -> String; 2], &'a str>;

/// Reports in one form: made of a page of each, of the HTML of all, or of tests.
fn set<T: serde::Serialize>(
    all: &[T],
    page: &dyn Fn(&T) -> Page,
    html: &dyn Fn() -> anyhow::Result<String>,
    tests: Tests<'_>,
    (format, screen): (Format, Screen),
) -> anyhow::Result<String> {
    let joined = |set: &dyn Fn(&Page) -> String| {
        all.iter().map(|report| set(&page(report))).collect::<Vec<_>>().join("\n")
    };
    Ok(match (format, tests) {
        (Format::Text, _) => joined(&|page| text::set(page, screen)),
        (Format::Markdown, _) => joined(&markdown::set),
        (Format::Json, _) => json(all)?,
        (Format::Html, _) => html()?,
        (Format::Junit, Ok([junit, _])) => junit(),
        (Format::Github, Ok([_, github])) => github(),
        (Format::Junit | Format::Github, Err(what)) => {
            bail!("{what} can be shown as text, json, markdown or html")
        }
    })
}

/// The reports of one command in one form; text as `screen` shows it.
pub(crate) fn render(reports: &[Report], format: Format, screen: Screen) -> anyhow::Result<String> {
    let junit = || junit::set(reports);
    let github = || reports.iter().map(github::set).collect();
    let html = || html::rehearsals(reports);
    set(reports, &Page::of, &html, Ok([&junit, &github]), (format, screen))
}

/// The report of a campaign in one form.
pub(crate) fn campaign(
    report: &foreshadow_campaigns::Report,
    format: Format,
    screen: Screen,
) -> anyhow::Result<String> {
    let tests: Tests<'_> = Ok([&|| junit::campaign(report), &|| github::campaign(report)]);
    let html = || html::campaign(report);
    set(slice::from_ref(report), &campaign::page, &html, tests, (format, screen))
}

/// The report of a capacity in one form.
pub(crate) fn capacity(
    report: &foreshadow_campaigns::capacity::Report,
    format: Format,
    screen: Screen,
) -> anyhow::Result<String> {
    let tests: Tests<'_> = Ok([&|| junit::capacity(report), &|| github::capacity(report)]);
    let html = || html::plain("Capacity", &capacity::page(report), "Loads", &report.repeat);
    set(slice::from_ref(report), &capacity::page, &html, tests, (format, screen))
}

/// What a tuning found, in one form.
pub(crate) fn tune(
    report: &foreshadow_optimizer::tune::report::Report,
    format: Format,
    screen: Screen,
) -> anyhow::Result<String> {
    let tests: Tests<'_> = Ok([&|| junit::tune(report), &|| github::tune(report)]);
    let html = || html::tune(report);
    let shown = set(slice::from_ref(report), &tune::page, &html, tests, (format, screen))?;
    Ok(if format == Format::Text { shown + "\n" + &tune::plot(report) } else { shown })
}

/// How resilient systems are, in one form, as of `today`.
pub(crate) fn estate(
    estate: &foreshadow_campaigns::estate::Estate,
    today: jiff::Timestamp,
    format: Format,
    screen: Screen,
) -> anyhow::Result<String> {
    let page = |estate: &_| estate::page(estate, today);
    let repeat = estate.systems.first().map_or("", |system| &system.repeat);
    let html = || html::plain("Resilience", &page(estate), "Systems", repeat);
    let tests = Err("scores are no tests: they");
    set(slice::from_ref(estate), &page, &html, tests, (format, screen))
}

/// What came of a load on a real target, in one form.
pub(crate) fn drive(
    report: &foreshadow_loadgen::drive::Report,
    format: Format,
    screen: Screen,
) -> anyhow::Result<String> {
    let html = || html::plain("Driven", &drive::page(report), "Endpoints", &report.repeat);
    let tests = Err("what came of a load");
    set(slice::from_ref(report), &drive::page, &html, tests, (format, screen))
}

/// What changed between saved reports, in one form.
pub(crate) fn changes(all: &[Changes], format: Format, screen: Screen) -> anyhow::Result<String> {
    let tests = Err("what changed between two reports");
    set(all, &changes::page, &|| html::changes(all), tests, (format, screen))
}

/// One as it is, several as a list.
fn json<T: serde::Serialize>(all: &[T]) -> anyhow::Result<String> {
    Ok(match all {
        [one] => serde_json::to_string_pretty(one)?,
        all => serde_json::to_string_pretty(all)?,
    } + "\n")
}
