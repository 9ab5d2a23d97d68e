//! What is wrong with a file: each problem with its place, and a way out of it.
//!
//! [`Problems`] is a [`miette::Diagnostic`], so that a terminal shows the offending lines; printed
//! plainly, each problem still begins with `file:line:column`.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::source::{Sources, Span};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where; `None` when no text is to blame.
    pub span: Option<Span>,
    /// What stands at the place, in a few words.
    pub label: Option<String>,
    /// A way out.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of what stands at `span`.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: Some(span), label: None, help: None }
    }

    /// The same with a note beside the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Everything that is wrong, with the texts it is about; never empty.
#[derive(Debug, Clone)]
pub struct Problems {
    located: Vec<Located>,
}

/// A problem beside the text it is in.
#[derive(Debug, Clone)]
struct Located {
    problem: Problem,
    place: String,
    source: Option<NamedSource<Arc<str>>>,
    labels: Vec<LabeledSpan>,
}

impl Problems {
    /// What is wrong with `sources`.
    ///
    /// # Panics
    /// When `problems` is empty: an error says what it is.
    #[must_use]
    pub fn new(sources: &Sources, problems: Vec<Problem>) -> Self {
        assert!(!problems.is_empty(), "an error says what it is");
        let locate = |problem: Problem| {
            let source = problem.span.and_then(|span| sources.get(span.file));
            let labels = problem.span.zip(source).map(|(span, source)| {
                let (start, len) = clamp(span, &source.text);
                LabeledSpan::new(problem.label.clone(), start, len)
            });
            Located {
                place: problem.span.map(|span| sources.place(span)).unwrap_or_default(),
                source: source.map(|s| NamedSource::new(&s.name, Arc::clone(&s.text))),
                labels: labels.into_iter().collect(),
                problem,
            }
        };
        Self { located: problems.into_iter().map(locate).collect() }
    }

    /// The problems, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.located.iter().map(|located| &located.problem)
    }

    /// The problems as diagnostics of their own.
    pub fn diagnostics(&self) -> impl Iterator<Item = &dyn Diagnostic> {
        self.located.iter().map(|located| located as &dyn Diagnostic)
    }

    fn only(&self) -> Option<&Located> {
        match self.located.as_slice() {
            [located] => Some(located),
            _ => None,
        }
    }
}

/// Offset and length of `span` as a slice of `text` that exists.
fn clamp(span: Span, text: &str) -> (usize, usize) {
    let floor = |at: usize| (0..=at.min(text.len())).rfind(|&i| text.is_char_boundary(i));
    let start = floor(span.offset as usize).unwrap_or(0);
    let end = floor((span.offset as usize).saturating_add(span.len as usize)).unwrap_or(0);
    // A scalar that runs over several lines, or a position between characters, is shown by its
    // first line.
    let line = text[start..end].find('\n').unwrap_or(end - start);
    (start, line)
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Located {}

impl Diagnostic for Located {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl fmt::Display for Problems {
    /// One problem a line, each with its place.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (index, located) in self.located.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            if !located.place.is_empty() {
                write!(f, "{}: ", located.place)?;
            }
            f.write_str(&located.problem.message)?;
            if let Some(help) = &located.problem.help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only()?.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.only()?.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only()?.labels()
    }
}

/// The one of `known` that `name` was most likely meant to be.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|k| (strsim::jaro_winkler(name, k), k));
    let (score, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.75).then_some(best)
}

/// ``did you mean `replicas`? known keys: …``, with the list cut to a readable length.
#[must_use]
pub fn suggest<'a>(
    name: &str,
    what: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    const SHOWN: usize = 24;
    let all: Vec<&str> = known.clone().into_iter().collect();
    if all.is_empty() {
        return format!("there are no {what} here");
    }
    let more = all.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let list = all.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ") + &more;
    match nearest(name, known) {
        Some(best) => format!("did you mean `{best}`? known {what}: {list}"),
        None => format!("known {what}: {list}"),
    }
}
