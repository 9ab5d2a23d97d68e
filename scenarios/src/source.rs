//! Where text came from: the files and command-line edits that were read, and places in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Index of a text in [`Sources`].
pub type FileId = u32;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Which text.
    pub file: FileId,
    /// First byte.
    pub offset: u32,
    /// Length in bytes.
    pub len: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Span {
    /// The beginning of a text.
    #[must_use]
    pub const fn start_of(file: FileId) -> Self {
        Self { file, offset: 0, len: 0, line: 1, column: 1 }
    }
}

/// One text that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// As shown in messages: the path as it was given, or the name of a command-line option.
    pub name: String,
    /// The file; `None` for what came from the command line.
    pub path: Option<PathBuf>,
    /// All of it.
    pub text: Arc<str>,
}

/// All texts that were read, to show the offending lines of.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds the text of a file.
    pub fn add_file(&mut self, path: &Path, text: &str) -> FileId {
        self.add(Source {
            name: path.display().to_string(),
            path: Some(path.to_owned()),
            text: text.into(),
        })
    }

    /// Adds an argument of the command line, such as `gateway.replicas=0` of `--set`.
    pub fn add_argument(&mut self, option: &str, text: &str) -> FileId {
        self.add(Source { name: option.to_owned(), path: None, text: text.into() })
    }

    fn add(&mut self, source: Source) -> FileId {
        self.0.push(source);
        (self.0.len() - 1) as FileId
    }

    /// The text that `file` names, if it was read here.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.0.get(file as usize)
    }

    /// All texts, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// `name:line:column`, or for an argument the whole of it.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        match self.get(span.file) {
            Some(Source { name, path, .. }) if path.is_some() => {
                format!("{name}:{}:{}", span.line, span.column)
            }
            Some(Source { name, text, .. }) => format!("{name} {text}"),
            None => String::from("?"),
        }
    }

    /// `path` as seen from the folder of the file that names it at `span`.
    #[must_use]
    pub fn resolve(&self, span: Span, path: &str) -> PathBuf {
        let folder = self.get(span.file).and_then(|source| source.path.as_deref()?.parent());
        folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
    }
}
