//! Twins and files as they are.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use foreshadow_scenarios::Kind;

#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// Twin file
    pub(crate) twin: PathBuf,
    /// An older twin: shows what is new, gone or otherwise since
    #[arg(long, value_name = "TWIN")]
    pub(crate) since: Option<PathBuf>,
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
    /// Write to a file instead of printing
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Critical paths, single points of failure, circles
    Text,
    /// A picture
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For programs
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Validate {
    /// Twin and scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// The kind of file
    #[arg(value_parser = kinds())]
    pub(crate) kind: Kind,
}

/// The names of all kinds of files.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    let named = |name: String| Kind::ALL.into_iter().find(|kind| kind.name() == name);
    PossibleValuesParser::new(Kind::ALL.map(Kind::name))
        .try_map(move |name| named(name).ok_or("no such kind"))
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Write a scenario for this twin, at the load that was observed
    #[arg(long, value_name = "TWIN")]
    pub(crate) from: Option<PathBuf>,
    /// Where the files go: a directory, or with --from the scenario file
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}
