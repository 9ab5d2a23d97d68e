//! `foreshadow validate` and `foreshadow schema`.

use foreshadow_scenarios::{schema as schema_of, validate};

use crate::args::{Schema, Validate};
use crate::{Status, files};

/// Checks files; all of them, before it complains of the first.
pub(crate) fn run(command: &Validate) -> anyhow::Result<Status> {
    let mut wrong = None;
    for path in &command.files {
        match validate(path, &files::read) {
            Ok(kind) => {
                files::print(&format!("{}: a sound {}\n", path.display(), kind.name()))?;
            }
            Err(problems) => {
                if let Some(earlier) = wrong.replace(problems) {
                    crate::complain(&earlier.into());
                }
            }
        }
    }
    wrong.map_or(Ok(Status::Held), |problems| Err(problems.into()))
}

/// Prints a JSON Schema.
pub(crate) fn schema(command: &Schema) -> anyhow::Result<Status> {
    files::print(&(serde_json::to_string_pretty(&schema_of(command.kind))? + "\n"))?;
    Ok(Status::Held)
}
