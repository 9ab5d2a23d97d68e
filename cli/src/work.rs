//! Long work: on as many threads as asked for, with a line of progress.

use std::time::Duration;

use crate::args::Args;
use crate::progress::Line;

/// The length of time of `--time`: `90s`, `5m`.
pub(crate) fn time(text: &str) -> anyhow::Result<Duration> {
    foreshadow_scenarios::duration(text).map_err(|wrong| anyhow::anyhow!("--time: {wrong}"))
}

/// Runs `work` on a pool of its own. The line of progress is gone when it ends.
pub(crate) fn in_pool<T: Send>(
    args: &Args,
    work: impl FnOnce(&Line) -> T + Send,
) -> anyhow::Result<T> {
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let line = Line::new(args.quiet);
    Ok(pool.install(|| work(&line)))
}
