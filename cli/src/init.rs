//! `foreshadow init`.

use crate::Status;
use crate::args::Init;

/// Writes files to begin with.
pub(crate) fn run(_command: &Init) -> anyhow::Result<Status> {
    anyhow::bail!("in the making")
}
