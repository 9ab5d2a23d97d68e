//! Recordings on disk: what is there, what is in an archive, and tables with a line of names.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A recording; none, said, where the data is not here.
pub(super) fn recording(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

/// A folder with what is in an archive; none, said, where the data or `tar` is not here.
pub(super) fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let archive = recording(archive)?;
    let folder = tempfile::tempdir().unwrap();
    let tar = Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(folder.path()).status();
    if tar.is_ok_and(|status| status.success()) {
        return Some(folder);
    }
    eprintln!("skipped: tar with xz cannot be run here");
    None
}

/// A table: names of its columns, and its rows. No field of these files is quoted.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
        Self { columns: lines.next().unwrap(), rows: lines.collect() }
    }

    #[track_caller]
    pub(super) fn column(&self, name: &str) -> usize {
        let at = self.columns.iter().position(|column| column == name);
        at.unwrap_or_else(|| panic!("no column {name} in {:?}", self.columns))
    }
}
