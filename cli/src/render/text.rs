//! A page as text for a terminal of 80 columns or more; it reads well without colour.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::page::{Cell, Column, Page, Table, Tone};

/// Where sentences are broken.
const WIDTH: usize = 79;

/// Sets a page as text.
pub(super) fn set(page: &Page, color: bool) -> String {
    let mut text = String::new();
    let bold = if color { Style::new().bold() } else { Style::new() };
    let title = format!("{bold}{}{bold:#}", page.title);
    match page.verdict {
        Some((word, tone)) => {
            let style = style(tone, color).effects(bold.get_effects());
            line(&mut text, &format!("{title}: {style}{}{style:#}", word.to_uppercase()));
        }
        None => line(&mut text, &title),
    }
    for sentence in &page.sentences {
        wrapped(&mut text, sentence, 2);
    }
    for table in &page.tables {
        text.push('\n');
        set_table(&mut text, table, color);
    }
    text.push('\n');
    for footer in &page.footer {
        line(&mut text, &format!("  {footer}"));
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn style(tone: Tone, color: bool) -> Style {
    let color = color.then_some(match tone {
        Tone::Plain => return Style::new(),
        Tone::Good => AnsiColor::Green,
        Tone::Bad => AnsiColor::Red,
        Tone::Doubtful => AnsiColor::Yellow,
    });
    Style::new().fg_color(color.map(Into::into))
}

/// Adds a sentence, indented by `indent` blanks, its further lines by one or two more.
pub(crate) fn wrapped(text: &mut String, sentence: &str, indent: usize) {
    let mut row = " ".repeat(indent);
    let mut begun = false;
    // A number and its unit stay together.
    let sentence = sentence.replace(" %", "\u{a0}%").replace(" ms", "\u{a0}ms");
    for word in sentence.split(' ') {
        if begun && row.chars().count() + 1 + word.chars().count() > WIDTH {
            line(text, &row);
            row = " ".repeat(if indent == 0 { 2 } else { indent + 1 });
            begun = false;
        }
        if begun {
            row.push(' ');
        }
        begun = true;
        row.push_str(&word.replace('\u{a0}', " "));
    }
    line(text, &row);
}

fn set_table(text: &mut String, table: &Table, color: bool) {
    let columns = &table.columns;
    let mut widths: Vec<usize> = columns.iter().map(|one| one.name().chars().count()).collect();
    for row in table.rows.iter().filter(|row| row.len() == columns.len()) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.chars().count());
        }
    }
    let dim = if color { Style::new().dimmed() } else { Style::new() };
    let header: Vec<Cell> = columns.iter().map(|one| one.name().to_owned().into()).collect();
    let header = set_row(&header, columns, &widths, false);
    line(text, &format!("  {dim}{}{dim:#}", header.trim_end()));
    for row in &table.rows {
        line(text, &format!("  {}", set_row(row, columns, &widths, color)));
    }
}

/// Words to the left, numbers to the right.
fn set_row(row: &[Cell], columns: &[Column], widths: &[usize], color: bool) -> String {
    let mut text = String::new();
    for (index, cell) in row.iter().enumerate() {
        let pad = " ".repeat(widths[index].saturating_sub(cell.text.chars().count()));
        let style = style(cell.tone, color);
        let gap = if index == 0 { "" } else { "  " };
        let set = if matches!(columns[index], Column::Word(_)) {
            write!(text, "{gap}{style}{}{style:#}{pad}", cell.text)
        } else {
            write!(text, "{gap}{pad}{style}{}{style:#}", cell.text)
        };
        set.expect("writing to a string cannot fail");
    }
    text
}
