//! `foreshadow learn`.

use crate::Status;
use crate::args::{Args, Learn};

/// Learns a twin from recorded spans.
pub(crate) fn run(_command: &Learn, _args: &Args) -> anyhow::Result<Status> {
    anyhow::bail!("in the making")
}
