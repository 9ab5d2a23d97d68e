//! Tables in lines of so many characters, as far as words can be broken.

use std::fmt::Write;

use anstyle::Style;

use super::super::page::{Cell, Column, Table, pieces};
use super::{Screen, line, style};

/// A narrower column of words is hard to read.
const EASY: usize = 24;
/// Blanks before what stands below its row.
const INDENT: usize = 6;

/// Sets a table. A last column for which there is no room stands below its rows.
pub(super) fn set(text: &mut String, table: &Table, Screen { color, width }: Screen) {
    let columns = &table.columns;
    let header: Vec<Cell> = columns.iter().map(|one| one.name().to_owned().into()).collect();
    // What says how many more there are has one cell.
    let whole = table.rows.iter().filter(|row| row.len() == columns.len());
    let all: Vec<&Vec<Cell>> = whole.chain([&header]).collect();
    let beside = beside(columns, &all, width);
    let widths = widths(beside, &all, width);
    let dim = if color { Style::new().dimmed() } else { Style::new() };
    for header in rows(&header[..beside.len()], beside, &widths, false) {
        line(text, &format!("  {dim}{}{dim:#}", header.trim_end()));
    }
    for row in &table.rows {
        let (row, below) = row.split_at(row.len().min(beside.len()));
        for row in rows(row, beside, &widths, color) {
            line(text, &format!("  {row}"));
        }
        let below = below.iter().zip(&columns[beside.len()..]);
        for (cell, column) in below.filter(|(cell, _)| !cell.text.is_empty()) {
            let said = format!("{}: {}", column.name(), cell.text);
            for said in broken(*column, &said, width.saturating_sub(INDENT)) {
                line(text, &format!("{:INDENT$}{said}", ""));
            }
        }
    }
}

/// The columns that stand beside each other: all, but for a last one of words that would be hard to read.
fn beside<'a>(columns: &'a [Column], rows: &[&Vec<Cell>], most: usize) -> &'a [Column] {
    let Some((Column::Word(name), rest)) = columns.split_last() else { return columns };
    let (wanted, given) = (widths(columns, rows, usize::MAX), widths(columns, rows, most));
    let is_easy = given[rest.len()] >= EASY.min(wanted[rest.len()]);
    if name.is_empty() || (is_easy && fits(&given, most)) { columns } else { rest }
}

fn fits(widths: &[usize], most: usize) -> bool {
    widths.iter().map(|width| width + 2).sum::<usize>() <= most
}

/// What columns take: what their cells do, or, where that is too much for a line, what they must.
fn widths(columns: &[Column], rows: &[&Vec<Cell>], most: usize) -> Vec<usize> {
    let largest = |of: fn(Column, &str) -> usize| -> Vec<usize> {
        let column = |(index, column): (usize, &Column)| {
            rows.iter().map(|row| of(*column, &row[index].text)).max().unwrap_or(0)
        };
        columns.iter().enumerate().map(column).collect()
    };
    let least = largest(|column, text| {
        words(column, text).into_iter().flat_map(pieces).map(length).max().unwrap_or(0)
    });
    let whole = largest(|_, text| length(text));
    let mut widths = whole.clone();
    let is_word = |index: usize| matches!(columns[index], Column::Word(_));
    while !fits(&widths, most) {
        let widest = |may: &dyn Fn(usize) -> bool| {
            let wide =
                (0..columns.len()).filter(|&index| widths[index] > least[index] && may(index));
            wide.max_by_key(|&index| widths[index])
        };
        let narrowed = widest(&|index| is_word(index) && widths[index] > EASY)
            .or_else(|| widest(&|index| !is_word(index)))
            .or_else(|| widest(&is_word));
        match narrowed {
            Some(index) if is_word(index) => widths[index] -= 1,
            Some(index) => {
                widths[index] = least[index];
                // There is room for words again.
                for word in (0..columns.len()).filter(|&index| is_word(index)) {
                    widths[word] = whole[word];
                }
            }
            None => break,
        }
    }
    widths
}

/// Lines of a row: words to the left, numbers to the right.
fn rows(row: &[Cell], columns: &[Column], widths: &[usize], color: bool) -> Vec<String> {
    let width = |index: usize| if row.len() == columns.len() { widths[index] } else { usize::MAX };
    let cells: Vec<Vec<String>> = row
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(index, (cell, column))| broken(*column, &cell.text, width(index)))
        .collect();
    let set = |at: usize| {
        let mut text = String::new();
        for (index, cell) in row.iter().enumerate() {
            let part = cells[index].get(at).map_or("", String::as_str);
            let pad = " ".repeat(widths[index].saturating_sub(length(part)));
            let style = if part.is_empty() { Style::new() } else { style(cell.tone, color) };
            let gap = if index == 0 { "" } else { "  " };
            let set = if matches!(columns[index], Column::Word(_)) {
                write!(text, "{gap}{style}{part}{style:#}{pad}")
            } else {
                write!(text, "{gap}{pad}{style}{part}{style:#}")
            };
            set.expect("writing to a string cannot fail");
        }
        text
    };
    (0..cells.iter().map(Vec::len).max().unwrap_or(0)).map(set).collect()
}

/// Breaks a cell into lines of so many characters, between its words; within an address only where that
/// alone is longer.
fn broken(column: Column, text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words(column, text) {
        let parts: Vec<&str> =
            if length(word) > width { pieces(word).collect() } else { vec![word] };
        let mut gap = " ";
        for part in parts {
            match lines.last_mut() {
                Some(last) if last.is_empty() => last.push_str(part),
                Some(last) if length(last) + gap.len() + length(part) <= width => {
                    last.push_str(gap);
                    last.push_str(part);
                }
                _ => lines.push(part.to_owned()),
            }
            gap = "";
        }
    }
    lines
}

/// What stays together: words; a number with its unit, and its interval.
fn words(column: Column, text: &str) -> Vec<&str> {
    match (column, text.find(" (")) {
        (Column::Word(_), _) => text.split(' ').collect(),
        (Column::Number(_), Some(at)) => vec![&text[..at], &text[at + 1..]],
        (Column::Number(_), None) => vec![text],
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: usize, number: &str) -> Vec<String> {
        let name = "latency at frontend.calls.recommendationservice, under zone_outage at eu-1b";
        let row = |name: &str| -> Vec<Cell> {
            [name, number, name].map(|text| text.to_owned().into()).into()
        };
        let columns = vec![Column::Word("fault"), Column::Number("harmed"), Column::Word("why")];
        let rows = vec![row(name), row("x"), vec!["and 3 more".to_owned().into()]];
        let mut text = String::new();
        set(&mut text, &Table { columns, rows }, Screen { width, ..Screen::FILE });
        assert!(width > 99 || text.lines().all(|line| length(line) <= width), "{text}");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_broken_where_a_line_ends() {
        let expected = [
            "  fault                                   harmed  why",
            "  latency at frontend.calls.      12.3 % (10–14)  latency at frontend.calls.",
            "  recommendationservice, under                    recommendationservice, under",
            "  zone_outage at eu-1b                            zone_outage at eu-1b",
            "  x                               12.3 % (10–14)  x",
            "  and 3 more",
        ];
        assert_eq!(shown(79, "12.3 % (10–14)"), expected);
        // A file has lines of any length.
        assert_eq!(shown(usize::MAX, "12.3 % (10–14)").len(), 4);
    }

    #[test]
    fn what_has_no_room_stands_below() {
        let expected = [
            "  fault                           harmed",
            "  latency at frontend.calls.      12.3 %",
            "  recommendationservice, under   (10–14)",
            "  zone_outage at eu-1b",
            "      why: latency at frontend.calls.",
            "      recommendationservice, under",
            "      zone_outage at eu-1b",
            "  x                               12.3 %",
            "                                 (10–14)",
            "      why: x",
            "  and 3 more",
        ];
        assert_eq!(shown(40, "12.3 % (10–14)"), expected);
    }
}
