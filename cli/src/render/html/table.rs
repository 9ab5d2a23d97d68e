//! Tables of an HTML page.

use maud::{Markup, html};

pub(super) use super::super::page::Column;
use super::super::page::{Tone, pieces};

/// Most rows of a table; the JSON has all.
const ROWS: usize = 150;
/// Characters from which on words of a cell may be broken into lines.
const LONG: usize = 28;

/// Rows under a header. The first cell of a row names it.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) caption: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// What stands in a cell.
#[derive(Debug)]
pub(super) enum Cell {
    /// Text.
    Text(String),
    /// A verdict, or another word with a tone.
    Toned(&'static str, Tone),
    /// The same, of a text.
    Colored(String, Tone),
    /// Sentences, which are broken.
    Prose(String),
    /// Anything else.
    Markup(Markup),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Table {
    /// The table, which scrolls by itself where the screen is too narrow.
    pub(super) fn markup(&self) -> Markup {
        let left_out = self.rows.len().saturating_sub(ROWS);
        html! {
            div .scroll tabindex="0" role="region" aria-label=(self.caption) {
                table {
                    caption .hidden { (self.caption) }
                    thead { tr { @for column in &self.columns { (head(*column)) } } }
                    tbody {
                        @for row in self.rows.iter().take(ROWS) { tr { (self.row(row)) } }
                    }
                }
            }
            @if left_out > 0 { p .note { "And " (left_out) " more, which the JSON has." } }
        }
    }

    fn row(&self, row: &[Cell]) -> Markup {
        html! {
            @for (index, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                @if index == 0 { th scope="row" { (cell.name()) } }
                @else { td class=[cell.class(*column)] { (cell.markup()) } }
            }
        }
    }
}

fn head(column: Column) -> Markup {
    html! {
        @match column {
            Column::Number(name) => th scope="col" { (name) },
            Column::Word(name) => th scope="col" .word { (name) },
        }
    }
}

impl Cell {
    fn class(&self, column: Column) -> Option<String> {
        let is_word = matches!(column, Column::Word(_));
        let is_long = is_word && self.text().chars().count() > LONG;
        let tone = match self {
            Self::Toned(_, tone) | Self::Colored(_, tone) => class(*tone),
            Self::Prose(_) | Self::Text(_) | Self::Markup(_) => None,
        };
        let classes = [
            is_word.then_some("word"),
            (is_long || matches!(self, Self::Prose(_))).then_some("wrap"),
            tone,
        ];
        let classes: Vec<&str> = classes.into_iter().flatten().collect();
        (!classes.is_empty()).then(|| classes.join(" "))
    }

    /// Its words; none of markup.
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Prose(text) | Self::Colored(text, _) => text,
            Self::Toned(word, _) => word,
            Self::Markup(_) => "",
        }
    }

    /// What names a row.
    fn name(&self) -> Markup {
        match self {
            Self::Markup(markup) => markup.clone(),
            words => breakable(words.text()),
        }
    }

    fn markup(&self) -> Markup {
        match self {
            Self::Markup(markup) => markup.clone(),
            words => html! { (words.text()) },
        }
    }
}

/// Words in which addresses break behind their dots, and numbers do not.
pub(super) fn breakable(text: &str) -> Markup {
    html! {
        @for (index, piece) in pieces(text).enumerate() {
            @if index > 0 { wbr; }
            (piece)
        }
    }
}

/// The class of a tone, where it has one.
pub(super) const fn class(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Good => Some("good"),
        Tone::Bad => Some("bad"),
        Tone::Doubtful => Some("doubtful"),
    }
}
