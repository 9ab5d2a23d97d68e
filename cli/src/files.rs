//! Reading and writing files: never half of one.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

/// Longest file of the language that is read; nobody writes as much by hand.
const LIMIT: u64 = 64 << 20;

/// Reads a file of the language.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LIMIT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LIMIT {
        let message = format!("it has more than the {LIMIT} bytes that a file may have");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

/// A file that will be written: aside first, then renamed, so that there is a whole one or none.
#[derive(Debug)]
pub(crate) struct Pending {
    path: PathBuf,
    file: tempfile::NamedTempFile,
}

impl Pending {
    /// Makes sure that `path` can be written, before any work is done for it.
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        if path.is_dir() {
            bail!("cannot write {}: it is a folder", path.display());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".foreshadow-").tempfile_in(folder);
        // The error of the library names the temporary file, which says nothing to anybody.
        let file = file.map_err(|error| cannot(path, error.kind()))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Writes the whole file.
    pub(crate) fn write(mut self, text: &str) -> anyhow::Result<()> {
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.as_file().sync_all());
        written
            .and_then(|()| readable(self.file.as_file()))
            .map_err(|error| cannot(&self.path, error.kind()))?;
        self.file.persist(&self.path).map_err(|error| cannot(&self.path, error.error.kind()))?;
        Ok(())
    }
}

/// Makes sure that what is written is none of what is read, which would be lost.
pub(crate) fn is_no_source(out: &Path, sources: &[PathBuf]) -> anyhow::Result<()> {
    if sources.iter().any(|source| same(out, source)) {
        bail!("cannot write {}: it is one of the files that are read; name another", out.display());
    }
    Ok(())
}

/// Whether two paths lead to one file; what does not exist is the same as nothing.
pub(crate) fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn cannot(path: &Path, why: io::ErrorKind) -> anyhow::Error {
    anyhow!("cannot write {}: {why}", path.display())
}

/// Writes a file: a whole one or none.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    Pending::new(path)?.write(text)
}

/// Prints to standard output. A reader that has gone, as in `| head`, is no trouble.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// A word of a command as a shell would need it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:%@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A temporary file is its owner's alone; what is written is for whoever may read its folder.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}
