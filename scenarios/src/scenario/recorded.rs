//! The traces of arrivals and the load file that a scenario names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Reader, read_text};
use crate::learned::{LearnedLoad, from_files};
use crate::lower::LEARNED;
use crate::model::load::{Timing, Trace};
use crate::model::scenario::ScenarioFile;
use crate::problem::Problem;
use crate::source::{Sources, Span};
use crate::trace;

/// The instants of each load from a trace \[ns since t = 0\], by the load's name.
pub(crate) type Traces = BTreeMap<String, Arc<[i64]>>;

/// Reads all traces that `file` names. The texts of right ones are not kept: they may be long, and
/// nothing else is ever said of them.
pub(super) fn traces(
    sources: &mut Sources,
    file: &ScenarioFile,
    reader: Reader<'_>,
) -> Result<Traces, Vec<Problem>> {
    let mut files: BTreeMap<PathBuf, Arc<[i64]>> = BTreeMap::new();
    let (mut traces, mut problems) = (Traces::new(), Vec::new());
    for (name, load) in file.load.iter() {
        for timing in load.timings() {
            let Timing::Trace(Trace { file }) = timing else { continue };
            let path = sources.resolve(file.span, file);
            let known = files.get(&path).cloned();
            let read = known.map_or_else(|| read(sources, &path, file.span, reader), Ok);
            match read {
                Ok(instants) => {
                    traces.insert(name.value.clone(), Arc::clone(&instants));
                    files.insert(path, instants);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(traces) } else { Err(problems) }
}

/// Reads the load file that the load named `learned` names, and its file of events.
pub(super) fn learned(
    sources: &mut Sources,
    file: &ScenarioFile,
    reader: Reader<'_>,
) -> Result<Option<LearnedLoad>, Vec<Problem>> {
    let mut loads = file.load.iter().filter(|(name, _)| name.value == LEARNED);
    let Some((load, path)) = loads.next().and_then(|(_, load)| Some((load, load.file.as_ref()?)))
    else {
        return Ok(None);
    };
    let found = sources.resolve(path.span, path);
    let events = load.events.as_ref();
    let events = events.map(|events| (sources.resolve(events.span, events), Some(events.span)));
    let events = events.as_ref().map(|(path, span)| (path.as_path(), *span));
    from_files(sources, (&found, Some(path.span)), events, reader).map(Some)
}

fn read(
    sources: &mut Sources,
    path: &Path,
    named: Span,
    reader: Reader<'_>,
) -> Result<Arc<[i64]>, Problem> {
    let text = read_text(path, Some(named), reader)?;
    let instants = trace::read(&text);
    instants.map(Arc::from).map_err(|wrong| wrong.in_file(sources.add_file(path, &text)))
}
