//! What the tests of several files share.

use std::path::{Path, PathBuf};

use crate::{Error, Names, ReadOptions, ReadSummary, Span, read_from};

/// All that one reading gives.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) spans: Vec<Span>,
    pub(crate) summary: ReadSummary,
    pub(crate) names: Names,
}

/// A span with its names spelt out, so that readings of different files compare.
pub(crate) type Spelt = (u128, u64, Option<u64>, String, Option<String>, String, u64, u64);

impl Reading {
    /// The spans in the order of the file.
    pub(crate) fn spelt(&self) -> Vec<Spelt> {
        let text = |symbol| self.names.text(symbol).to_owned();
        let spelt = |span: &Span| {
            (
                span.trace.number(),
                span.id.number(),
                span.parent.map(crate::SpanId::number),
                text(span.service),
                span.instance.map(text),
                text(span.operation),
                span.start_ns,
                span.duration_ns,
            )
        };
        self.spans.iter().map(spelt).collect()
    }
}

/// Reads `content` under the name `t`.
pub(crate) fn read_bytes(content: &[u8]) -> Result<Reading, Error> {
    read_with(content, &ReadOptions::default())
}

pub(crate) fn read_with(content: &[u8], options: &ReadOptions) -> Result<Reading, Error> {
    let (mut names, mut spans) = (Names::default(), Vec::new());
    let summary = read_from(content, "t", options, &mut names, &mut |span| {
        spans.push(span);
        Ok(())
    })?;
    Ok(Reading { spans, summary, names })
}

/// A file of measured data; none, with a message, where the folder is absent.
pub(crate) fn measured(file: &str) -> Option<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let path = Path::new(folder).join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}
