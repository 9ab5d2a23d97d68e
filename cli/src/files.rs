//! Reading and writing files: never half of one.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

/// Longest file of the language that is read; nobody writes as much by hand.
const LIMIT: u64 = 64 << 20;

/// Reads a file of the language.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let length = std::fs::metadata(path)?.len();
    if length > LIMIT {
        let message = format!("it has {length} bytes, more than the {LIMIT} that a file may have");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    std::fs::read_to_string(path)
}

/// Writes a file aside and renames it, so that there is a whole one or none.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let result = (|| {
        let mut file = tempfile::Builder::new().prefix(".foreshadow-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        readable(file.as_file())?;
        file.persist(path)?;
        io::Result::Ok(())
    })();
    result.with_context(|| format!("cannot write {}", path.display()))
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
