//! Closed forms of queueing theory, by the rule of `docs/validation.md`: the truth lies inside the
//! 99.9 % interval, and the interval is narrow enough to judge.

mod arrivals;
mod caches;
mod closed_forms;
mod coverage;
mod files;
mod groups;
mod machine;
mod rule;
mod sessions;
