//! Whether a file is what it says it is.

use std::io;
use std::path::Path;

use foreshadow_sim::Plan;

use crate::decode::decode;
use crate::learned::{check_events, load_learned};
use crate::lower::{Names, lower_twin};
use crate::model::campaign::CampaignFile;
use crate::model::twin::Twin;
use crate::node::Node;
use crate::problem::{Problem, Problems, suggest};
use crate::scenario::{expect_kind, load_scenario, read};
use crate::schema::Kind;
use crate::source::{Sources, Span};

/// Kinds of files that are planned but cannot be read yet.
const LATER: [&str; 1] = ["estate/v1"];

/// What every file begins with.
pub(crate) const EXPECTED_HEADER: &str = "expected `foreshadow: twin/v1`, `scenario/v1`, `campaign/v1`, `load/v1`, `events/v1` or `change/v1` as the first line";

/// Reads the file at `path`, and all that it names, and says of which kind it is.
///
/// # Errors
/// Everything found wrong.
pub fn validate(
    path: &Path,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Kind, Problems> {
    let mut sources = Sources::default();
    let result = read(&mut sources, path, None, reader).and_then(|tree| Ok((kind(&tree)?, tree)));
    let (kind, tree) = result.map_err(|problem| Problems::new(&sources, vec![problem]))?;
    match kind {
        Kind::Twin => {
            sound_twin(&sources, &tree)?;
        }
        Kind::Scenario => {
            let scenario = load_scenario(path, &[], reader)?;
            crate::lower(&scenario)?;
            if scenario.file.campaign.is_some() {
                crate::campaign(&scenario)?;
            }
            if scenario.file.tune.is_some() {
                crate::tune::tuning(&scenario)?;
            }
        }
        Kind::Load => {
            load_learned(path, None, reader)?;
        }
        Kind::Events => {
            check_events(&tree).map_err(|problems| Problems::new(&sources, problems))?;
        }
        Kind::Change => {
            let checked = crate::change::edits(&tree);
            checked.map_err(|problem| Problems::new(&sources, vec![problem]))?;
        }
        Kind::Campaign => {
            // What its addresses mean shows with a twin.
            let checked = decode::<CampaignFile>(&tree);
            checked.map_err(|problem| Problems::new(&sources, vec![problem]))?;
        }
    }
    Ok(kind)
}

/// The kind that the file at `path` says it is of; no more of it is looked at.
///
/// # Errors
/// When it cannot be read, or says of no kind.
pub fn kind_of(
    path: &Path,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Kind, Problems> {
    let mut sources = Sources::default();
    let kind = read(&mut sources, path, None, reader).and_then(|tree| kind(&tree));
    kind.map_err(|problem| Problems::new(&sources, vec![problem]))
}

/// A twin that has been checked.
#[derive(Debug, Clone)]
pub struct CheckedTwin {
    /// The twin.
    pub twin: Twin,
    /// The file, with places and origins.
    pub tree: Node,
    /// What it means: the system without load.
    pub plan: Plan,
    /// Names of the plan's parts.
    pub names: Names,
    /// The endpoints that none of its components calls, `component.endpoint`.
    pub entries: Vec<String>,
}

/// Reads and checks the twin at `path`.
///
/// # Errors
/// Everything found wrong.
pub fn load_twin(
    path: &Path,
    reader: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<CheckedTwin, Problems> {
    let mut sources = Sources::default();
    let tree = read(&mut sources, path, None, reader).and_then(|tree| {
        expect_kind(&tree, Kind::Twin)?;
        Ok(tree)
    });
    let tree = tree.map_err(|problem| Problems::new(&sources, vec![problem]))?;
    sound_twin(&sources, &tree)
}

/// Decodes and checks a twin.
fn sound_twin(sources: &Sources, tree: &Node) -> Result<CheckedTwin, Problems> {
    let twin = decode::<Twin>(tree).map_err(|problem| Problems::new(sources, vec![problem]))?;
    let (plan, names) =
        lower_twin(tree, &twin).map_err(|problems| Problems::new(sources, problems))?;
    let entries = plan.roots().into_iter().map(|root| names.endpoints[root].clone()).collect();
    Ok(CheckedTwin { twin, tree: tree.clone(), plan, names, entries })
}

/// The kind that the header of `tree` names.
pub(crate) fn kind(tree: &Node) -> Result<Kind, Problem> {
    let Some((key, header)) = tree.entry("foreshadow") else {
        let begin = Span::start_of(tree.span.file);
        return Err(Problem::at(begin, "this file does not say what it is").help(EXPECTED_HEADER));
    };
    let found = Kind::ALL.into_iter().find(|kind| header.as_str() == Some(kind.header()));
    found.ok_or_else(|| {
        let name = header.to_string();
        let place = if header.span.len == 0 { key.span } else { header.span };
        if LATER.contains(&name.as_str()) {
            return Problem::at(place, format!("not supported yet: files of kind `{name}`"))
                .help(EXPECTED_HEADER);
        }
        Problem::at(place, format!("unknown kind of file `{name}`")).help(suggest(
            &name,
            "kinds",
            Kind::ALL.map(Kind::header),
        ))
    })
}
