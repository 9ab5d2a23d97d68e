//! The page of whatever has sentences and tables, and nothing to draw.

use maud::html;

use super::super::page::{Cell as Plain, Page, Table as Simple};
use super::blocks::{foot, headline, repeat};
use super::shell::Shell;
use super::table::{Cell, Column, Table};

/// The page of a headline, sentences and tables, all under one head.
pub(in super::super) fn document(
    kicker: &str,
    page: &Page,
    head: &'static str,
    command: &str,
) -> anyhow::Result<String> {
    let facts = page.footer.first().map_or("", String::as_str);
    let body = html! {
        main {
            article {
                (headline(kicker, page, facts))
                @for simple in &page.tables { h2 { (head) } (table(head, simple).markup()) }
                h2 { "How to repeat it" }
                (repeat(command, "The same files and seed give the same report to the byte."))
            }
        }
        (foot(env!("CARGO_PKG_VERSION"), false))
    };
    Shell::default().finish(&format!("{} – Foreshadow", page.title), &body)
}

/// A table of the forms in plain text.
pub(super) fn table(caption: &'static str, table: &Simple) -> Table {
    // Here every column needs a name.
    let column = |column: &Column| match column {
        Column::Word("") => Column::Word("verdict"),
        named => *named,
    };
    let cell = |cell: &Plain| Cell::Colored(cell.text.clone(), cell.tone);
    Table {
        caption,
        columns: table.columns.iter().map(column).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    }
}
