//! A page as Markdown, for a pull request or a wiki.

use super::page::{Column, Page, Table, Tone};

/// Sets a page as Markdown.
pub(super) fn set(page: &Page) -> String {
    let mut text = match page.verdict {
        Some((word, _)) => format!("## {}: {word}\n\n", page.title),
        None => format!("## {}\n\n", page.title),
    };
    for sentence in &page.sentences {
        text += &format!("- {}\n", escape(sentence));
    }
    for table in &page.tables {
        text.push('\n');
        set_table(&mut text, table);
    }
    text.push('\n');
    for footer in &page.footer {
        text += &match footer.strip_prefix("repeat: ") {
            Some(command) => format!("`{command}`\n"),
            None => format!("{}  \n", escape(footer)),
        };
    }
    text
}

/// A pipe would end a cell, and `<` could begin markup.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn set_table(text: &mut String, table: &Table) {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name()).collect();
    *text += &format!("| {} |\n", names.join(" | "));
    let rule = |column: &Column| if matches!(column, Column::Word(_)) { "---" } else { "---:" };
    let rules: Vec<&str> = table.columns.iter().map(rule).collect();
    *text += &format!("| {} |\n", rules.join(" | "));
    for row in &table.rows {
        let cells = (0..table.columns.len()).map(|index| {
            row.get(index).map_or_else(String::new, |cell| match cell.tone {
                Tone::Bad => format!("**{}**", escape(&cell.text)),
                _ => escape(&cell.text),
            })
        });
        *text += &format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    }
}
