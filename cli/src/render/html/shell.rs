//! The shell of every HTML page: one file, which loads nothing and may load nothing.
//!
//! The policy forbids everything but the page's own style and scripts, each by its hash, so neither a
//! name out of a twin nor a mistake here can make a browser fetch or run anything else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::plot::{Axis, Plot};

/// Plots time series; see `third_party/uplot`.
const UPLOT: &str = include_str!("../../../../third_party/uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../../../../third_party/uplot/uPlot.min.css");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Shell {
    axes: Vec<Axis>,
    plots: Vec<Plot>,
}

/// What the script of the page reads.
#[derive(Serialize)]
struct Data<'a> {
    axes: &'a [Axis],
    plots: &'a [Plot],
}

impl Shell {
    /// Adds an axis for the plots that come after it.
    pub(super) fn axis(&mut self, axis: Axis) {
        self.axes.push(axis);
    }

    /// Places a plot on the page, which must show the markup that is returned. Its values are those of
    /// `of`, which gets the axis that was added last.
    pub(super) fn plot(&mut self, of: impl FnOnce(&Axis) -> Plot) -> Markup {
        let axis = self.axes.last().expect("an axis is added before plots");
        let mut plot = of(axis);
        plot.axis = self.axes.len() - 1;
        plot.id = format!("plot-{}", self.plots.len());
        let markup = plot.markup();
        self.plots.push(plot);
        markup
    }

    /// The whole page, of its headline and all that was placed on it.
    pub(super) fn finish(self, title: &str, body: &Markup) -> anyhow::Result<String> {
        let style = format!("{UPLOT_STYLE}\n{STYLE}");
        let data = serde_json::to_string(&Data { axes: &self.axes, plots: &self.plots })?;
        // What could end the element is written as JSON lets it be.
        let data = data.replace('<', "\\u003c");
        let has_plots = !self.plots.is_empty();
        let mut policy = format!("default-src 'none'; style-src {}", hash(&style));
        if has_plots {
            policy += &format!("; script-src {} {}", hash(UPLOT), hash(SCRIPT));
        }
        policy += "; base-uri 'none'; form-action 'none'";
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (title) }
                    style { (PreEscaped(&style)) }
                }
                body {
                    (body)
                    @if has_plots {
                        script type="application/json" id="data" { (PreEscaped(&data)) }
                        script { (PreEscaped(UPLOT)) }
                        script { (PreEscaped(SCRIPT)) }
                    }
                }
            }
        };
        Ok(page.into_string() + "\n")
    }
}

/// The source expression of a content-security policy for an inline element with this text.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        // The example of Content Security Policy Level 3, section 7.
        let expected = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='";
        assert_eq!(hash("alert('Hello, world.');"), expected);
    }

    #[test]
    fn what_is_carried_along_is_text_that_browsers_do_not_change() {
        for text in [UPLOT, UPLOT_STYLE, STYLE, SCRIPT] {
            assert!(!text.contains('\r') && !text.contains("</") && !text.contains("<!--"));
        }
    }
}
