//! Where a report goes: to standard output in one form, and to files, each in its own.

use std::path::Path;

use anyhow::bail;

use crate::args::{Format, Show};
use crate::files::{self, Pending};
use crate::render;

/// The places that a report will go to; they are there before any work is done for it.
#[derive(Debug)]
pub(crate) struct Places {
    printed: Format,
    files: Vec<(Pending, Format)>,
}

impl Places {
    /// Makes sure that every file can be written.
    pub(crate) fn new(show: &Show) -> anyhow::Result<Self> {
        let files = show.out.iter().map(|path| Ok((Pending::new(path)?, form(path)?)));
        let files = files.collect::<anyhow::Result<_>>()?;
        Ok(Self { printed: show.format, files })
    }

    /// Prints the report and writes the files; `render` is told the form, and what it is shown on.
    pub(crate) fn fill(
        self,
        render: impl Fn(Format, render::Screen) -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        files::print(&render(self.printed, render::Screen::stdout())?)?;
        for (file, form) in self.files {
            file.write(&render(form, render::Screen::FILE)?)?;
        }
        Ok(())
    }
}

/// The form in which a report is written to a file.
fn form(path: &Path) -> anyhow::Result<Format> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Format::Json),
        Some("md") => Ok(Format::Markdown),
        Some("txt") => Ok(Format::Text),
        Some("html") => Ok(Format::Html),
        Some("xml") => Ok(Format::Junit),
        Some("parquet") => {
            bail!("--out {}: not supported yet: .parquet ({KNOWN} are)", path.display())
        }
        _ => bail!("--out {}: expected a name that ends in {KNOWN}", path.display()),
    }
}

const KNOWN: &str = ".html, .json, .md, .txt or .xml";
