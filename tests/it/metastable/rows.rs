//! What two independent reproductions of the literature found, by policy and load.

use super::experiment::Sets;

const RETRIES: &str = "caller.calls.workers.retries";
const CAPACITY: &str = "workers.queue.capacity";
const THREE: (&str, &str) = (RETRIES, "{max: 3, on: [timeout]}");

/// What goodput over offered is in the end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    /// At least 95 % in 19 of 20 seeds.
    Recovers,
    /// This share, in the mean over seeds, give or take so much.
    Share(f64, f64),
}

use Expected::{Recovers, Share};

const NOTHING: Expected = Share(0.0, 0.005);
/// "About a fifth".
const A_FIFTH: Expected = Share(0.2, 0.1);

/// A policy and what it leads to, by requests per second.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) policy: &'static Sets<'static>,
    pub(super) cells: &'static [(u32, Expected)],
}

pub(super) const ONE_RETRY: Row = Row {
    name: "fifo, 1 retry",
    policy: &[],
    cells: &[
        (90, Recovers),
        (140, Recovers),
        (160, NOTHING),
        (200, NOTHING),
        (240, NOTHING),
        (280, NOTHING),
    ],
};

pub(super) const ROWS: &[Row] = &[
    ONE_RETRY,
    Row {
        name: "fifo, no retries",
        policy: &[(RETRIES, "{max: 0}")],
        cells: &[(160, Recovers), (200, Recovers), (240, Recovers), (280, Recovers)],
    },
    Row { name: "fifo, 3 retries", policy: &[THREE], cells: &[(90, NOTHING)] },
    Row {
        name: "fifo, 3 retries, backoff 0.5 s, full jitter",
        policy: &[(RETRIES, "{max: 3, on: [timeout], backoff: {base: 500ms, jitter: full}}")],
        cells: &[(90, NOTHING)],
    },
    Row {
        name: "fifo, 3 retries, 10 % budget",
        policy: &[(RETRIES, "{max: 3, on: [timeout], budget: 10%}")],
        cells: &[(200, Recovers), (240, Recovers), (280, NOTHING)],
    },
    Row {
        name: "3 retries, queue of 150",
        policy: &[THREE, (CAPACITY, "150")],
        cells: &[(200, Recovers), (280, Recovers)],
    },
    Row {
        name: "3 retries, queue of 300",
        policy: &[THREE, (CAPACITY, "300")],
        cells: &[(200, Recovers), (280, A_FIFTH)],
    },
    Row {
        name: "the same, rejections retried too, backoff 0.5 s",
        policy: &[
            (RETRIES, "{max: 3, on: [timeout, rejected], backoff: {base: 500ms}}"),
            (CAPACITY, "300"),
        ],
        cells: &[(200, A_FIFTH), (280, A_FIFTH)],
    },
    Row {
        name: "3 retries, what has expired is dropped",
        policy: &[THREE, ("caller.calls.workers.deadline", "propagated")],
        cells: &[(140, Share(0.09, 0.02)), (280, Share(0.01, 0.01))],
    },
    Row {
        name: "3 retries, lifo",
        policy: &[THREE, ("workers.queue.discipline", "lifo")],
        cells: &[(200, Recovers), (280, Recovers)],
    },
];
