//! The page of a forecast: what was, what comes, and how sure that is.

use maud::html;

use super::super::page::{Cell as Plain, Page};
use super::blocks::{foot, headline};
use super::plot::{Axis, Merge, Plot, Series};
use super::shell::Shell;
use super::table::{Cell, Column, Table};
use crate::forecast::Shown;
use crate::number::significant;

/// The page of a forecast.
pub(in super::super) fn document(shown: &Shown, page: &Page) -> anyhow::Result<String> {
    let known = shown.before.len();
    let bins = known + shown.rates.len();
    let times: Vec<f64> = (0..bins).map(|bin| bin as f64 * shown.bin_s).collect();
    let mut shell = Shell::default();
    shell.axis(Axis::new(&times, bins as f64 * shown.bin_s, Vec::new()));
    let before = shown.before.iter().map(|rate| Some(*rate).filter(|rate| rate.is_finite()));
    let before: Vec<Option<f64>> = before.chain(shown.rates.iter().map(|_| None)).collect();
    let level = |level: usize| -> Vec<Option<f64>> {
        let after = shown.rates.iter().map(|rates| Some(rates[level]));
        std::iter::repeat_n(None, known).chain(after).collect()
    };
    let figure = shell.plot(|axis| Plot {
        id: String::new(),
        axis: 0,
        title: String::from("Requests per second"),
        caption: format!(
            "what was usual before, and from {} on the median and the interval at 95 %",
            shown.start
        ),
        unit: "/s",
        series: vec![
            series("before", 3, false, axis.values(&before, Merge::Mean)),
            series("median", 0, false, axis.values(&level(4), Merge::Mean)),
            series("2.5 %", 1, true, axis.values(&level(1), Merge::Mean)),
            series("97.5 %", 1, true, axis.values(&level(7), Merge::Mean)),
        ],
        limit: None,
    });
    let body = html! {
        main {
            article {
                (headline("Forecast", page, ""))
                (figure)
                h2 { "Day by day" }
                @for table in &page.tables { (days(table).markup()) }
                h2 { "Models" }
                (models(shown).markup())
            }
        }
        (foot(env!("CARGO_PKG_VERSION"), true))
    };
    shell.finish(&format!("{}: forecast – Foreshadow", shown.name), &body)
}

fn series(name: &'static str, color: u8, dashed: bool, values: Vec<Option<f64>>) -> Series {
    Series { name, color, dashed, values }
}

fn days(table: &super::super::page::Table) -> Table {
    let cell = |cell: &Plain| Cell::Colored(cell.text.clone(), cell.tone);
    Table {
        caption: "Mean and highest rate of each day",
        columns: vec![
            Column::Word("day (UTC)"),
            Column::Number("mean, 1/s"),
            Column::Number("highest bin at 97.5 %, 1/s"),
        ],
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    }
}

/// How each model did in windows of the past.
fn models(shown: &Shown) -> Table {
    let row = |standing: &foreshadow_loadgen::Standing| {
        let percent = |share: f64| format!("{} %", significant(100.0 * share));
        let cell = |text: String| Cell::Colored(text, super::super::page::Tone::Plain);
        vec![
            cell(standing.model.clone()),
            cell(percent(standing.error)),
            cell(percent(standing.weight)),
        ]
    };
    Table {
        caption: "How far each model was off in the past, and its share in the forecast",
        columns: vec![Column::Word("model"), Column::Number("off by"), Column::Number("share")],
        rows: shown.found.standings.iter().map(row).collect(),
    }
}
