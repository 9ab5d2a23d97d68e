//! The page of a tuning: the change first, then what it was chosen from.

use foreshadow_optimizer::tune::report::Report;
use maud::{Markup, html};

use super::super::tune::{axes, cost, ends, page};
use super::blocks::{foot, headline, repeat};
use super::plain::table;
use super::shell::Shell;
use crate::number::significant;

/// Size of the plot \[px\], and room for its labels.
const SIZE: (f64, f64) = (720.0, 300.0);
const MARGIN: (f64, f64) = (56.0, 34.0);
/// Headings of the tables, in their order on the page.
const HEADS: [(&str, &str); 4] = [
    ("change", "The change"),
    ("finalist", "Finalists, on fresh replications"),
    ("knob", "What each knob does around it"),
    ("changed", "Before and after, over the same requests"),
];

/// The page of a tuning.
pub(in super::super) fn document(report: &Report) -> anyhow::Result<String> {
    let page = page(report);
    let facts = page.footer.first().map_or("", String::as_str);
    let body = html! {
        main {
            article {
                (headline("Tuning", &page, facts))
                @for simple in &page.tables {
                    @let head = head(simple.columns.first().map_or("", |column| column.name()));
                    h2 { (head) }
                    div .stacked { (table(head, simple).markup()) }
                }
                (scatter(report))
                h2 { "How to repeat it" }
                (repeat(&report.repeat, "The same files and seed give the same report to the byte."))
            }
        }
        (foot(&report.version, false))
    };
    Shell::default().finish(&format!("{} – Foreshadow", page.title), &body)
}

fn head(first: &str) -> &'static str {
    HEADS.iter().find(|(known, _)| *known == first).map_or("", |(_, head)| head)
}

/// All that the search saw, and the finalists.
fn scatter(report: &Report) -> Markup {
    let Some((xs, ys)) = ends(report) else { return html! {} };
    let (width, height) = SIZE;
    let across = |value: f64| {
        let share = ((value - xs.0) / (xs.1 - xs.0).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        format!("{:.1}", MARGIN.0 + share * (width - MARGIN.0 - 16.0))
    };
    let up = |value: f64| {
        let share = ((value - ys.0) / (ys.1 - ys.0).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        format!("{:.1}", (1.0 - share).mul_add(height - MARGIN.1 - 12.0, 12.0))
    };
    let (right, upwards) = axes(report);
    let base = format!("{:.1}", height - MARGIN.1 + 4.0);
    let zero = (report.goals.len() == 1 && ys.0 < 0.0 && ys.1 > 0.0).then(|| up(0.0));
    let chosen = report
        .change()
        .map(|change| across(change.cost))
        .filter(|_| report.goals.first().is_some_and(|goal| goal.name == "cost"));
    html! {
        h2 { "What the search saw" }
        svg .scatter viewBox={ "0 0 " (width) " " (height) } role="img" aria-label={ "candidates by " (right) " and " (upwards) } {
            line .axis x1=(MARGIN.0 - 6.0) y1=(base) x2=(width) y2=(base) {}
            line .axis x1=(MARGIN.0 - 6.0) y1="6" x2=(MARGIN.0 - 6.0) y2=(base) {}
            @if let Some(y) = &zero {
                line .limit x1=(MARGIN.0 - 6.0) y1=(y) x2=(width) y2=(y) {}
            }
            @if let Some(x) = &chosen {
                line .chosen x1=(x) y1="6" x2=(x) y2=(base) {}
            }
            @for seen in report.seen.iter().filter(|seen| !seen.holds) {
                circle .misses cx=(across(seen.goal)) cy=(up(seen.other)) r="2.5" {}
            }
            @for seen in report.seen.iter().filter(|seen| seen.holds) {
                circle .holds cx=(across(seen.goal)) cy=(up(seen.other)) r="3" {}
            }
            text x=(MARGIN.0) y=(height - 12.0) { (significant(xs.0)) }
            text x=(width - 4.0) y=(height - 12.0) text-anchor="end" { (significant(xs.1)) }
            text x=(width / 2.0) y=(height - 12.0) text-anchor="middle" { (right) }
            text x=(MARGIN.0 - 12.0) y="18" text-anchor="end" { (significant(ys.1)) }
            text x=(MARGIN.0 - 12.0) y=(base) text-anchor="end" { (significant(ys.0)) }
        }
        p .note {
            "Each dot is a candidate, by its means in the search: filled where all objectives seemed to hold. Upwards: "
            (upwards) "."
            @if zero.is_some() { " The dashed line is the limit." }
            @if let Some(change) = report.change() { " The line is the recommended change, " (cost(report, change.cost)) "." }
            " The search believes the luckiest of many looks; only finalists were put to the proof."
        }
    }
}
