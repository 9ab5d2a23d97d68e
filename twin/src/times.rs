//! How long each operation took: what predictions are held against.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::Error;
use crate::infer::Labels;
use crate::learn::{LearnOptions, OnProgress, read_all};

/// The times of all visits of each operation in files of spans, under the names of their twin.
///
/// - `paths`: parts of one observation, as in [`crate::learn`].
/// - `options`: of these, how files are read and how many visits are kept.
///
/// Returns, by `component.endpoint`, times from the beginning of service to its end, ascending \[ns\];
/// visits that failed are among them. Two recordings of one system use the same names, unless one
/// has operations that the other lacks and whose short names are alike.
///
/// # Errors
/// See [`Error`].
pub fn times(
    paths: &[PathBuf],
    options: &LearnOptions,
    progress: &mut OnProgress<'_>,
) -> Result<BTreeMap<String, Vec<u64>>, Error> {
    let (observations, _, _, _) = read_all(paths, options, progress)?;
    let labels = Labels::of(&observations);
    let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for visit in observations.view().visits {
        let name = &labels.full[visit.endpoint as usize];
        times.entry(name.clone()).or_default().push(visit.duration_ns);
    }
    for of_operation in times.values_mut() {
        of_operation.sort_unstable();
    }
    Ok(times)
}
