//! The memory of a search on disk: a line of JSON for each replication, so that a search that was
//! stopped goes on where it was.
//!
//! The search is a pure function of its files and seed, so going on is doing it again with what is
//! known; a line that was cut off is forgotten. The name of the file is the hash of all that decides a
//! result.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use foreshadow_scenarios::report::Sample;
use serde::{Deserialize, Serialize};

use super::evaluate::Journal;
use super::problem::{Outcome, Point};
use crate::search::Stop;

/// A replication as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    point: Point,
    replication: u32,
    /// Value and requests.
    samples: Vec<Option<(f64, f64)>>,
    goals: Vec<f64>,
}

/// Replications in a file.
#[derive(Debug)]
pub struct FileJournal {
    known: HashMap<(Point, u32), Outcome>,
    file: BufWriter<File>,
    /// Replications that were there when it was opened.
    pub resumed: usize,
}

impl FileJournal {
    /// Opens the file at `path`, and makes it where there is none.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut known = HashMap::new();
        let mut whole = 0;
        if path.exists() {
            for line in BufReader::new(File::open(path)?).split(b'\n') {
                let line = line?;
                // What was cut off in the midst is run again.
                let Ok(Line { point, replication, samples, goals }) = serde_json::from_slice(&line)
                else {
                    break;
                };
                whole += line.len() as u64 + 1;
                let sample = |(value, requests)| Sample { value, requests };
                let samples = samples.into_iter().map(|one| one.map(sample)).collect();
                known.insert((point, replication), Outcome { samples, goals });
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(whole)?;
        Ok(Self { resumed: known.len(), known, file: BufWriter::new(file) })
    }
}

impl Journal for FileJournal {
    fn find(&mut self, point: &[u16], replication: u32) -> Option<Outcome> {
        self.known.get(&(point.to_vec(), replication)).cloned()
    }

    fn keep(&mut self, point: &[u16], replication: u32, outcome: &Outcome) -> Result<(), Stop> {
        let line = Line {
            point: point.to_vec(),
            replication,
            samples: outcome.samples.iter().map(|one| one.map(|s| (s.value, s.requests))).collect(),
            goals: outcome.goals.clone(),
        };
        let trouble = |why: String| Stop(format!("cannot keep what was run: {why}"));
        let text = serde_json::to_string(&line).map_err(|error| trouble(error.to_string()))?;
        writeln!(self.file, "{text}").map_err(|error| trouble(error.to_string()))
    }

    fn flush(&mut self) -> Result<(), Stop> {
        self.file.flush().map_err(|error| Stop(format!("cannot keep what was run: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_run_is_there_again_but_for_a_line_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join("search.jsonl");
        let outcome = |value: f64| Outcome {
            samples: vec![None, Some(Sample { value, requests: 1e3 / 7.0 })],
            goals: vec![0.1 + value],
        };
        let mut journal = FileJournal::open(&path).unwrap();
        journal.keep(&[1, 2], 0, &outcome(0.1)).unwrap();
        journal.keep(&[1, 2], 1, &outcome(0.2)).unwrap();
        journal.flush().unwrap();
        drop(journal);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 10]).unwrap();
        let mut journal = FileJournal::open(&path).unwrap();
        assert_eq!(journal.resumed, 1);
        assert_eq!(journal.find(&[1, 2], 0), Some(outcome(0.1)));
        assert_eq!(journal.find(&[1, 2], 1), None);
        journal.keep(&[1, 2], 1, &outcome(0.2)).unwrap();
        journal.flush().unwrap();
        assert_eq!(FileJournal::open(&path).unwrap().resumed, 2);
    }
}
