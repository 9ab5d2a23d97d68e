//! Long work: on as many threads as asked for, with a line of progress.

use crate::args::Args;
use crate::progress::Line;

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
