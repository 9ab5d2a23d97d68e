//! The page of what changed between saved reports.

use foreshadow_scenarios::report::{Changes, Compared, Comparison};
use maud::{Markup, html};

use super::super::changes::{facts, page};
use super::blocks::{foot, headline, repeat};
use super::plain::table;
use super::rehearsal::compared;
use super::shell::Shell;

/// The page of some pairs of reports.
pub(in super::super) fn document(changes: &[Changes]) -> anyhow::Result<String> {
    let names: Vec<&str> = changes.iter().map(|pair| pair.candidate.scenario.as_str()).collect();
    let body = html! {
        main { @for pair in changes { (article(pair)) } }
        (foot(env!("CARGO_PKG_VERSION"), false))
    };
    Shell::default().finish(&format!("{}: what changed – Foreshadow", names.join(", ")), &body)
}

fn article(changes: &Changes) -> Markup {
    let page = page(changes);
    let is_clear = |c: &&Comparison| matches!(c.verdict, Compared::Better | Compared::Worse);
    let (clear, open): (Vec<_>, Vec<_>) = changes.comparisons.iter().partition(is_clear);
    html! {
        article {
            (headline("What changed", &page, &facts(changes)))
            @if !changes.objectives.is_empty() {
                h2 { "Objectives" }
                @if let Some(table) = page.tables.first() { (self::table("Objectives", table).markup()) }
            }
            h2 { "Measures" }
            @if clear.is_empty() { p { "No measure shows a difference." } }
            @else { (compared(&clear).markup()) }
            @if !open.is_empty() {
                details { summary { (open.len()) " measures that show no difference" } (compared(&open).markup()) }
            }
            p .note { "Nothing is paired: an interval of a difference is made of both intervals, so small differences stay unseen. \
                       Rehearsing both scenarios in one command compares them over the same arrivals." }
            h2 { "How to repeat it" }
            h3 { "Before" }
            (repeat(&changes.baseline.repeat, ""))
            h3 { "After" }
            (repeat(&changes.candidate.repeat, ""))
        }
    }
}
