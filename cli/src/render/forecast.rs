//! A forecast for people: a plot in characters, a line a day, and how far it can be trusted.

use std::time::Duration;

use super::html;
use super::page::{Cell, Page, Table, figures};
use super::wrapped;
use crate::forecast::Shown;
use crate::number::significant;

/// Columns and rows of the plot.
const COLUMNS: usize = 84;
const ROWS: usize = 14;
/// Places of the levels of a forecast: the ends of the interval at 95 %, and the median.
const LOW: usize = 1;
const MEDIAN: usize = 4;
const HIGH: usize = 7;
const DAY_S: f64 = 86_400.0;
/// Days listed before the rest is left to the JSON.
const DAYS: usize = 31;

/// The forecast as text.
pub(crate) fn text(shown: &Shown) -> String {
    let page = page(shown);
    let mut text = format!("{}\n", page.title);
    for sentence in &page.sentences {
        wrapped(&mut text, sentence, 2);
    }
    text += "\n";
    text += &plot(shown);
    text += &format!(
        "\n  {:<12}{:>24}{:>28}\n",
        "day (UTC)", "mean, 1/s", "highest bin at 97.5 %, 1/s"
    );
    for row in page.tables.iter().flat_map(|table| &table.rows) {
        let cells: Vec<&str> = row.iter().map(|cell| cell.text.as_str()).collect();
        text += &format!("  {:<12}{:>24}{:>28}\n", cells[0], cells[1], cells[2]);
    }
    text
}

/// The forecast as a page.
pub(crate) fn html(shown: &Shown) -> anyhow::Result<String> {
    html::forecast(shown, &page(shown))
}

/// Headline, sentences and a table of days.
fn page(shown: &Shown) -> Page {
    let (own, naive) = shown.found.error;
    let mut best: Vec<_> = shown.found.standings.iter().collect();
    best.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let best: Vec<String> = best
        .iter()
        .take(3)
        .map(|standing| format!("{} ({:.0} %)", standing.model, 100.0 * standing.weight))
        .collect();
    let mut sentences = vec![
        format!(
            "In {} windows of the past that were forecast the same way it was off by {:.1} % in the mean; \
             the same time a season ago by {:.1} %.",
            shown.found.windows,
            100.0 * own,
            100.0 * naive
        ),
        format!("It rests most on: {}.", best.join(", ")),
    ];
    if shown.found.seasons.is_empty() {
        sentences.push(String::from("No season was found in the history."));
    }
    if !shown.events.is_empty() {
        sentences.push(format!("Events in it: {}.", shown.events.join(", ")));
    }
    let length = shown.rates.len() as f64 * shown.bin_s;
    Page {
        title: format!(
            "{}: {} a second in the mean over {} from {}",
            shown.name,
            significant(mean(shown.rates.iter().map(|rates| rates[MEDIAN]))),
            crate::number::clock(length),
            shown.start
        ),
        verdict: None,
        sentences,
        tables: vec![days(shown)],
        footer: Vec::new(),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / f64::max(count, 1.0)
}

/// A row a day.
fn days(shown: &Shown) -> Table {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut bins = shown.rates.iter().enumerate().peekable();
    while let Some(&(first, _)) = bins.peek() {
        let day = day(shown, first);
        let mut own = Vec::new();
        while let Some((_, rates)) = bins.next_if(|(bin, _)| self::day(shown, *bin) == day) {
            own.push(rates);
        }
        let of = |level: usize| mean(own.iter().map(|rates| rates[level]));
        let highest = own.iter().map(|rates| rates[HIGH]).fold(0.0, f64::max);
        let range = format!(
            "{} ({} to {})",
            significant(of(MEDIAN)),
            significant(of(LOW)),
            significant(of(HIGH))
        );
        rows.push(vec![day.into(), range.into(), significant(highest).into()]);
    }
    rows.truncate(DAYS);
    Table { columns: figures("day (UTC)", &["mean, 1/s", "highest bin at 97.5 %, 1/s"]), rows }
}

/// The day that a bin begins on, `2026-11-27`.
fn day(shown: &Shown, bin: usize) -> String {
    let at = shown.start + Duration::from_secs_f64(bin as f64 * shown.bin_s);
    at.to_string().chars().take(10).collect()
}

/// Interval and median over time, in characters.
fn plot(shown: &Shown) -> String {
    let by = shown.rates.len().div_ceil(COLUMNS).max(1);
    let columns: Vec<[f64; 3]> = shown
        .rates
        .chunks(by)
        .map(|bins| [LOW, MEDIAN, HIGH].map(|level| mean(bins.iter().map(|rates| rates[level]))))
        .collect();
    let top = columns.iter().map(|column| column[2]).fold(0.0, f64::max).max(1e-12);
    let row = |value: f64| ((value / top * ROWS as f64) as usize).min(ROWS - 1);
    let mut text = String::new();
    for line in (0..ROWS).rev() {
        let label = match line {
            line if line == ROWS - 1 => significant(top),
            line if line == ROWS / 2 => significant(top / 2.0),
            0 => String::from("0"),
            _ => String::new(),
        };
        let cell = |column: &[f64; 3]| match line {
            line if line == row(column[1]) => '━',
            line if (row(column[0])..=row(column[2])).contains(&line) => '░',
            _ => ' ',
        };
        let cells: String = columns.iter().map(cell).collect();
        text += &format!("{label:>8} │{}\n", cells.trim_end());
    }
    let per_day = (DAY_S / shown.bin_s / by as f64).max(1.0);
    let mut axis = vec!['─'; columns.len()];
    let first =
        (0..shown.rates.len()).find(|bin| *bin > 0 && day(shown, *bin) != day(shown, bin - 1));
    let mut at = first.unwrap_or(0) as f64 / by as f64;
    while (at as usize) < axis.len() && first.is_some() {
        axis[at as usize] = '┬';
        at += per_day;
    }
    text += &format!("{:>8} └{}\n", "1/s", axis.iter().collect::<String>());
    text + "          ━ median   ░ 95 % interval   ┬ midnight UTC\n"
}
