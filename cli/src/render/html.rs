//! HTML: one file that needs nothing beside it, for one report or several.
//!
//! A page is put together from blocks: [`table`], [`plot`], [`heat`], [`graph`], in a [`shell`] that
//! knows how to carry style, scripts and data. Everything but plots reads without a script.

mod blocks;
mod campaign;
mod changes;
mod forecast;
mod gauge;
mod graph;
mod heat;
mod level;
mod over_time;
mod plain;
mod plot;
mod rehearsal;
mod shell;
mod system;
mod table;
mod tune;

pub(super) use campaign::document as campaign;
pub(super) use changes::document as changes;
pub(super) use forecast::document as forecast;
pub(super) use plain::document as plain;
pub(super) use rehearsal::document as rehearsals;
pub(super) use tune::document as tune;
