//! A heat map: a table whose cells are shaded by how much they say.

use maud::{Markup, html};

use super::level::{Level, class};

/// Rows by columns.
#[derive(Debug)]
pub(super) struct Heat {
    pub(super) caption: String,
    /// What the rows are.
    pub(super) rows_are: &'static str,
    /// Heads of columns, and how many columns each spans.
    pub(super) heads: Vec<(String, usize)>,
    pub(super) rows: Vec<(String, Vec<HeatCell>)>,
    /// Whether cells show their text, or only say it to those who point at them or cannot see.
    pub(super) shows_text: bool,
}

/// One cell.
#[derive(Debug)]
pub(super) struct HeatCell {
    pub(super) level: Option<Level>,
    pub(super) text: String,
}

impl Heat {
    pub(super) fn markup(&self) -> Markup {
        html! {
            div .scroll tabindex="0" role="region" aria-label=(self.caption) {
                table class=(if self.shows_text { "heat named" } else { "heat time" }) {
                    caption .hidden { (self.caption) }
                    thead {
                        tr {
                            th scope="col" { (self.rows_are) }
                            @for (head, columns) in &self.heads {
                                th scope="colgroup" colspan=(columns) { (head) }
                            }
                        }
                    }
                    tbody {
                        @for (name, cells) in &self.rows {
                            tr {
                                th scope="row" { (name) }
                                @for cell in cells {
                                    td class=(class(cell.level)) title=[(!self.shows_text).then_some(&cell.text)] {
                                        @if self.shows_text { (cell.text) }
                                        @else { span .hidden { (cell.text) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
