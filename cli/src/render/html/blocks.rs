//! What every page has: headline, findings, how to repeat it, foot.

use maud::{Markup, html};

use foreshadow_scenarios::report::Number;

use super::super::page::{Page, Tone};
use super::table::{Cell, breakable, class};
use crate::number::{Unit, full};

/// The licence of what plots carry along.
const UPLOT_LICENSE: &str = include_str!("../../../../third_party/uplot/LICENSE");

/// Name and answer, what it rests on, and what was found, in sentences.
pub(super) fn headline(kicker: &str, page: &Page, facts: &str) -> Markup {
    html! {
        header {
            p .kicker { (kicker) }
            div .headline {
                h1 { (page.title) }
                @if let Some((word, tone)) = page.verdict { (verdict(word, tone)) }
            }
            p .facts { (facts) }
            @if !page.sentences.is_empty() {
                ul .findings { @for sentence in &page.sentences { li { (breakable(sentence)) } } }
            }
        }
    }
}

fn verdict(word: &str, tone: Tone) -> Markup {
    html! { span class=(format!("verdict {}", class(tone).unwrap_or_default())) { (word) } }
}

/// The command that makes the same report again.
pub(super) fn repeat(command: &str, note: &str) -> Markup {
    html! {
        pre tabindex="0" { code { (command) } }
        @if !note.is_empty() { p .note { (note) } }
    }
}

/// What made the page.
pub(super) fn foot(version: &str, has_plots: bool) -> Markup {
    html! {
        footer .foot {
            p { "Foreshadow " (version) ". This page loads nothing from anywhere." }
            @if has_plots {
                details { summary { "Plots are drawn by uPlot" } pre { (UPLOT_LICENSE) } }
            }
        }
    }
}

/// A number with its interval, or why there is none.
pub(super) fn number(number: &Number, unit: Unit) -> Cell {
    let text = full(number, unit);
    match text.split_once(" (") {
        Some((value, interval)) => {
            Cell::Markup(html! { (value) " " span .interval { "(" (interval) } })
        }
        None => Cell::Text(text),
    }
}
