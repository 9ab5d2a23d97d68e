//! A page as text for a terminal of 80 columns or more, or for a file; it reads well without colour.

mod table;

use anstyle::{AnsiColor, Style};

use super::page::{Page, Tone};

/// Where sentences are broken.
const WIDTH: usize = 79;

/// What text is shown on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// Whether escape codes may be in it.
    color: bool,
    /// Characters of a line of a table; rows of what has no end are one line each.
    width: usize,
}

impl Screen {
    /// A file, which has neither colours nor an end to its lines.
    pub(crate) const FILE: Self = Self { color: false, width: usize::MAX };

    /// Standard output; what cannot have escape codes is spared them when they are written.
    pub(crate) fn stdout() -> Self {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        let width = size.map(|(width, _)| usize::from(width.0).saturating_sub(1).max(WIDTH));
        Self { color: true, width: width.unwrap_or(usize::MAX) }
    }
}

/// Sets a page as text.
pub(super) fn set(page: &Page, screen: Screen) -> String {
    let color = screen.color;
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
        table::set(&mut text, table, screen);
    }
    text.push('\n');
    for footer in &page.footer {
        // A command is for copying.
        if footer.starts_with("repeat: ") {
            line(&mut text, &format!("  {footer}"));
        } else {
            wrapped(&mut text, footer, 2);
        }
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
